/**
 * What the worker threads of the command line run: their scripts are TypeScript, which tsx reads once it
 * has been told so in the thread itself (`--import tsx` reaches the main thread alone).
 */
import { register } from 'tsx/esm/api';

register();
const { script } = process.__tinypool_state__.workerData;
const { default: work } = await import(script);

export default work;
