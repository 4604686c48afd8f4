/** A vite plugin: the runtime's bundled worker script becomes `frames/worker.js`, which the page hands to the sandbox frame. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export function sandboxWorker(runtimeFolder: string): Plugin {
  return {
    name: 'praxis-sandbox-worker',
    async generateBundle() {
      const source = await readFile(join(runtimeFolder, 'dist/sandbox/worker.js'));
      this.emitFile({ type: 'asset', fileName: 'frames/worker.js', source });
    },
  };
}
