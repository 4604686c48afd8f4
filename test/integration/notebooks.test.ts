/** Whole notebooks: ours through the command line and through a server, and those of others where they lie beside the checkout. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { replay, run, type RunRecord } from '@praxis/wasm-runtime';
import { NotebookError, readNotebookBytes, writeNotebook } from '@praxis/wasm-runtime/notebook';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProgramFile } from '../../server/src/cli/program-file.ts';
import { environments, host, programOf } from '../support/node-runs.ts';
import {
  expectedRuns,
  schemaErrors,
  SHARED_NOTEBOOKS,
  sharedNotebooks,
  type ExpectedRun,
} from '../support/notebooks.ts';
import { streamText } from '../support/run-fixtures.ts';
import { must } from '../support/server/client.ts';
import { PRAXIS, runHere, startVerifying, type Verifying } from '../support/verifying.ts';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `praxis` with these lines on its standard input. */
async function praxis(args: readonly string[], stdin: readonly string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [PRAXIS, ...args], { stdio: 'pipe' });
  child.stdin.end(stdin.map((line) => `${line}\n`).join(''));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** A record in the shape of an expectation. */
function observed({ outcome, error, artifacts, steps }: RunRecord, record: RunRecord): Omit<ExpectedRun, 'stdin'> {
  const { step, line } = error?.details ?? {};
  const rich = steps.flatMap(({ outputs }) =>
    outputs.flatMap((output) => ('data' in output ? [[output.type, ...Object.keys(output.data).sort()]] : [])),
  );
  return {
    outcome,
    stdout: streamText(record, 'stdout').split('\n'),
    ...(error === null
      ? {}
      : { error: { code: error.code, message: error.message, step: step ?? '', line: line ?? 0 } }),
    ...(artifacts.length === 0 ? {} : { artifacts: artifacts.map(({ step: _step, ...artifact }) => artifact) }),
    ...(rich.length === 0 ? {} : { rich }),
  };
}

