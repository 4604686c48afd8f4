/** Attacks through the command line, as somebody at a terminal would run them. Needs a build. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonDigest, RunRecord, type Language } from '@praxis/wasm-runtime';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { EXIT_OF_OUTCOME } from '../../server/src/cli/exit-codes.ts';
import type { AttackCase } from './attack-corpus.ts';
import { FORGED, type AttackWorld } from './attack-world.ts';

const PRAXIS = fileURLToPath(new URL('../../server/bin/praxis.js', import.meta.url));
const EXTENSION: Readonly<Record<Language, string>> = { python: 'py', javascript: 'js' };
/** Only stops what hangs; less than the time of a test, so that its test can say so. */
const HANGS_MS = 100_000;
const MAX_PRINTED_BYTES = 256 << 20;
/** What stands beside a record, and says nothing that a guest could have said. */
const Observed = Type.Object(
  { duration_ms: Type.Integer(), engine_start_ms: Type.Integer(), host: Type.Literal(`node-${process.versions.node}`) },
  { additionalProperties: false },
);

/** What a run left behind. */
export interface Attacked {
  record: RunRecord;
  run_digest: string;
  /** Bytes of everything that was printed, or would be. */
  bytes: number;
  /** The folder of the process that started the sandbox. */
  cwd: string;
  /** What is wrong with how the record was given. */
  breaches: string[];
}

interface Printed {
  stdout: string;
  stderr: string;
  status: number | null;
}

/** @throws Error when the command does not print the one line of a record */
export async function runOnCommandLine(entry: AttackCase, language: Language, world: AttackWorld): Promise<Attacked> {
  const { stdout, stderr, status } = await praxisRun(entry, language, world);
  if (!/^[^\n]*\n$/.test(stdout))
    throw new Error(`not one line, with ${status ?? 'no status'}: ${stdout.slice(0, 1000)}\n${stderr.slice(0, 1000)}`);
  // What it is is checked right here.
  const { run_digest, observed, ...record } = JSON.parse(stdout) as Record<string, unknown>;
  if (!Check(RunRecord, record)) throw new Error(`not a run record: ${stdout.slice(0, 2000)}`);
  const breaches: string[] = [];
  if (stderr !== '') breaches.push(`stderr is ${JSON.stringify(stderr.slice(0, 1000))}`);
  if (stdout.includes(FORGED)) breaches.push('forged text stands on stdout');
  if (!Check(Observed, observed)) breaches.push(`observed is ${JSON.stringify(observed)}`);
  if (run_digest !== jsonDigest(record)) breaches.push('the digest is not that of the record');
  if (status !== EXIT_OF_OUTCOME[record.outcome]) breaches.push(`the status is ${status ?? 'none'}`);
  return { record, run_digest: String(run_digest), bytes: Buffer.byteLength(stdout), cwd: world.folder, breaches };
}

function praxisRun(entry: AttackCase, language: Language, world: AttackWorld): Promise<Printed> {
  const file = `case.${EXTENSION[language]}`;
  writeFileSync(join(world.folder, file), world.codeOf(entry));
  const { fuel, memory_mb: memory } = entry.limits;
  const args = [PRAXIS, 'run', file, '--json', '--fuel', String(fuel), '--memory-mb', String(memory)];
  if (entry.environment !== undefined) args.push('--env', entry.environment);
  const options = {
    cwd: world.folder,
    encoding: 'buffer',
    maxBuffer: MAX_PRINTED_BYTES,
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      try {
        const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        resolve({ stdout: utf8.decode(stdout), stderr: utf8.decode(stderr), status: child.exitCode });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    // A command that ends early reads nothing more.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(entry.stdin ?? '');
  });
}
