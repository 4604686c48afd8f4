/** The command line chooses the environment of a program. Needs a build. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtEnvironment, needsEnvironment } from '../../support/environments.ts';

const PRAXIS = path.join(import.meta.dirname, '../../../server/bin/praxis.js');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'praxis-choice-'));
});
afterAll(() => rm(folder, { recursive: true }));

function praxis(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PRAXIS, ...args], { encoding: 'utf8', input: '', cwd: folder });
}

async function runFile(name: string, content: string, ...options: string[]) {
  await writeFile(path.join(folder, name), content);
  return praxis('run', name, ...options);
}

/** What `--json` prints. */
const recordOf = ({ stdout }: { stdout: string }) =>
  // Written by the command.
  JSON.parse(stdout) as { env_version: string; outcome: string };

const cells = (...sources: string[]) =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: sources.map((source, at) => ({
      cell_type: 'code', id: `cell-${at}`, metadata: {}, source, outputs: [], execution_count: null,
    })),
  }); // prettier-ignore

describe('praxis run', () => {
  it('says nothing of the usual environment', async () => {
    const result = await runFile(
      'plain.py',
      'import json, sqlite3\ntry: import numpy\nexcept ImportError: print("none")',
    );
    expect(result).toMatchObject({ status: 0, stdout: 'none\n', stderr: '' });
  });

  it.skipIf(builtEnvironment('data') === undefined)(
    `takes the smallest environment that has what a file imports${needsEnvironment('data')}`,
    async () => {
      const result = await runFile('mean.py', 'import numpy as np\nprint(np.mean([1, 2, 6]))');
      expect(result).toMatchObject({ status: 0, stdout: '3.0\n' });
      expect(result.stderr).toBe('praxis: running in the environment data, which has numpy\n');
      const record = recordOf(await runFile('mean.py', 'import numpy as np', '--json'));
      expect(record.env_version).toBe(builtEnvironment('data'));
    },
  );

  it.skipIf(builtEnvironment('data') === undefined)(
    `reads all cells of a notebook${needsEnvironment('data')}`,
    async () => {
      const notebook = cells('x = 1', '%matplotlib inline\nimport json', 'import pandas as pd\nlen(pd.Series([x]))');
      const result = await runFile('table.ipynb', notebook, '--json');
      expect(result.status).toBe(0);
      expect(recordOf(result).env_version).toBe(builtEnvironment('data'));
    },
  );

  it.skipIf(builtEnvironment('data') === undefined)(
    `takes the environment that it is told, and says which has what that lacks${needsEnvironment('data')}`,
    async () => {
      const result = await runFile('mean.py', 'import numpy', '--env', 'python');
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(
        /\npraxis: numpy is in the environments? data( and science)?\. Run it with --env data\.\n$/,
      );
    },
  );

  it('says what there is instead of a package that nobody has, the most similar first', async () => {
    const result = await runFile('slip.py', 'import nunpy');
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(
      /\npraxis: No environment has nunpy\. Did you mean numpy.*\? These are available: numpy, .* and Python’s standard library\.\n$/,
    );
  });

  it('names the environments there are', async () => {
    const result = await runFile('plain.py', '', '--env', 'nothing');
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('there is no environment nothing; there are: data, python, records, science');
  });
});

describe('praxis env', () => {
  it('lists what is built, and for the rest the command that builds it', () => {
    const { items } = JSON.parse(praxis('env', 'list', '--json').stdout) as {
      items: { name: string; built: boolean }[];
    };
    expect(items.map(({ name }) => name).sort()).toEqual(['data', 'python', 'records', 'science']);
    const { stdout } = praxis('env', 'list');
    for (const { name, built } of items) {
      expect(built).toBe(builtEnvironment(name) !== null);
      expect(stdout.includes(`praxis env build ${name}\n`)).toBe(!built);
    }
    expect(stdout).toMatch(/^python +\d+\.\d\d MB {2}Python with its standard library, and JavaScript\.$/m);
  });

  it.skipIf(builtEnvironment('data') === undefined)(
    `shows packages with licences and files with digests${needsEnvironment('data')}`,
    () => {
      const { stdout } = praxis('env', 'show', 'data');
      expect(stdout).toMatch(/^ {2}pillow [\d.]+ +HPND {2}import PIL$/m);
      expect(stdout).toMatch(/^ {2}python\.snapshot +[\d.]+ MB {2}sha256:[0-9a-f]{64}$/m);
      const shown = JSON.parse(praxis('env', 'show', 'data', '--json').stdout) as Record<string, unknown>;
      expect(shown).toMatchObject({ env_version: builtEnvironment('data'), name: 'data' });
      expect(shown['size_bytes']).toBeGreaterThan(1e7);
    },
  );
});
