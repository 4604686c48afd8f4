/** Builds the JavaScript engine's files from its npm package, and its libraries from theirs. Node only. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ALL_GUEST_FILES, type GuestFile } from '../engines/javascript/boot.ts';
import { buildJavaScript } from '../engines/javascript/build.ts';
import { builtFile, type BuiltEngine } from './built-files.ts';
import { libraryNames, packLibraries, readLibraries } from './javascript-libraries.ts';
import { PACKAGE_ROOT } from './package-root.ts';

const resolve = createRequire(import.meta.url).resolve;

export async function buildJavaScriptEngine(log: (line: string) => void): Promise<BuiltEngine> {
  const variant = createRequire(resolve('quickjs-emscripten')).resolve(
    '@jitl/quickjs-wasmfile-release-sync/package.json',
  );
  const folder = path.dirname(variant);
  const { version } = JSON.parse(await readFile(variant, 'utf8')) as { version: string };
  log(`javascript: metering and booting quickjs ${version}`);
  const read = (file: string) => readFile(path.join(folder, 'dist', file));
  const guestFolder = path.join(PACKAGE_ROOT, 'src/engines/javascript/guest');
  const texts = await Promise.all(
    ALL_GUEST_FILES.map(async (file) => [file, await readFile(path.join(guestFolder, file), 'utf8')] as const),
  );
  const libraries = await readLibraries();
  const { module, snapshot, language_version } = await buildJavaScript({
    wasm: await read('emscripten-module.wasm'),
    glueSource: (await read('emscripten-module.browser.mjs')).toString('utf8'),
    // One entry for each name of the list.
    guest: Object.fromEntries(texts) as Record<GuestFile, string>,
    libraries: libraryNames(libraries),
  });
  log(`javascript: packing ${libraries.length} libraries`);
  const pack = await packLibraries(libraries, { module, snapshot });
  return {
    source: `quickjs ${version}`,
    language_version,
    files: {
      module: builtFile('javascript.wasm', module, 'early'),
      snapshot: builtFile('javascript.snapshot', snapshot, 'early'),
      late: builtFile('javascript.libraries', pack, 'early'),
    },
    libraries: libraries.map(({ name, version, licence, sha256 }) => ({
      name,
      version,
      licence,
      digest: `sha256:${sha256}`,
    })),
  };
}
