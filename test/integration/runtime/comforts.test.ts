/** What a cell of Python may ask of its surroundings beyond Python: displays that change, magics, measures, good errors. Needs a build. */
import { describe, expect, it } from 'vitest';
import { shown, textOf, useKernelCells } from '../../support/kernel-cells.ts';
import { runSource } from '../../support/node-runs.ts';

const run = useKernelCells();

describe('displays', () => {
  it('have what notebooks import, and change in place within a step', async () => {
    const result = await run(
      [
        'from IPython.display import display, HTML, Markdown, SVG, Image, JSON, Latex, Math, clear_output, update_display',
        'print("gone")',
        'clear_output()',
        'handle = display(HTML("<b>1</b>"), display_id=True)',
        'display(Math("x^2"), display_id="own")',
        'print("between")',
        'handle.update(Markdown("*2*"))',
        'update_display({"a": 1}, display_id="own")',
      ].join('\n'),
    );
    expect(result.error).toBeNull();
    expect(result.step.outputs).toMatchObject([
      { type: 'display', data: { 'text/markdown': '*2*' } },
      { type: 'display', data: { 'text/plain': "{'a': 1}" } },
      { type: 'stream', text: 'between\n' },
    ]);
    const later = await run('handle.update("later"); handle.update("latest")');
    expect(shown(later)).toEqual([{ 'text/plain': "'latest'" }]);
  });

  it('take what methods give, and leave out what they do not', async () => {
    const result = await run(
      [
        'class Whole:',
        '    def _repr_mimebundle_(self, include=None, exclude=None):',
        '        return {"text/html": "<i>", "text/x-left": "l"}, {"text/html": {"k": 1}}',
        '    def _repr_latex_(self): return "$x$"',
        '    def _repr_png_(self): return None',
        '    def _repr_svg_(self): raise RuntimeError("no drawing")',
        '    def _repr_jpeg_(self): raise NotImplementedError',
        '    def __repr__(self): return "whole"',
        'class Anything:',
        '    def __getattr__(self, name): return lambda *a, **k: "x"',
        '    def __repr__(self): return "anything"',
        'display(Whole, Anything())',
        'display(Whole(), exclude=["text/x-left"])',
      ].join('\n'),
    );
    expect(shown(result)).toEqual([
      { 'text/plain': "<class '__main__.Whole'>" },
      { 'text/plain': 'anything' },
      { 'text/html': '<i>', 'text/latex': '$x$', 'text/plain': 'whole' },
    ]);
    expect(textOf(result, 'stderr')).toBe('_repr_svg_ raised RuntimeError: no drawing\n');
  });

  it('say what is not here', async () => {
    expect((await run('from IPython.display import Hologram')).error?.details.traceback).toContain(
      'IPython.display has: Code,',
    );
    expect((await run('from IPython.display import YouTubeVideo\nYouTubeVideo("x")')).error?.message).toContain(
      'YouTubeVideo is not in this environment',
    );
    for (const id of ['""', '3', '"x" * 257'])
      expect((await run(`display(1, display_id=${id})`)).error?.message).toMatch(/display_id must (be|have)/);
  });

  it('show progress, live and in the end', async () => {
    const live: string[] = [];
    const result = await run(
      'from praxis import progress\nfor x in progress(range(1000), label="Walk"): pass\nfor x in progress(iter("abc")): break',
      {
        onReplace: (at, output) =>
          live.push(`${at} ${output.type === 'display' ? JSON.stringify(output.data['text/plain']) : ''}`),
      },
    );
    expect(
      shown(result).map((data) => JSON.parse(String(data['application/vnd.praxis.progress+json'])) as unknown),
    ).toEqual([
      { value: 1000, total: 1000, label: 'Walk', state: 'done' },
      { value: 0, total: null, label: '', state: 'stopped' },
    ]);
    expect(live.length).toBeGreaterThan(90);
    expect(live.length).toBeLessThan(110);
    expect(live[49]).toMatch(/^0 "Walk: {2}50 %/);
  });
});

describe('forged messages', () => {
  it.each([
    ['an update without an id', '{"kind":"update","data":{"a/b":"x"},"binary":[]}', 'PROTOCOL'],
    ['a huge id', `{"kind":"display","data":{"a/b":"x"},"binary":[],"id":"${'x'.repeat(300)}"}`, 'PROTOCOL'],
    ['an update without data', '{"kind":"update","id":"a","data":{},"binary":[]}', 'PROTOCOL'],
  ])('with %s end the program', async (_what, message, code) => {
    const source = `import os\nos.write(3, ${JSON.stringify(message)}.encode() + b"\\n")`;
    const { record } = await runSource('python', source);
    expect(record.error).toMatchObject({ category: 'SANDBOX_VIOLATION', code });
  });

  it('of a clearing that waits for nothing, and of an id that nobody knows, are bounded outputs', async () => {
    const source = [
      'import os',
      'print("kept")',
      'os.write(3, b\'{"kind":"clear","wait":true}\\n\')',
      'for n in range(3): os.write(3, b\'{"kind":"update","id":"foreign","data":{"text/plain":"x"},"binary":[]}\\n\')',
      'os.write(3, b\'{"kind":"clear","wait":true}\\n\');',
    ].join('\n');
    const { record } = await runSource('python', source);
    expect(record.steps[0]?.outputs).toEqual([{ type: 'display', data: { 'text/plain': 'x' }, metadata: {} }]);
  });

  it('in a flood end at a limit', async () => {
    const source =
      'import os\nwhile True: os.write(3, b\'{"kind":"update","id":"a","data":{"text/plain":"x"},"binary":[]}\\n\')';
    const { record } = await runSource('python', source, { limits: { max_output_kb: 16 } });
    expect(record.error).toMatchObject({ category: 'RESOURCE_LIMIT', code: 'OUTPUT', details: { limit: 1024 } });
    expect(record.steps[0]?.outputs).toHaveLength(1);
  });
});

describe('magics', () => {
  it('are found where no Python is, and nowhere else', async () => {
    const result = await run(
      [
        '%matplotlib inline',
        'x = (17',
        ' %int(5))',
        's = """',
        '%time not',
        '"""',
        'def square(n):',
        '    %fuel y = n * n',
        '    return y',
        'z = %time square(3)',
        'here = %pwd',
        'if False:',
        '    !pip install numpy',
        'print(x, len(s), z, here)',
      ].join('\n'),
    );
    expect(result.error).toBeNull();
    expect(textOf(result)).toMatch(/^Fuel: [\d,]+\nFuel: [\d,]+, virtual time: .*s\n2 11 9 \/job\n$/);
  });

  it('leave lines and columns as they are written', async () => {
    const failed = await run('value = 0\n\n%time 1 / value');
    expect(failed.error).toMatchObject({ code: 'PYTHON_EXCEPTION', details: { line: 3, column: 7 } });
    expect(failed.error?.details.traceback).toContain('    %time 1 / value\n          ~~^~~~~~~');
    const wrong = await run('value = 0\n%time 1 ** ** 2');
    expect(wrong.error).toMatchObject({ code: 'SYNTAX_ERROR', details: { line: 2, column: 12 } });
    expect((await run('%%time\n\nboom(')).error).toMatchObject({ code: 'SYNTAX_ERROR', details: { line: 3 } });
  });

  it('measure fuel, which is the same each time', async () => {
    const source =
      'def work(n):\n    total = 0\n    for i in range(n): total += i\n    return total\n%fuel work(1000)\n%timeit work(1000)';
    const [first, second] = [await runSource('python', source), await runSource('python', source)];
    expect(first.run_digest).toBe(second.run_digest);
    // What the magic itself costs is taken off, but for a few hundred instructions.
    expect(Number(/^Fuel: (\d+)\n$/.exec(textOf(await run('%fuel pass')))?.[1])).toBeLessThan(1000);
    expect(textOf(await run('%%time\nimport asyncio\nawait asyncio.sleep(3)'))).toMatch(/virtual time: 3 s\n$/);
  });

  it('show the value of a timed cell, and capture what a cell shows', async () => {
    const timed = await run('%%time\na = 6\na * 7');
    expect(shown(timed)).toEqual([{ 'text/plain': '42' }]);
    const captured = await run('%%capture out\nprint("text")\ndisplay("rich")\n6 * 7');
    expect(captured.step.outputs).toEqual([]);
    expect(textOf(await run('print(out.stdout.strip(), len(out.outputs))'))).toBe('text 2\n');
  });

  it('say where the fuel went', async () => {
    const source = [
      '%%fuel_profile',
      'def twice(n):',
      '    return n * 2',
      'numbers = [twice(n) for n in range(100)]',
      'total = sum(range(50_000))',
    ].join('\n');
    const text = textOf(await run(source));
    const rows = new Map(
      text.split('\n').flatMap((row) => {
        const match = /^ *(\d+) +([\d,]+) +([\d,]+) .*% +([\d,]+) /.exec(row);
        return match
          ? [[Number(match[1]), match.slice(2).map((digits) => Number(digits.replaceAll(',', '')))] as const]
          : [];
      }),
    );
    expect(rows.get(3)?.[0]).toBe(100);
    const [, own = 0] = rows.get(5) ?? [];
    const [, , called = 0] = rows.get(4) ?? [];
    expect(own).toBeGreaterThan(called);
    expect(called).toBeGreaterThan(rows.get(3)?.[1] ?? 0);
    // Each line of the profile and the whole agree with a measure that does not watch lines.
    const plain = Number(
      /Fuel: ([\d,]+)/.exec(textOf(await run('%fuel total = sum(range(50_000))')))?.[1]?.replaceAll(',', ''),
    );
    expect(Math.abs(own - plain)).toBeLessThan(3000);
  });

  it.each([
    ['!ls', /there is no shell/],
    ['%%bash\nls', /there is no shell/],
    ['%pip install numpy', /nothing can be installed .* these are: IPython, praxis/],
    ['!pip install numpy', /nothing can be installed/],
    ['%tiem f()', /did you mean %time/],
    ['x = 1\n%%time x', /first line of its cell/],
    ['%prun f()', /%fuel_profile/],
  ])('%j ends in a sentence that helps', async (source, message) => {
    const { error } = await run(source);
    expect(error?.code).toBe('PYTHON_EXCEPTION');
    expect(error?.message).toMatch(message);
    expect(error?.details.traceback).not.toContain('/lib/praxis');
  });

  it('list, set and write', async () => {
    expect((await run('%load_ext autoreload\n%autoreload 2\n%lsmagic')).error).toBeNull();
    expect(textOf(await run('%env GREETING=hi\nimport os\nprint(os.environ["GREETING"])'))).toContain('\nhi\n');
    expect(textOf(await run('%%writefile words.txt\none\n%two'))).toBe('Writing words.txt\n');
    expect(textOf(await run('print(open("words.txt").read())\n%who int'))).toMatch(/^one\n%two\n\n.*\btotal\b/);
    expect(shown(await run('%%html\n<b>x</b>'))).toMatchObject([{ 'text/html': '<b>x</b>' }]);
  });
});

describe('questions', () => {
  it('show signature, docstring and source', async () => {
    await run('def area(width, height=2):\n    "The area."\n    return width * height');
    expect(textOf(await run('area?'))).toBe(
      'Signature: area(width, height=2)\nType:      function\nDocstring:\nThe area.\n',
    );
    expect(textOf(await run('1 + 1\n??area'))).toContain('return width * height');
    expect(textOf(await run('nobody.knows?'))).toBe('Object `nobody.knows` not found.\n');
    expect(textOf(await run('help(area)'))).toBe(
      'Help on function area in module __main__:\n\narea(width, height=2)\n    The area.\n\n',
    );
  });
});

describe('errors', () => {
  it('of a package that is not here say what there is', async () => {
    const result = await run(
      'try:\n    import numpy\nexcept ImportError as error:\n    print(error)\nimport nunpy.linalg',
    );
    expect(textOf(result)).toBe("No module named 'numpy'\n");
    expect(result.step.outcome).toBe('failed');
    expect(result.error).toMatchObject({
      category: 'DEPENDENCY_ERROR',
      code: 'PACKAGE_UNAVAILABLE',
      message: "nunpy is not in this environment; these are: runpy, IPython, praxis and Python's standard library",
      details: { line: 5 },
    });
    // The kernel goes on from there.
    expect(textOf(await run('print(area(2))'))).toBe('4\n');
    expect((await run('import json.nothing')).error?.code).toBe('PYTHON_EXCEPTION');
  });

  it('have notes, causes, groups and suggestions', async () => {
    const result = await run(
      'def fail():\n    try:\n        {}["a"]\n    except KeyError as error:\n        error.add_note("a note")\n        raise ExceptionGroup("two", [ValueError(1), TypeError(2)]) from error\nfail()',
    );
    const traceback = result.error?.details.traceback ?? '';
    for (const part of ['a note', 'direct cause', '+-+---------------- 1 ----------------', 'ValueError: 1', '~~^^^^^'])
      expect(traceback).toContain(part);
    expect((await run('lenght = 1\nlength')).error?.details.traceback).toContain("Did you mean: 'lenght'");
  });

  it('and warnings name cell and line, a warning once for each place', async () => {
    const result = await run('import warnings\nfor n in range(3):\n    warnings.warn("careful")');
    expect(textOf(result, 'stderr')).toBe(
      `${result.step.object_id}:3: UserWarning: careful\n  warnings.warn("careful")\n`,
    );
    const again = await run('import warnings\n\nwarnings.warn("careful")');
    expect(textOf(again, 'stderr')).toContain(`${again.step.object_id}:3`);
  });

  it('leave the last values', async () => {
    await run('1');
    await run('2');
    expect(textOf(await run('print(_, __, __name__)'))).toBe('2 1 __main__\n');
  });
});
