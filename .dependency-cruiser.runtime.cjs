/**
 * Who may load whose code at run time, once types are gone: the page names the types of the core
 * and of the worker, but its script must not contain tfjs, neither directly nor through others.
 */
const { options } = require('./.dependency-cruiser.cjs');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'app-computes-nothing',
      comment: 'src/app: tensors live in the worker; the page sees plain data through its client.',
      severity: 'error',
      from: { path: '^src/app' },
      to: { path: 'node_modules/@tensorflow/', reachable: true },
    },
  ],
  options: { ...options, tsPreCompilationDeps: false },
};
