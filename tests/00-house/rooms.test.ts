/**
 * Who may import whom: the rules of .dependency-cruiser.cjs are known to bite. A small copy of the
 * house is built in a temporary folder, one forbidden import is planted, and the rule must name it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const house = mkdtempSync(path.join(os.tmpdir(), 'loupe-rooms-'));
symlinkSync(path.join(root, 'node_modules'), path.join(house, 'node_modules'));
afterAll(() => rmSync(house, { recursive: true }));

/** The names of the rules that are broken by a file with this content. */
function broken(file: string, content: string, config = '.dependency-cruiser.cjs'): string[] {
  rmSync(path.join(house, 'src'), { recursive: true, force: true });
  const files = {
    'src/core/tensors.ts': "export * from '@tensorflow/tfjs-core';",
    'src/engine/engine.ts': "export * from '../core/tensors.ts';",
    'src/app/app.ts': 'export const app = 1;',
    [file]: content,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(house, name)), { recursive: true });
    writeFileSync(path.join(house, name), text);
  }
  const script = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [script, 'src', '--config', path.join(root, config), '--output-type', 'json'];
  const json = execFileSync(process.execPath, [...args, '--ts-config', tsConfig], { cwd: house });
  const { summary } = JSON.parse(json.toString()) as {
    summary: { violations: { rule: { name: string } }[] };
  };
  return summary.violations.map((violation) => violation.rule.name);
}

const tsConfig = path.join(root, 'tsconfig.app.json');
const runtime = '.dependency-cruiser.runtime.cjs';

describe('the core', () => {
  it('may use tensors', () => {
    expect(broken('src/core/a.ts', "export * from './tensors.ts';")).not.toContain('core-is-pure');
  });

  it.each([
    ['React', "import 'react';"],
    ['a type of React', "import type { FC } from 'react'; export type F = FC;"],
    ['Konva', "import 'konva';"],
    ['Node', "import 'node:fs';"],
    ['the engine', "import '../engine/engine.ts';"],
    ['the app', "import '../app/app.ts';"],
  ])('may not import %s', (_, content) => {
    expect(broken('src/core/a.ts', content)).toContain('core-is-pure');
  });
});

describe('the app', () => {
  it('may not load tensor code, not even through others', () => {
    const content = "import { zeros } from '../engine/engine.ts'; export const z = zeros;";
    expect(broken('src/app/a.ts', content, runtime)).toEqual(['app-computes-nothing']);
  });

  it('may name the types of tensor code', () => {
    const content = "import type { Tensor } from '../engine/engine.ts'; export type T = Tensor;";
    expect(broken('src/app/a.ts', content, runtime)).toEqual([]);
  });
});
