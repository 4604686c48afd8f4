/**
 * `npm run conformance:test262 -- FOLDER [N]`: N files of test262 (default 4,000), taken evenly from the language and its built-ins,
 * have the same outcome on a metered QuickJS as on the published one. FOLDER is a checkout of https://github.com/tc39/test262. Ends
 * with 1 when an outcome differs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { meterModule } from '@praxis/wasm-runtime/meter';
import { isPass, TestEngine } from './engine.ts';
import { modesOf, readTest } from './test-file.ts';

const [, , folder, count = '4000'] = process.argv;
const wanted = Number(count);
if (folder === undefined || !Number.isInteger(wanted) || wanted < 1) {
  console.error('usage: npm run conformance:test262 -- FOLDER [NUMBER OF FILES]');
  process.exit(2);
}

const harnessFile = (name: string) => readFileSync(join(folder, 'harness', name), 'utf8');
const all = ['language', 'built-ins']
  .flatMap((part) =>
    readdirSync(join(folder, 'test', part), { recursive: true, encoding: 'utf8' }).map((file) => join(part, file)),
  )
  .filter((file) => file.endsWith('.js') && !file.includes('_FIXTURE'))
  .sort();
const files = all.filter(
  (_file, index) => Math.floor((index * wanted) / all.length) !== Math.floor(((index - 1) * wanted) / all.length),
);

const { resolve } = createRequire(import.meta.url);
const published = new Uint8Array(readFileSync(resolve('@jitl/quickjs-wasmfile-release-sync/wasm')));
const stock = new TestEngine(await WebAssembly.compile(published));
const metered = new TestEngine(await WebAssembly.compile(meterModule(published)));

let runs = 0;
let passes = 0;
const differences: string[] = [];
for (const file of files) {
  const test = readTest(readFileSync(join(folder, 'test', file), 'utf8'));
  const harness = [
    'assert.js',
    'sta.js',
    ...(test.flags.has('async') ? ['doneprintHandle.js'] : []),
    ...test.includes,
  ].map(harnessFile);
  for (const mode of modesOf(test)) {
    const expected = await stock.run(test, mode, harness);
    const found = await metered.run(test, mode, harness);
    runs += 1;
    if (isPass(test, expected)) passes += 1;
    if (expected !== found) differences.push(`${file} (${mode}): ${expected} | ${found}`);
  }
}
console.log(
  `${files.length} of ${all.length} files, ${runs} runs: ${runs - differences.length} the same metered, ${differences.length} different; ` +
    `${passes} pass on the published engine`,
);
for (const difference of differences.slice(0, 50)) console.log(`  ${difference}`);
if (differences.length > 0) process.exitCode = 1;
