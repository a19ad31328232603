/**
 * Chapter 9: configs and checkpoints on the disk: what is taken, and what is refused in which words.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../training/console.ts';
import { readCheckpoint, writeCheckpoint } from '../../training/detector/checkpoint.ts';
import { readTrainingConfig } from '../../training/detector/config.ts';
import { tinyConfig } from '../support/tinyTraining.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const right = tinyConfig('.');

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('A config', () => {
  test('is read as it was written, defaults filled in', () => {
    expect(readTrainingConfig(file('right.json', right))).toEqual(right);
    expect(readTrainingConfig('training/configs/household.json').classes).toHaveLength(19);
  });

  test.each([
    ['{ "name": ', /^The config .*bad\.json cannot be read: .*[^.]\.$/],
    ['[]', /^The config .*bad\.json is not right: must be an object in braces, \{ \.\.\. \}\.$/],
    [{ ...right, iterations: '9' }, /is not right at "iterations": must be a number\.$/],
    [{ ...right, data: undefined }, /is not right at "data": is missing; it must be a list in/],
    [{ ...right, seeds: 2 }, /is not right: Unrecognized key: "seeds"/],
    [{ ...right, iterations: 0 }, /is not right at "iterations": /],
    [{ ...right, data: [] }, /is not right at "data": /],
    [
      { ...right, optimizer: { kind: 'adam', learningRate: 1 } },
      /is not right at "optimizer.kind": /,
    ],
    [{ ...right, optimizer: { ...right.optimizer, momentum: 1 } }, /at "optimizer": .*"momentum"/],
  ])('that is wrong is refused in one sentence (case %#)', (content, sentence) => {
    const path = file('bad.json', content);
    expect(() => readTrainingConfig(path)).toThrow(UserError);
    expect(() => readTrainingConfig(path)).toThrow(sentence);
  });

  test('that is not there is missed by name', () => {
    expect(() => readTrainingConfig('nowhere.json')).toThrow(/^There is no config nowhere\.json; /);
  });
});

describe('A checkpoint', () => {
  const place = join(folder, 'run');
  const state = (step: number) => ({
    step,
    config: right,
    seconds: 1.5,
    tensors: new Map([['fc/kernel', { shape: [1, 2], data: Float32Array.of(0.1, step) }]]),
  });

  test('comes back as it was written, the newest one', () => {
    expect(readCheckpoint(place, right)).toBeUndefined();
    writeCheckpoint(place, state(1));
    writeCheckpoint(place, state(2));
    const { tensors, ...rest } = state(2);
    const read = readCheckpoint(place, right);
    expect(read).toMatchObject(rest);
    expect(read?.tensors.get('fc/kernel')).toMatchObject(tensors.get('fc/kernel') as object);
    expect(read?.tensors.size).toBe(1);
  });

  test('of another config, cut or without its tensors is refused in one sentence', () => {
    const other = { ...right, seed: 2 };
    expect(() => readCheckpoint(place, other)).toThrow(/is of another config; name another/);
    rmSync(join(place, 'step-2.safetensors'));
    expect(() => readCheckpoint(place, right)).toThrow(/has lost its step-2\.safetensors; remove/);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'checkpoint.json'), '{ "step": 2,');
    expect(() => readCheckpoint(place, right)).toThrow(UserError);
    expect(() => readCheckpoint(place, right)).toThrow(
      /checkpoint\.json cannot be read: .*; remove it/,
    );
  });
});
