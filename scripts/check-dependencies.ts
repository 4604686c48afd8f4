/** `npm run lint:dependencies`: checks every import of the three packages against the rules of the house. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { checkImport } from './dependencies/check.ts';
import { importsOf } from './dependencies/imports.ts';
import { RULES } from './dependencies/rules.ts';
import { ROOT } from './process.ts';

const SOURCE = /\.(?:ts|tsx|mts|js)$/;
/** `bin` starts compiled output by its address, which is no dependence of a source on a source; `guest` imports within a sandbox. */
const SKIPPED = new Set(['node_modules', 'dist', 'bin', 'guest']);

async function sourcesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && SOURCE.test(entry.name)) found.push(path);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) found.push(...(await sourcesBelow(path)));
  }
  return found;
}

let files = 0;
let refused = 0;
for (const { folder } of RULES) {
  for (const path of await sourcesBelow(join(ROOT, folder))) {
    files += 1;
    const file = relative(ROOT, path).split(sep).join('/');
    for (const { specifier, line } of importsOf(file, await readFile(path, 'utf8'))) {
      const reason = checkImport(RULES, file, specifier);
      if (reason === undefined) continue;
      refused += 1;
      console.error(`${file}:${line}: import of "${specifier}": ${reason}`);
    }
  }
}
if (refused > 0) {
  console.error(`dependencies: ${refused} imports are not allowed`);
  process.exitCode = 1;
} else {
  console.log(`dependencies: ${files} files follow the rules`);
}
