/** An upgrade: environments of before and after lie side by side, and what ran before it is replayed after it. Needs a build. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canonicalJson,
  jsonDigest,
  programDigest,
  replay,
  run,
  type EnvironmentManifest,
  type Program,
} from '@praxis/wasm-runtime';
import { buildEnvironments } from '@praxis/wasm-runtime/environment';
import { directoryEnvironments, ENVIRONMENTS_FOLDER, readDefinition } from '@praxis/wasm-runtime/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtEnvironment } from '../../support/environments.ts';
import { host, programOf } from '../../support/node-runs.ts';
import { streamText } from '../../support/run-fixtures.ts';
import { must } from '../../support/server/client.ts';
import { code, saveDocument } from '../../support/server/flows.ts';
import { startVerifying, type Verifying } from '../../support/verifying.ts';

/** An interpreter is metered, booted and compressed. */
const BUILD_MS = 300_000;
const SOURCE = "import os, random\nprint(os.environ.get('EDITION', 'first'), random.random())";

const built = builtEnvironment('python') ?? '';
const folderName = (version: string): string => version.slice(version.indexOf(':') + 1);

describe('two versions of an environment', () => {
  let folder = '';
  let before = '';
  let server: Verifying;

  /** The environment of this build under another manifest. @returns its version */
  async function place(change: (manifest: EnvironmentManifest) => EnvironmentManifest): Promise<string> {
    const manifest = change(await directoryEnvironments().manifest(built));
    const version = `python@${jsonDigest(manifest)}`;
    await cp(join(ENVIRONMENTS_FOLDER, folderName(built)), join(folder, folderName(version)), { recursive: true });
    await writeFile(join(folder, folderName(version), 'manifest.json'), canonicalJson(manifest));
    return version;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'praxis-versions-'));
    // As the first manifests were.
    before = await place(({ summary: _none, ...manifest }) => manifest);
    await writeFile(join(folder, 'index.json'), JSON.stringify({ python: before }));
    server = await startVerifying(['--environments', folder]);
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** The definition of `python` with another variable, built into the same folder. @returns its version */
  async function upgrade(): Promise<string> {
    const definitions = join(folder, 'definitions');
    await mkdir(definitions);
    const { name, summary, interpreter, wheels, imports } = await readDefinition('python');
    const next = { name, summary, interpreter, wheels, imports, variables: { EDITION: 'second' } };
    await writeFile(join(definitions, 'python.json'), JSON.stringify(next));
    const lock = join(folder, 'lock.json');
    const builds = await buildEnvironments({ outDir: folder, definitions, lock, updateLock: true });
    return builds.built[0]?.env_version ?? '';
  }

  it('replay each what ran in it', { timeout: BUILD_MS }, async () => {
    const environments = directoryEnvironments(folder);
    const runIn = (program: Program) => run(program, { host, environments });
    const { revisionId } = await saveDocument(server.author, [code('a', SOURCE)]);
    const old = await server.newJob(revisionId);
    expect(old.program.env_version).toBe(before);
    const first = await runIn(old.program);

    const after = await upgrade();
    expect(after).toMatch(/^python@sha256:/);
    expect(after).not.toBe(before);

    // The running server offers the new one for what comes, and knows the old one.
    const next = await server.newJob(revisionId);
    expect(next.program.env_version).toBe(after);
    const pinned = await saveDocument(server.author, [
      code('a', SOURCE, { runtime: { language: 'python', environment: before } }),
    ]);
    const stays = await server.newJob(pinned.revisionId);
    expect(stays.program.env_version).toBe(before);

    const second = await runIn(next.program);
    const [was, is] = [first, second].map(({ record }) => streamText(record, 'stdout'));
    expect([was, is]).toEqual([expect.stringMatching(/^first 0\.\d+\n$/), expect.stringMatching(/^second 0\.\d+\n$/)]);
    expect(was?.split(' ')[1]).toBe(is?.split(' ')[1]);

    for (const [job, result] of [
      [old, first],
      [next, second],
      [stays, await runIn(stays.program)],
    ] as const) {
      await server.claimWithBytes(job.id, result);
      const { body } = await server.verdictOf(job.id);
      expect([body.verdict, body.trust]).toEqual(['MATCH', 'verified']);
    }

    // Neither can be taken for the other.
    const { program_digest, env_version } = second.record;
    const swapped = { ...first.record, program_digest, env_version };
    const { verdict } = await replay(next.program, swapped, { host, environments });
    expect(verdict).toBe('MISMATCH');
  });

  it('of another gate policy are refused in words, and no claim about them is called wrong', async () => {
    const environments = directoryEnvironments(folder);
    const env_version = await place((manifest) => ({ ...manifest, gate_policy: '0' }));
    const program = { ...programOf('python', 'print(1)'), env_version };
    await expect(run(program, { host, environments })).rejects.toMatchObject({
      error: { category: 'DEPENDENCY_ERROR', code: 'ENVIRONMENT_UNKNOWN' },
    });
    const { record } = await run(programOf('python', 'print(1)'), { host, environments: directoryEnvironments() });
    const claim = { ...record, env_version, program_digest: programDigest(program) };
    const { verdict, reason } = await replay(program, claim, { host, environments });
    expect(verdict).toBe('UNVERIFIABLE');
    expect(reason).toContain("was made for version 0 of the gate's policy");
  });

  it('are all listed by a server', async () => {
    const { items } = must(200, await server.author.get('/environments')).body as unknown as {
      items: { env_version: string }[];
    };
    expect(items.map(({ env_version }) => env_version)).toContain(before);
    expect(items).toHaveLength(3);
  });
});
