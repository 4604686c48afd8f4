/** Builds the environments into the folder it is given, or as many of them as there are packages for: each in a process of its own. */
import { availableParallelism } from 'node:os';
import {
  buildEnvironments,
  DefinitionError,
  listDefinitions,
  LockMismatch,
  writeIndex,
} from '@praxis/wasm-runtime/environment';
import { runCommand } from '../process.ts';

const [outDir, only] = process.argv.slice(2);
if (outDir === undefined) throw new TypeError('expected the output folder as the first argument');
try {
  if (only === undefined) await buildAll(outDir);
  else await buildOne(outDir, only);
} catch (error) {
  if (!(error instanceof LockMismatch || error instanceof DefinitionError)) throw error;
  // Its message says everything; a stack would hide it.
  console.error(error.message);
  process.exitCode = 1;
}

async function buildAll(folder: string): Promise<void> {
  // Those with the most to do first: their names happen to come last.
  const names = (await listDefinitions()).toReversed();
  const work = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      await runCommand('tsx', ['scripts/build/environments.ts', folder, name]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), names.length) }, work));
  const built = await writeIndex(folder);
  const missing = (await listDefinitions()).filter((name) => !built.includes(name));
  if (missing.length > 0) {
    console.log(
      `  not built: ${missing.join(', ')}; once their packages can be reached: npx praxis env build ${missing.join(' ')}`,
    );
  }
}

async function buildOne(folder: string, name: string): Promise<void> {
  const { unavailable } = await buildEnvironments({
    outDir: folder,
    names: [name],
    log: (line) => console.log(`  ${line}`),
  });
  // Everything else works without it.
  for (const { reason } of unavailable) console.log(`  ${reason.message}`);
}
