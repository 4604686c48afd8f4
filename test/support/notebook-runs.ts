/** Notebooks as people send them through: by the command line, and by a server that replays what their author ran. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { RunRecord } from '@praxis/wasm-runtime';
import { expect } from 'vitest';
import { schemaErrors, type ExpectedNotebook, type ExpectedRun } from './notebooks.ts';
import { streamText } from './run-fixtures.ts';
import { must } from './server/client.ts';
import { PRAXIS, runHere, type Verifying } from './verifying.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `praxis` with these lines on its standard input. */
export async function praxis(args: readonly string[], stdin: readonly string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [PRAXIS, ...args], { stdio: 'pipe' });
  child.stdin.end(stdin.map((line) => `${line}\n`).join(''));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** A record in the shape of an expectation. */
export function observed(record: RunRecord): Omit<ExpectedRun, 'stdin' | 'environment'> {
  const { outcome, error, artifacts, steps } = record;
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

/**
 * Imported, run by its author, claimed, replayed by the server, attested, and exported.
 * @returns the exported notebook
 */
export async function throughServer(
  path: Verifying,
  { path: file, expected }: Pick<ExpectedNotebook, 'path' | 'expected'>,
): Promise<string> {
  const { author } = path;
  const document = must(201, await author.post(`/workspaces/${author.workspaceId}/documents`, { title: 'Notebook' }));
  const content = readFileSync(file, 'utf8');
  const { body } = must(201, await author.post(`/documents/${document.body.id}/import`, { format: 'ipynb', content }));
  const chosen = expect.stringContaining(`It runs in the environment ${expected.environment}, which has `) as string;
  expect(body.warnings).toEqual(expected.environment === undefined ? [] : [chosen]);

  // What cells read is part of the program, so a first run finds it out, as it does in the page.
  const asked = await path.newJob(body.revision.id);
  const draft = await runHere(asked.program, expected.stdin ?? []);
  const events = draft.program.steps
    .filter((step) => step.events.length > 0)
    .map((step) => [step.object_id, step.events]);
  const { stdin, environment = 'python', ...wanted } = expected;
  expect(asked.program.env_version.split('@')[0]).toBe(environment);
  expect(observed(draft.record)).toEqual(wanted);
  expect(events.length > 0).toBe(stdin !== undefined);
  const job = events.length === 0 ? asked : await path.newJob(body.revision.id, { events: Object.fromEntries(events) });
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
  const copy = must(201, await author.post(`/workspaces/${author.workspaceId}/documents`, { title: 'Copy' }));
  const again = await author.post(`/documents/${copy.body.id}/import`, { format: 'ipynb', content: exported });
  expect(must(201, again).body.revision.objects).toEqual(body.revision.objects);
  return exported;
}
