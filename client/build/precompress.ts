/** A vite plugin: beside every file that compresses well, a `.br` for browsers that take brotli. The server only picks. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { Plugin } from 'vite';

/** Fonts are compressed already; pages are changed by the server on their way. */
const COMPRESSIBLE = /\.(css|js|json|svg|txt)$/;
/** Below one packet nothing is won. */
const SMALLEST_BYTES = 1024;

export function precompress(folder: string): Plugin {
  return {
    name: 'praxis-precompress',
    async closeBundle() {
      const files = (await readdir(folder, { recursive: true })).filter((file) => COMPRESSIBLE.test(file));
      const compress = promisify(brotliCompress);
      await Promise.all(
        files.map(async (file) => {
          const bytes = await readFile(join(folder, file));
          if (bytes.length < SMALLEST_BYTES) return;
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
          await writeFile(join(folder, `${file}.br`), await compress(bytes, { params }));
        }),
      );
    },
  };
}
