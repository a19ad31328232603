#!/usr/bin/env node
// What `npx loupe` runs: the command line is TypeScript, which tsx reads.
import { register } from 'tsx/esm/api';

register();
await import('../training/loupe.ts');
