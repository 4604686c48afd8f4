/**
 * The attack corpus that lies beside a checkout, when it is there (`../shared/attacks` or PRAXIS_SHARED): every case is denied or
 * bounded, gives a typed outcome, and leaks nothing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { checkArtifactName, type Language, type Limits, type Outcome } from '@praxis/wasm-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSource } from '../support/node-runs.ts';

interface AttackCase {
  id: string;
  title: string;
  code: string;
  stdin: string | null;
  limits: Partial<Limits>;
  expect: {
    outcomes: Outcome[];
    must_not_print?: string[];
    stdout?: string;
    same_over_runs?: boolean;
    no_network?: boolean;
    max_record_bytes?: number;
  };
}

const FOLDER = join(process.env['PRAXIS_SHARED'] ?? join(import.meta.dirname, '../../../shared'), 'attacks');
const CANARY_FILE = '/tmp/praxis-host-canary.txt';
const LISTENER_PORT = 48_111;

let connections = 0;
let listener: Server | undefined;

beforeAll(async () => {
  if (!existsSync(FOLDER)) return;
  process.env['HOST_CANARY'] = 'canary-7f3a';
  writeFileSync(CANARY_FILE, 'canary-7f3a-file');
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  // Another run of these tests may hold the port: then its listener stands in, and nothing may connect to that either.
  await new Promise<void>((resolve) =>
    server.once('error', () => resolve()).listen(LISTENER_PORT, '127.0.0.1', resolve),
  );
  listener = server;
});
afterAll(() => listener?.close());

describe.each(['python', 'javascript'] as const)('attacks in %s', (language: Language) => {
  const file = join(FOLDER, `${language}.json`);
  // Test data of a fixed form.
  const cases = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as AttackCase[]) : [];
  it('are there', ({ skip }) => {
    skip(cases.length === 0, `there is no ${file}`);
    expect(cases.length).toBeGreaterThan(20);
  });
  it.each(cases.map((entry) => [entry.id, entry.title, entry] as const))('%s %s', async (_id, _title, entry) => {
    const { expect: wanted } = entry;
    const attempt = () =>
      runSource(language, entry.code, { limits: entry.limits, stdin: entry.stdin?.split('\n') ?? [] });
    const { record, run_digest } = await attempt();
    const text = JSON.stringify(record);
    expect(wanted.outcomes, `${record.outcome}: ${record.error?.message ?? ''}`).toContain(record.outcome);
    for (const forbidden of wanted.must_not_print ?? []) {
      expect(text).not.toContain(forbidden.replace('{cwd}', process.cwd()));
    }
    if (wanted.stdout !== undefined) {
      const outputs = record.steps[0]?.outputs ?? [];
      expect(
        outputs.map((output) => (output.type === 'stream' && output.name === 'stdout' ? output.text : '')).join(''),
      ).toBe(wanted.stdout);
    }
    if (wanted.max_record_bytes !== undefined) expect(text.length).toBeLessThanOrEqual(wanted.max_record_bytes);
    if (wanted.same_over_runs) expect((await attempt()).run_digest).toBe(run_digest);
    expect(record.artifacts.map(({ name }) => checkArtifactName(name))).toEqual(record.artifacts.map(() => null));
    expect(connections).toBe(0);
  });
});