const OWN = expectedRuns();
const folder = mkdtempSync(join(tmpdir(), 'praxis-notebooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a notebook on the command line', () => {
  it.each(OWN)(
    '$name gives what it must, the same twice, and its record replays as a MATCH',
    async ({ name, path, expected }) => {
      const { stdin, ...wanted } = expected;
      const out = join(folder, name);
      const first = await praxis(['run', path, '--json', '--out', out], stdin);
      // Printed by the command line.
      const record = JSON.parse(first.stdout) as RunRecord & { run_digest: string };
      expect(observed(record, record)).toEqual(wanted);
      expect([first.code, first.stderr]).toEqual([wanted.outcome === 'succeeded' ? 0 : 1, '']);
      const [second, replayed] = await Promise.all([
        praxis(['run', path, '--json'], stdin),
        praxis(['replay', out, '--json']),
      ]);
      expect((JSON.parse(second.stdout) as typeof record).run_digest).toBe(record.run_digest);
      expect(JSON.parse(replayed.stdout)).toMatchObject({
        verdict: 'MATCH',
        replayed: { run_digest: record.run_digest },
      });
    },
  );

  it.each([
    ['cut-off', 'is not complete JSON: it is cut off. Download or copy it again.'],
    ['another-language', 'is written for "R". Only Python and JavaScript run here.'],
  ])('that is %s ends with 2 and one sentence', async (name, reason) => {
    const file = join(import.meta.dirname, `../../fixtures/notebooks/invalid/${name}.ipynb`);
    const { code, stdout, stderr } = await praxis(['run', file]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('    at ');
  });
});

describe('a notebook on a server', () => {
  let path: Verifying;
  beforeAll(async () => {
    path = await startVerifying();
  });
  afterAll(() => path.close());

  // One of each kind: files of results in two languages, JavaScript alone, an exception, lines of input.
  const chosen = OWN.filter(({ name }) => !['monte-carlo', 'station-data'].includes(name));

  it.each(chosen)(
    '$name is imported, run by its author, verified, and exported with its trust',
    async ({ path: file, expected }) => {
      const { author } = path;
      const document = must(
        201,
        await author.post(`/workspaces/${author.workspaceId}/documents`, { title: 'Notebook' }),
      );
      const content = readFileSync(file, 'utf8');
      const { body } = must(
        201,
        await author.post(`/documents/${document.body.id}/import`, { format: 'ipynb', content }),
      );
      expect(body.warnings).toEqual([]);

      // What cells read is part of the program, so a first run finds it out, as it does in the page.
      const asked = await path.newJob(body.revision.id);
      const draft = await runHere(asked.program, expected.stdin ?? []);
      const events = draft.program.steps
        .filter((step) => step.events.length > 0)
        .map((step) => [step.object_id, step.events]);
      const { stdin, ...wanted } = expected;
      expect(observed(draft.record, draft.record)).toEqual(wanted);
      expect(events.length > 0).toBe(stdin !== undefined);
      const job =
        events.length === 0 ? asked : await path.newJob(body.revision.id, { events: Object.fromEntries(events) });
      const result = events.length === 0 ? draft : await runHere(job.program);
      expect(result.record.outcome).toBe(expected.outcome);

      const claimed = await path.claimWithBytes(job.id, result);
      expect(claimed.body.trust).toBe('claimed');
      const verdict = await path.verdictOf(job.id);
      expect([verdict.body.verdict, verdict.body.trust]).toEqual(['MATCH', 'verified']);
      const checked = await path.checkAttestation(job.id);
      expect(checked.stdout).toContain(result.run_digest);

      const exported = must(200, await author.get(`/revisions/${body.revision.id}/export?format=ipynb`)).text;
      expect(schemaErrors(exported)).toEqual([]);
      // Nothing but the outputs came in between: the same objects are read again.
      expect(readNotebookBytes(new TextEncoder().encode(exported)).objects).toEqual(body.revision.objects);
      expect(exported.includes('"trust": "verified"')).toBe(true);
    },
  );
});

describe('notebooks of other projects', () => {
  const absent = `there are none at ${SHARED_NOTEBOOKS}`;
  /** Enough for all of them but the one that computes for half a minute. */
  const FUEL = 5_000_000_000;

  it('lie beside the checkout', ({ skip }) => {
    skip(sharedNotebooks('run').length === 0, absent);
    expect(sharedNotebooks('run').length).toBeGreaterThanOrEqual(9);
  });

  it.each(sharedNotebooks('run'))(
    '$file runs as its index says, and replays as a MATCH',
    async ({ path: file, note = '' }) => {
      const heavy = note.startsWith('CPU-heavy');
      const { steps, warnings } = await readProgramFile(file);
      const limits = { fuel: heavy ? FUEL / 10 : FUEL };
      const program = { ...programOf('python', '', limits), steps };
      const result = await run(program, { host, environments, stdin: ['a line', '1', '2', '3'] });
      const outcome = note.startsWith('raises') ? 'failed' : heavy ? 'limit' : 'succeeded';
      expect([result.record.outcome, warnings]).toEqual([outcome, []]);
      const { verdict, reason } = await replay(result.program, result.record, { host, environments });
      expect(`${verdict}: ${reason}`).toMatch(/^MATCH/);
    },
  );

  it.each([...sharedNotebooks('import'), ...sharedNotebooks('hostile')])(
    '$file is read, and what is written of it is valid and the same',
    ({ path: file }) => {
      const { title, objects } = readNotebookBytes(readFileSync(file));
      expect(objects.length).toBeGreaterThan(0);
      const written = writeNotebook({ title: title ?? 'T', objects, outputs: new Map(), blobs: new Map() });
      expect(schemaErrors(written)).toEqual([]);
      expect(readNotebookBytes(new TextEncoder().encode(written)).objects).toEqual(objects);
    },
  );

  it.each(sharedNotebooks('invalid'))('$file is refused or repaired', ({ file, path }) => {
    const outcome = (): string[] => {
      try {
        return readNotebookBytes(readFileSync(path)).notes.map(({ kind }) => kind);
      } catch (error) {
        if (error instanceof NotebookError) return [error.where];
        throw error;
      }
    };
    const expected: Record<string, string[]> = {
      'invalid/invalid.ipynb': ['the source of cell 1'],
      'invalid/invalid_cell_id.ipynb': ['outputs', 'ids'],
      'invalid/invalid_unique_cell_id.ipynb': ['ids'],
      'invalid/v4_5_no_cell_id.ipynb': [],
      'invalid/no_min_version.ipynb': ['the notebook'],
    };
    expect(outcome()).toEqual(expected[file]);
  });
});
