/**
 * `npm start`: installs what is missing, builds the app, serves it on the first free port from 4173
 * up and prints its address.
 */
import { checkNode, installPackages } from './install.mjs';

checkNode();
installPackages();

const { build, preview } = await import('vite');
await build({ logLevel: 'warn' });
const server = await preview({ preview: { port: 4173 } });
console.log(`Loupe is ready: ${server.resolvedUrls?.local[0]}`);
