/** Real programs in the jail: the same records as without it, byte for byte, also at their limits. Needs built environments. */
import { createProgram, run, type Limits, type RunResult } from '@praxis/wasm-runtime';
import { createNodeHost, currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION } from '../../server/src/configuration.ts';
import { detectJail } from '../../server/src/replay/jail.ts';

const jail = await detectJail();

type Step = [language: 'python' | 'javascript', source: string];

describe.skipIf(!jail.available)(`a program in the jail${jail.available ? '' : ` (skipped: ${jail.reason})`}`, () => {
  let environment: string;
  beforeAll(async () => {
    environment = (await currentEnvironments()).get('python') ?? '';
  });

  function runOne(steps: Step[], limits: Partial<Limits>, jailed: boolean): Promise<RunResult> {
    const program = createProgram({
      env_version: environment,
      steps: steps.map(([language, source]) => ({ language, source })),
      limits,
    });
    const host = createNodeHost(jailed && jail.available ? { launch: jail.launch } : {});
    return run(program, { host, environments: directoryEnvironments() });
  }

  const { memory_mb, max_file_kb, max_artifact_kb } = DEFAULT_CONFIGURATION.maximumLimits;

  it.each<[what: string, code: string | null, steps: Step[], limits: Partial<Limits>]>([
    [
      'both engines',
      null,
      [
        [
          'python',
          'import json, sqlite3, random\nprint(sqlite3.connect(":memory:").execute("select 1 + 1").fetchone(), random.random())',
        ],
        ['javascript', 'console.log([1, 2, 3].map((x) => x * x)); Math.random()'],
      ],
      {},
    ],
    ['an exception', 'PYTHON_EXCEPTION', [['python', '1 / 0']], {}],
    ['endless work', 'FUEL', [['python', 'while True: pass']], { fuel: 200_000_000 }],
    ['deep recursion', 'PYTHON_EXCEPTION', [['python', 'def f(n): return f(n + 1)\nf(0)']], {}],
    [
      'all the memory that both engines may have',
      null,
      [
        [
          'python',
          'kept = []\ntry:\n    while True: kept.append(bytearray(1 << 26))\nexcept MemoryError: print(len(kept))',
        ],
        [
          'javascript',
          'const kept = []; try { for (;;) kept.push(new ArrayBuffer(1 << 26)) } catch (error) { console.log(kept.length, error.name) }',
        ],
      ],
      { memory_mb },
    ],
    [
      'all the files and artifacts that it may have',
      null,
      [
        [
          'python',
          `from praxis import artifact
block = bytes(1 << 20)
for n in range(${max_file_kb / 1024 - 8}):
    open(f'/job/{n}', 'wb').write(block)
for n in range(${max_artifact_kb / 1024}):
    artifact(f'{n}.bin', block, 'application/octet-stream')`,
        ],
      ],
      { memory_mb, max_file_kb, max_artifact_kb, max_artifacts: 1000 },
    ],
  ])('%s', async (_what, code, steps, limits) => {
    const jailed = await runOne(steps, limits, true);
    const free = await runOne(steps, limits, false);
    expect(jailed.record.error?.code ?? null).toBe(code);
    expect(jailed.record).toEqual(free.record);
    expect(jailed.run_digest).toBe(free.run_digest);
  });

  it('ends at its processor time, and says so', async () => {
    const { record } = await runOne(
      [['python', 'while True: pass']],
      { cpu_ms: 2000, fuel: 1_000_000_000_000_000 },
      true,
    );
    expect(record).toMatchObject({
      outcome: 'limit',
      error: { category: 'RESOURCE_LIMIT', code: 'CPU', details: { limit: 2000 } },
    });
  });

  it('ends at its wall clock, and the next one runs', async () => {
    const { record } = await runOne(
      [['python', 'while True: pass']],
      { timeout_ms: 500, fuel: 1_000_000_000_000_000 },
      true,
    );
    expect(record).toMatchObject({ outcome: 'limit', error: { code: 'WALL_CLOCK' } });
    expect((await runOne([['python', 'print(1)']], {}, true)).record.outcome).toBe('succeeded');
  });
});
