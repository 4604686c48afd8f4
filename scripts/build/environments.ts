/** Builds the environments into the folder it is given; what is there already and matches the lock is kept. */
import { buildEnvironments } from '@praxis/wasm-runtime/environment';

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new TypeError('expected the output folder as the only argument');
await buildEnvironments({ outDir, log: (line) => console.log(`  ${line}`) });
