/** Notebooks that use the packages: through the command line and through a server. Needs a build. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '@praxis/wasm-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtEnvironment, needsEnvironment } from '../../support/environments.ts';
import { observed, praxis, throughServer } from '../../support/notebook-runs.ts';
import { expectedRuns } from '../../support/notebooks.ts';
import { startVerifying, type Verifying } from '../../support/verifying.ts';

const NOTEBOOKS = expectedRuns('packages');

describe.each(NOTEBOOKS)('$name', (notebook) => {
  const { name, path, expected } = notebook;
  const { environment = '', ...wanted } = expected;
  const missing = builtEnvironment(environment) === undefined;
  const folder = mkdtempSync(join(tmpdir(), 'praxis-notebooks-'));
  let verifying: Verifying | undefined;
  beforeAll(async () => {
    if (!missing) verifying = await startVerifying();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await verifying?.close();
  });

  it.skipIf(missing)(`runs in the environment that has its packages${needsEnvironment(environment)}`, async () => {
    const out = join(folder, name);
    const ran = await praxis(['run', path, '--json', '--out', out]);
    // Printed by the command line.
    const record = JSON.parse(ran.stdout) as RunRecord & { run_digest: string };
    expect(observed(record)).toEqual(wanted);
    expect(record.env_version).toBe(builtEnvironment(environment));
    expect(ran.stderr).toContain(`running in the environment ${environment}, which has `);
    const replayed = await praxis(['replay', out, '--json']);
    expect(JSON.parse(replayed.stdout)).toMatchObject({
      verdict: 'MATCH',
      replayed: { run_digest: record.run_digest },
    });
  });

  it.skipIf(missing)(
    `is verified by a server and exported with its pictures${needsEnvironment(environment)}`,
    async () => {
      if (!verifying) throw new Error('no server');
      const exported = await throughServer(verifying, notebook);
      expect(exported).toContain('"trust": "verified"');
      const pictures = (wanted.rich ?? []).filter((types) => types.includes('image/png'));
      expect(exported.match(/"image\/png": "iVBOR/g)).toHaveLength(pictures.length);
    },
  );
});
