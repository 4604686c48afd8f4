/** Whole notebooks: ours through the command line and through a server, and those of others where they lie beside the checkout. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replay, run, type RunRecord } from '@praxis/wasm-runtime';
import { NotebookError, readNotebookBytes, writeNotebook } from '@praxis/wasm-runtime/notebook';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProgramFile } from '../../server/src/cli/program-file.ts';
import { environments, host, programOf } from '../support/node-runs.ts';
import { observed, praxis, throughServer } from '../support/notebook-runs.ts';
import { expectedRuns, schemaErrors, SHARED_NOTEBOOKS, sharedNotebooks } from '../support/notebooks.ts';
import { startVerifying, type Verifying } from '../support/verifying.ts';

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
      expect(observed(record)).toEqual(wanted);
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

  it.each(chosen)('$name is imported, run by its author, verified, and exported with its trust', async (notebook) => {
    expect(await throughServer(path, notebook)).toContain('"trust": "verified"');
  });
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
