/**
 * What `npm start` and `npm test` do first on a fresh clone. Plain JavaScript, because what reads
 * TypeScript is not installed yet; syntax that an old Node still reads, so that it can be told.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const OLDEST = { major: 20, minor: 19 };

/** Ends the process with one sentence when this Node is too old to run Loupe. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  console.error(
    `Loupe needs Node ${OLDEST.major}.${OLDEST.minor} or newer and this is ${process.versions.node}; get one from https://nodejs.org.`,
  );
  process.exit(1);
}

/** Runs `npm ci` unless every package that package-lock.json asks for is there. */
export function installPackages() {
  if (everythingInstalled()) return;
  console.log('Installing packages ...');
  // Not the log level of the npm that runs this script: under --silent it would not say why.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: 'inherit' })
    : spawnSync('npm', args, { stdio: 'inherit', shell: true });
  if (status === 0) return;
  console.error('The packages could not be installed; npm says why above.');
  process.exit(1);
}

/**
 * Every package that package.json names is there in the version of package-lock.json, and npm got to
 * the end of its work (it writes its own lock file last). Versions rather than dates are compared,
 * so that packages added by hand stay where they are.
 */
function everythingInstalled() {
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const { packages } = readJson('package-lock.json');
  const { dependencies, devDependencies } = packages[''];
  return Object.keys({ ...dependencies, ...devDependencies }).every((name) => {
    const folder = `node_modules/${name}`;
    const file = `${folder}/package.json`;
    return existsSync(file) && readJson(file).version === packages[folder].version;
  });
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
