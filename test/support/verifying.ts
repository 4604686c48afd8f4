/**
 * The whole path with nothing standing in: a real server process, its replay worker in the jail, real engines, and an author who
 * claims. Claims are made by the runtime in Node, which gives the same records as a browser (`test/e2e` shows that). Needs a build.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { run, type Program, type RunRecord, type RunResult } from '@praxis/wasm-runtime';
import { detectJail } from '../../server/src/replay/jail.ts';
import { environments, host } from './node-runs.ts';
import { Client, must, type Reply } from './server/client.ts';
import { createJob, upload } from './server/flows.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export const PRAXIS = join(import.meta.dirname, '../../server/bin/praxis.js');
export const VERDICT_WAIT_MS = 120_000;

export interface Verifying {
  readonly server: ServerProcess;
  readonly author: Client;
  /** Another person. */
  register(): Promise<Client>;
  /** A job for this client, with the program that the server made. */
  newJob(revisionId: string, more?: Record<string, unknown>): Promise<{ id: string; program: Program }>;
  claim(jobId: string, record: RunRecord): Promise<Reply>;
  /** Claims, uploads what the server then asks for, and claims again. */
  claimWithBytes(jobId: string, result: RunResult): Promise<Reply>;
  /** Waits for the verdict. */
  verdictOf(jobId: string): Promise<Reply>;
  /** `praxis verify --replay` of a job's attestation, or of one that was changed on the way, without the server. */
  checkAttestation(jobId: string, change?: (envelope: string) => string): Promise<{ stdout: string }>;
  close(): Promise<void>;
}

export const runHere = (program: Program, stdin?: readonly string[]): Promise<RunResult> =>
  run(program, { host, environments, ...(stdin === undefined ? {} : { stdin }) });

/** Nobody yet, at a server that was started as a process. */
export const clientOf = ({ url }: ServerProcess): Client =>
  new Client({ origin: url } as ConstructorParameters<typeof Client>[0]);

/** @param options of the server */
export async function startVerifying(options: readonly string[] = []): Promise<Verifying> {
  const jail = await detectJail();
  const server = await startServer([...options, ...(jail.available ? [] : ['--unjailed-replay'])]);
  const author = await clientOf(server).register();
  const folder = await mkdtemp(join(tmpdir(), 'praxis-path-'));
  const claim = (jobId: string, record: RunRecord): Promise<Reply> => author.post(`/jobs/${jobId}/claim`, { record });

  return {
    server,
    author,
    claim,
    register: () => clientOf(server).register(),
    async newJob(revisionId, more = {}) {
      const job = must(201, await createJob(author, revisionId, more));
      return { id: job.body.id, program: job.body.payload.program };
    },
    async claimWithBytes(jobId, { record, blobs }) {
      const first = must(200, await claim(jobId, record));
      const types = new Map(record.artifacts.map(({ digest, media_type }) => [digest, media_type]));
      for (const digest of first.body.missing ?? []) {
        const bytes = blobs.get(digest);
        if (bytes === undefined) throw new Error(`the server asks for ${digest}, which the run does not have`);
        await upload(author, bytes, types.get(digest) ?? 'application/octet-stream');
      }
      return blobs.size === 0 ? first : must(200, await claim(jobId, record));
    },
    async verdictOf(jobId) {
      const deadline = Date.now() + VERDICT_WAIT_MS;
      for (;;) {
        const reply = await author.get(`/jobs/${jobId}/verdict`);
        if (reply.status === 200 && reply.body.verdict) return reply;
        if (Date.now() > deadline) throw new Error(`no verdict: ${reply.status} ${reply.text}\n${server.log()}`);
        await sleep(250);
      }
    },
    async checkAttestation(jobId, change = (envelope) => envelope) {
      const envelope = must(200, await author.get(`/jobs/${jobId}/attestation`));
      const keys = must(200, await author.get('/keys'));
      const [file, key] = [join(folder, 'attestation.json'), join(folder, 'key.pem')];
      await writeFile(file, change(envelope.text));
      await writeFile(key, keys.body.keys[0]?.public_key_pem ?? '');
      return promisify(execFile)(process.execPath, [PRAXIS, 'verify', file, '--key', key, '--replay']);
    },
    async close() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
