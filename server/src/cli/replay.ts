/** `praxis replay RECORD_DIR`: runs a recorded program again and compares. */
import { parseArgs } from 'node:util';
import { blobDigests, replay, type Replay } from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { EXIT_OF_VERDICT, UsageError } from './exit-codes.ts';
import { firstWrongBlob, folderInputs, readRunFolder } from './run-folder.ts';

const USAGE = 'praxis replay RECORD_DIR [--json]     exit 0 MATCH, 1 MISMATCH, 2 UNVERIFIABLE, 3 MALFORMED';

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [folder, ...rest] = positionals;
  if (folder === undefined || rest.length > 0) throw new UsageError(`expected one folder\n${USAGE}`);
  const verdict = await replayFolder(folder);
  if (values.json) {
    const { result: _bytes, ...shown } = verdict;
    process.stdout.write(`${JSON.stringify(shown)}\n`);
  } else {
    console.log(`${verdict.verdict}: ${verdict.reason}`);
    if (verdict.replayed)
      console.log(`run_digest ${verdict.replayed.run_digest}, fuel ${verdict.replayed.record.fuel}`);
  }
  return EXIT_OF_VERDICT[verdict.verdict];
}

async function replayFolder(folder: string): Promise<Replay> {
  const texts = await readRunFolder(folder);
  let program: unknown;
  let record: unknown;
  try {
    program = JSON.parse(texts.program);
    record = JSON.parse(texts.record);
  } catch {
    return { verdict: 'MALFORMED', reason: 'program.json or record.json is not JSON.' };
  }
  const verdict = await replay(program, record, {
    host: createNodeHost(),
    environments: directoryEnvironments(),
    inputs: folderInputs(folder),
  });
  if (verdict.verdict !== 'MATCH' || !verdict.result) return verdict;
  const wrong = await firstWrongBlob(folder, blobDigests(verdict.result.record));
  if (wrong === null) return verdict;
  return {
    ...verdict,
    verdict: 'MISMATCH',
    reason: `The record matches, but the folder's file for ${wrong} is missing or has other bytes.`,
  };
}
