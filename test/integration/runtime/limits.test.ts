/** Programs that want too much: each ends with the outcome and code of its limit, and says what was allowed and used. */
import type { Language, Limits, RunErrorCode } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { runSource } from '../../support/node-runs.ts';

interface Case {
  name: string;
  language: Language;
  source: string;
  code: RunErrorCode;
  limits?: Partial<Limits>;
}

const FUEL = { fuel: 400_000_000 };

const CASES: readonly Case[] = [
  { name: 'an endless loop', language: 'python', source: 'while True: pass', code: 'FUEL', limits: FUEL },
  {
    name: 'an endless loop that catches everything',
    language: 'python',
    source: 'while True:\n    try:\n        while True: pass\n    except BaseException: pass',
    code: 'FUEL',
    limits: FUEL,
  },
  { name: 'a loop in C', language: 'python', source: 'sum(range(10**12))', code: 'FUEL', limits: FUEL },
  {
    name: 'a catastrophic regular expression',
    language: 'python',
    source: 'import re\nre.match("(a+)+$", "a" * 60 + "b")',
    code: 'FUEL',
    limits: FUEL,
  },
  {
    name: 'endless allocation',
    language: 'python',
    source: 'blocks = []\nwhile True: blocks.append(bytearray(1 << 20))',
    code: 'MEMORY',
    limits: { memory_mb: 96 },
  },
  {
    name: 'recursion through compiled code',
    language: 'python',
    source: 'class A:\n    def __getattr__(self, name):\n        return getattr(self, name)\nA().x',
    code: 'DEPTH',
  },
  { name: 'a flood of output', language: 'python', source: 'while True: print("x" * 1000)', code: 'OUTPUT' },
  {
    name: 'a flood of files',
    language: 'python',
    source: 'i = 0\nwhile True:\n    open(f"f{i}", "w").close()\n    i += 1',
    code: 'FILES',
    limits: { max_files: 50 },
  },
  {
    name: 'a file that is too large',
    language: 'python',
    source: 'open("a", "wb").write(bytes(3 << 20))',
    code: 'FILES',
    limits: { max_file_kb: 2048 },
  },
  {
    name: 'a flood of artifacts',
    language: 'python',
    source: 'from praxis import artifact\nfor i in range(9):\n    artifact(f"{i}.txt", "x", "text/plain")',
    code: 'ARTIFACTS',
    limits: { max_artifacts: 5 },
  },
  { name: 'an endless loop', language: 'javascript', source: 'for (;;);', code: 'FUEL', limits: FUEL },
  {
    name: 'a loop over a huge length in C',
    language: 'javascript',
    source: 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    code: 'FUEL',
    limits: FUEL,
  },
  {
    name: 'endless allocation',
    language: 'javascript',
    source: 'const blocks = []; for (;;) blocks.push(new Uint8Array(1 << 20).fill(1));',
    code: 'MEMORY',
    limits: { memory_mb: 64 },
  },
  {
    name: 'a flood of output',
    language: 'javascript',
    source: 'for (;;) console.log("x".repeat(1000));',
    code: 'OUTPUT',
  },
];

describe('a limit', () => {
  it.each(CASES)('stops $name in $language with $code', async ({ language, source, code, limits = {} }) => {
    const { record } = await runSource(language, source, { limits });
    expect(record.error?.code, JSON.stringify(record.error)).toBe(code);
    expect(record.outcome).toBe('limit');
    expect(record.error?.category).toBe('RESOURCE_LIMIT');
    const { limit = 0, used = 0 } = record.error?.details ?? {};
    expect(limit).toBeGreaterThan(0);
    expect(used).toBeGreaterThanOrEqual(limit);
  });

  it('trips at the same instruction each time', async () => {
    const source = 'i = 0\nwhile True:\n    i += 1\n    if i % 1000 == 0: print(i)';
    const [a, b] = [
      await runSource('python', source, { limits: { fuel: 120_000_000 } }),
      await runSource('python', source, { limits: { fuel: 120_000_000 } }),
    ];
    expect(a.record.error?.code).toBe('FUEL');
    expect(a.run_digest).toBe(b.run_digest);
  });

  it('leaves an ordinary RecursionError to be caught, and a recursion of 900 alone', async () => {
    const { record } = await runSource(
      'python',
      'def down(n):\n    return 0 if n == 0 else 1 + down(n - 1)\nprint(down(900))\ntry:\n    down(10**6)\nexcept RecursionError:\n    print("caught")',
    );
    expect(record.steps[0]?.outputs).toEqual([{ type: 'stream', name: 'stdout', text: '900\ncaught\n' }]);
  });

  it('keeps what was printed before the output limit, and marks the cut', async () => {
    const { record } = await runSource('python', 'print("é" * 2000)', { limits: { max_output_kb: 1 } });
    const [output] = record.steps[0]?.outputs ?? [];
    expect(output).toMatchObject({ type: 'stream', truncated: true, text: 'é'.repeat(512) });
  });
});
