#!/usr/bin/env node
// Starts the compiled command line; a fresh checkout has none until it is built.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(compiled))) {
  await import(compiled.href);
} else {
  process.stderr.write('praxis is not built yet: run "npm run build" first.\n');
  process.exitCode = 5;
}
