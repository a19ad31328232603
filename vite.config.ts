/**
 * How the app is served and built. Everything comes from our own origin, the .wasm files of tfjs
 * too (they are imported with `?url` and become hashed assets), and every answer carries the two
 * headers without which browsers give no SharedArrayBuffer, and so no threads to WebAssembly. On hosts
 * that serve files and nothing else a service worker adds them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * tfjs starts the threads of WebAssembly from the text of its factory function. Minified, that text
 * names a variable that stands outside of it (the script's folder, which nothing here needs): the
 * threads die, and with them the detector. So the variable is taken out.
 */
const wholeWasmFactory = (): Plugin => ({
  name: 'whole-wasm-factory',
  transform(code, id) {
    if (!id.includes('tfjs-backend-wasm-threaded-simd.js')) return;
    return { code: code.replaceAll(/if\(typeof _scriptDir[^}]*\}|\|\|_scriptDir/g, ''), map: null };
  },
});

/**
 * Puts coi-serviceworker into the build: where the page is not isolated it registers itself, reloads the
 * page once, and adds the headers to every answer from then on. Elsewhere it does nothing.
 */
const isolationAnywhere = (): Plugin => ({
  name: 'isolation-anywhere',
  apply: 'build',
  generateBundle() {
    const file = createRequire(import.meta.url).resolve('coi-serviceworker');
    this.emitFile({ type: 'asset', fileName: 'coi-serviceworker.js', source: readFileSync(file) });
  },
  transformIndexHtml: () => [
    { tag: 'script', children: 'window.coi = { quiet: true };', injectTo: 'head' },
    { tag: 'script', attrs: { src: './coi-serviceworker.js' }, injectTo: 'head' },
  ],
});

export default defineConfig({
  // Relative, so that a build also works below a folder of some web server.
  base: './',
  // A file that is not there is a 404, never index.html in its place: the loader of weights cares.
  appType: 'mpa',
  plugins: [react(), isolationAnywhere()],
  worker: { format: 'es', plugins: () => [wholeWasmFactory()] },
  server: { headers: isolation },
  preview: { headers: isolation },
  build: {
    target: 'esnext',
    // tfjs is large, and split off into the worker already; the warning tells nothing new.
    chunkSizeWarningLimit: 3000,
  },
});
