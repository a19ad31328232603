/**
 * What `npm start` and `npm test` do first on a fresh clone. Plain JavaScript, because what reads
 * TypeScript is not installed yet; syntax that an old Node still reads, so that it can be told.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const OLDEST_NODE = [20, 19];

/** Ends the process with one sentence when this Node is too old to run Loupe. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(
    `Loupe needs Node ${OLDEST_NODE.join('.')} or newer and this is ${process.versions.node}; get one from https://nodejs.org.`,
  );
  process.exit(1);
}

/** Runs `npm ci` unless every package that package-lock.json asks for is there. */
export function installPackages() {
  if (everythingInstalled()) return;
  console.log('Installing packages ...');
  const npm = process.env.npm_execpath;
  const { status } = npm
    ? spawnSync(process.execPath, [npm, 'ci', '--no-audit', '--no-fund'], { stdio: 'inherit' })
    : spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit', shell: true });
  if (status === 0) return;
  console.error('The packages could not be installed; npm says why above.');
  process.exit(1);
}

/** Compares versions rather than dates, so that packages added by hand stay where they are. */
function everythingInstalled() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.entries(packages).every(([folder, { version, optional }]) => {
    if (folder === '' || optional) return true;
    const file = `${folder}/package.json`;
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
}
