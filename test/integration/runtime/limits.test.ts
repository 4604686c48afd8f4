/** Programs that want too much: each ends with the outcome and code of its limit, and says what was allowed and used. */
import { run } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { environments, host, runSource } from '../../support/node-runs.ts';
import { LIMIT_CASES, limitProgram } from '../../support/run-limits.ts';

describe('a limit', () => {
  it.each(LIMIT_CASES)('stops $name in $language with $code', async (limitCase) => {
    const { code } = limitCase;
    const { record } = await run(limitProgram(limitCase), { host, environments });
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

  it('is where the virtual clock ends: no sleep goes beyond it, and none is lost', async () => {
    const { record } = await runSource(
      'python',
      'import time\nstart = time.time()\ntime.sleep(10**9)\nprint(round(time.time() - start))\ntime.sleep(9 * 10**9)',
    );
    expect(record.steps[0]?.outputs[0]).toEqual({ type: 'stream', name: 'stdout', text: '1000000000\n' });
    expect(record.error).toMatchObject({
      code: 'PYTHON_EXCEPTION',
      message: 'OverflowError: the clock of the sandbox does not go that far',
    });
  });
});
