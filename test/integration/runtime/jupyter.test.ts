/** What people who know Jupyter type, and what they find: history, layout, files, times, metadata. Needs a build. */
import { describe, expect, it } from 'vitest';
import { openKernel } from '@praxis/wasm-runtime';
import { shown, textOf, useKernelCells } from '../../support/kernel-cells.ts';
import { currentEnvironment, environments, host } from '../../support/node-runs.ts';

const run = useKernelCells();

describe('what a person who knows Jupyter types', () => {
  it('finds cells and values by their numbers, and `_` until it is used for something else', async () => {
    const own = await openKernel({ host, environments, env_version: currentEnvironment() });
    const say = async (source: string) => {
      const result = await own.execute({ object_id: 'cell', language: 'python', source });
      return result.error?.message ?? textOf(result);
    };
    await say('6 * 7');
    await say('"quiet";');
    await say('x = 1');
    await say('_ + 1');
    expect(await say('print(_1, _4, _, __, Out, len(In), In[1], _i, get_ipython().execution_count)')).toBe(
      '42 43 43 42 {1: 42, 4: 43} 6 6 * 7 _ + 1 5\n',
    );
    // As it was before its own value was there.
    const seen = await own.execute({ object_id: 'cell', language: 'python', source: 'Out' });
    expect(shown(seen)).toEqual([{ 'text/plain': '{1: 42, 4: 43}' }]);
    await say('_ = str.upper');
    await say('5');
    expect(await say('print(_("mine"), _8)')).toBe('MINE 5\n');
    expect(await say('%history -n')).toMatch(/^ {3}1: 6 \* 7\n {3}2: "quiet";\n/);
    own.close();
  });

  it('lays out objects that say how, and shows without an import', async () => {
    const source = [
      'class Point:',
      '    def __init__(self, *at): self.at = at',
      '    def _repr_pretty_(self, p, cycle):',
      '        with p.group(6, "Point(", ")"):',
      '            for n, one in enumerate(self.at):',
      '                if n: p.text(","); p.breakable()',
      '                p.pretty(one)',
      'class Broken:',
      '    def _repr_pretty_(self, p, cycle): raise RuntimeError("no")',
      '    def __repr__(self): return "plain"',
      'loop = []; loop.append(loop)',
      'display(Point(1, [2, Point()]), Point(*[10**12] * 8), Point({"a": loop}, (1,)), Broken())',
    ].join('\n');
    const result = await run(source);
    expect(shown(result).map((data) => data['text/plain'])).toEqual([
      'Point(1, [2, Point()])',
      `Point(${Array.from({ length: 8 }, () => '1000000000000').join(',\n      ')})`,
      "Point({'a': [[...]]}, (1,))",
      'plain',
    ]);
    expect(textOf(result, 'stderr')).toBe('_repr_pretty_ raised RuntimeError: no\n');
    expect(textOf(await run('from IPython.lib.pretty import pprint\npprint({1: "a"})'))).toBe("{1: 'a'}\n");
  });

  it('works with files, and forgets', async () => {
    await run('%%writefile area.py\nimport sys\nside = int(sys.argv[1])\nif __name__ == "__main__": area = side ** 2');
    expect(textOf(await run('%run area.py 7\nprint(area)\n%mkdir x'))).toBe('49\n');
    expect(textOf(await run('%ls'))).toMatch(/\barea\.py\b.*\bx\/$/m);
    expect(textOf(await run('%cat area.py'))).toMatch(/^import sys\nside/);
    await run('%xdel side');
    expect((await run('side')).error?.message).toContain("name 'side' is not defined");
    expect(textOf(await run('def twice(n):\n    "Two times."\n    return 2 * n\n%pdoc twice\n%pinfo twice'))).toBe(
      'Two times.\nSignature: twice(n)\nType:      function\nDocstring:\nTwo times.\n',
    );
    expect(textOf(await run('%reset -f\n%who'))).toBe('There are no variables yet.\n');
  });

  it.each([
    ['%load x.py', /copy its text/],
    ['%store x', /praxis\.artifact/],
    ['%%python3\nprint(1)', /is Python already/],
    ['%memit x', /memory/],
  ])('is told of %j what to do instead', async (source, message) => {
    expect((await run(source)).error?.message).toMatch(message);
  });
});

describe('times that are none', () => {
  it('are refused, and far ones are right', async () => {
    expect(textOf(await run('import time\nprint(time.gmtime(2**55)[:6], time.ctime(0))'))).toBe(
      '(1141709097, 6, 13, 6, 26, 8) Thu Jan  1 00:00:00 1970\n',
    );
    for (const source of ['time.gmtime(2**57)', 'time.localtime(-2.0**60)', 'time.ctime(1e300)'])
      expect((await run(source)).error?.message).toBe('OverflowError: timestamp out of range for platform time_t');
    expect((await run('import datetime\ndatetime.datetime.fromtimestamp(2**60)')).error?.message).toMatch(
      /ValueError: year/,
    );
    // What is an attribute of a class there must stay a function without one.
    const logged = await run('import logging\nlogging.basicConfig(format="%(asctime)s")\nlogging.warning("x")');
    expect(textOf(logged, 'stderr')).toMatch(/^2026-01-01 00:00:/);
  });
});

describe('metadata', () => {
  it('keeps its keys apart, and refuses those that are too long', async () => {
    const kept = await run('display(1, metadata={"x" * 200 + "a": 1, "x" * 200 + "b": 2})');
    expect(kept.step.outputs).toMatchObject([{ metadata: { [`${'x'.repeat(200)}a`]: 1, [`${'x'.repeat(200)}b`]: 2 } }]);
    const refused = await run('display(1, metadata={"x" * 257: 1})');
    expect(refused.error?.message).toBe('ValueError: a key of the metadata has more than 256 characters');
  });
});
