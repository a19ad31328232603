/**
 * Who may import whom. The core is the part that runs everywhere and can be read alone, so it may
 * know tensors and nothing of where it runs. What holds at run time only, that the app never loads
 * tensor code, is in .dependency-cruiser.runtime.cjs.
 */

/** The only packages the core may use: they run alike in a browser, a worker and Node. */
const PURE_PACKAGES = [
  '@tensorflow/tfjs-core',
  'zod',
  '@noble/hashes',
  'fast-xml-parser',
  'fflate',
];
const pure = PURE_PACKAGES.map((name) => `node_modules/${name}(/|$)`).join('|');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'src/core: no DOM, no React, no Node, no other room; only itself and pure packages.',
      severity: 'error',
      from: { path: '^src/core' },
      to: { pathNot: ['^src/core', pure] },
    },
    {
      name: 'engine-knows-only-core',
      comment: 'src/engine: the tfjs backends, for whoever runs the core.',
      severity: 'error',
      from: { path: '^src/engine' },
      to: { path: '^(src|training|tests|e2e|bench)', pathNot: '^src/(core|engine)' },
    },
    {
      name: 'worker-knows-core-and-engine',
      comment: 'src/worker: runs the core on an engine; knows nothing of the page.',
      severity: 'error',
      from: { path: '^src/worker' },
      to: { path: '^(src|training|tests|e2e|bench)', pathNot: '^src/(core|engine|worker)' },
    },
    {
      name: 'plots-know-only-core',
      comment: 'src/plots: figures from plain data, for the page and for the report in Node.',
      severity: 'error',
      from: { path: '^src/plots' },
      to: { path: '^(src|training|tests|e2e|bench)', pathNot: '^src/(core|plots)' },
    },
    {
      name: 'app-stays-in-src',
      comment: 'src/app: neither the command line nor the tests.',
      severity: 'error',
      from: { path: '^src/app' },
      to: { path: '^(training|tests|e2e|bench)' },
    },
    {
      name: 'training-has-no-page',
      comment: 'training: the core and what of the engine runs in Node; no page, no worker.',
      severity: 'error',
      from: { path: '^training' },
      to: { path: '^(src/(app|worker)|tests|e2e|bench)' },
    },
    {
      name: 'browser-has-no-node',
      comment: 'src: no Node built-ins in what runs in the browser.',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle has no first file to read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports, and that imports nobody, is left over.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '(^|/)tests/', '^[^/]+$'] },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: a room that names another's types depends on it too.
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.app.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'module', 'browser', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
