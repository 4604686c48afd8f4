/** Builds the environments into the folder it is given; what is there already and matches the lock is kept. */
import { buildEnvironments, LockMismatch } from '@praxis/wasm-runtime/environment';

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new TypeError('expected the output folder as the only argument');
try {
  await buildEnvironments({ outDir, log: (line) => console.log(`  ${line}`) });
} catch (error) {
  if (!(error instanceof LockMismatch)) throw error;
  // Its message says everything; a stack would hide it.
  console.error(error.message);
  process.exitCode = 1;
}
