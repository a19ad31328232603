/**
 * `npm test`: installs what is missing, Chromium too, and runs every gate. Each of the checks counts
 * as one test passed or failed; the unit and end-to-end tests are counted by their runners' reports.
 * The last line is the sum: "N passed, N failed". A failing step does not stop the later ones.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { checkNode, installPackages } from './install.mjs';

/** @typedef {{ passed: number, failed: number, skipped?: number }} Count */

checkNode();
installPackages();
const { findChromium } = await import('./chromium.mjs');
rmSync('results', { recursive: true, force: true });

/** @type {Record<string, Count>} */
const counts = {};
step('format and lint', 'lint');
step('types', 'typecheck');
step('who imports whom', 'deps');
step('nothing unused', 'knip');
step('unit tests', 'unit', {
  args: ['--reporter=default', '--reporter=json', '--outputFile.json=results/vitest.json'],
  report: () => countVitest(readJson('results/vitest.json')),
});
const built = step('build', 'build');
if (built && (await chromiumIsHere())) {
  step('end-to-end tests', 'e2e', {
    report: () => countPlaywright(readJson('results/playwright.json')),
  });
} else {
  counts['end-to-end tests'] = { passed: 0, failed: 1 };
}
printSummary();

/**
 * Runs one npm script and counts it.
 * @param {string} name
 * @param {string} script
 * @param {{ args?: string[], report?: () => Count }} [options] `report` reads what the runner counted
 * @returns {boolean} whether it succeeded
 */
function step(name, script, { args = [], report } = {}) {
  console.log(`\n== ${name} (npm run ${script})`);
  const start = Date.now();
  const { status } = npm(['run', '--silent', script, '--', ...args]);
  const ok = status === 0;
  counts[name] = report ? trustReport(report, ok) : { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  console.log(`== ${name}: ${ok ? 'ok' : 'FAILED'}, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return ok;
}

/**
 * A runner that ends badly without saying which test failed, or says nothing, counts as a failure.
 * @param {() => Count} report
 * @param {boolean} ok
 * @returns {Count}
 */
function trustReport(report, ok) {
  try {
    const count = report();
    const unexplained = !ok && count.failed === 0;
    return unexplained ? { ...count, failed: 1 } : count;
  } catch (error) {
    console.error(`The report could not be read: ${/** @type {Error} */ (error).message}`);
    return { passed: 0, failed: 1 };
  }
}

/**
 * @param {any} report Vitest's JSON report
 * @returns {Count}
 */
function countVitest(report) {
  // A file that cannot even be loaded has no tests to count, and is one failure.
  const broken = report.testResults.filter(
    (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {any} report Playwright's JSON report
 * @returns {Count}
 */
function countPlaywright({ stats, errors }) {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/** Finds a Chromium or fetches one. @returns {Promise<boolean>} */
async function chromiumIsHere() {
  if (await findChromium()) return true;
  console.log('\nInstalling Chromium ...');
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', 'chromium']);
  } else {
    npm(['exec', '--', 'playwright', 'install', 'chromium']);
  }
  if (await findChromium()) return true;
  console.error('No Chromium could be installed; set CHROMIUM_PATH to one to run the e2e tests.');
  return false;
}

function printSummary() {
  console.log(
    '\nEach check counts as one; the unit and end-to-end tests as their runners count them.',
  );
  for (const [name, { passed, failed, skipped }] of Object.entries(counts)) {
    console.log(
      `  ${name}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`,
    );
  }
  const adapter = 'results/webgpu-adapter.txt';
  console.log(
    `WebGPU adapter: ${existsSync(adapter) ? readFileSync(adapter, 'utf8') : 'none seen'}`,
  );
  const total = (/** @type {'passed' | 'failed'} */ key) =>
    Object.values(counts).reduce((sum, count) => sum + count[key], 0);
  process.exitCode = total('failed') === 0 ? 0 : 1;
  console.log(`${total('passed')} passed, ${total('failed')} failed`);
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {string[]} args */
function npm(args) {
  const cli = process.env.npm_execpath;
  return cli ? run(process.execPath, [cli, ...args]) : run('npm', args);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: 'inherit', env, timeout: 20 * 60_000 });
}
