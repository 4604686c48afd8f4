/** What cells import, as far as Python's own parser cannot say it: magics and unfinished code. The rest is compared with it elsewhere. */
import { describe, expect, it } from 'vitest';
import { lacking, modulesOf, needsOf, needsOfSource } from '../../../wasm-runtime/src/choice/index.ts';

const modules = (source: string) => [...modulesOf(needsOfSource(source))];

describe('the modules of a cell', () => {
  it.each([
    ['import a.b as c, d', ['a', 'd']],
    ['from a.b import (\n  c,\n  d,\n)', ['a']],
    ['from . import a\nfrom .b import c', []],
    ['x = 1; import a; import b', ['a', 'b']],
    ['if x: import a\nelse: import b', ['a', 'b']],
    ['def f():\n\timport a\n', ['a']],
    ['import \\\n  a', ['a']],
    ['# import a\n"""\nimport b\n"""\n\'import c\'', []],
    ['yield_ = [\n import_ for import_ in x]\nraise E from a', []],
    ['f"{x["import a"]:>{w}}"; import b', ['b']],
    ['f"\\N{LATIN SMALL LETTER A}{{}}" ; import b', ['b']],
    ['import ａ', ['a']],
    ['\uFEFFimport a\r\nimport b\rimport c', ['a', 'b', 'c']],
  ])('%j: %j', (source, expected) => expect(modules(source)).toEqual(expected));

  it.each([
    ['%matplotlib inline\nimport a', ['a']],
    ['!pip install "b\nimport a', ['a']],
    ['files = !ls "b\nimport a', ['a']],
    ['%%time\nimport a', ['a']],
    ['%%capture out\n%%time\nimport a', ['a']],
    ['%time import a', ['a']],
    ['%timeit -n 3 -r1 import a', ['a']],
    ['%%bash\nimport a', []],
    ['\n# note\n%%html\nimport a', []],
    ['%%writefile a.py\nimport a', []],
    ['x %\\\nimport_', []],
    ['?import\nimport a', ['a']],
    ['!echo \\\n import b\nimport a', ['a']],
  ])('beside magics, %j: %j', (source, expected) => expect(modules(source)).toEqual(expected));

  it.each([
    'import',
    'from a',
    'from a import',
    'x = "',
    'f"{',
    '(((',
    ')))',
    'try:',
    'except:',
    '%',
    '%%',
    '\\',
    'import a, ',
  ])('survives what is not finished: %j', (source) => expect(() => needsOfSource(`${source}\nimport z`)).not.toThrow());

  it('takes time in proportion to the text', () => {
    // Each of these would take minutes if anything looked back to the beginning.
    for (const piece of ['try:\n', 'f"{', '(', '"""', '\\\n', ' \n', 'import a,', '%\n', "f'{x:{"])
      expect(modules(piece.repeat(100_000 / piece.length)).length).toBeLessThan(2);
  });

  it('reads steps of Python only', () => {
    const needs = needsOf([
      { language: 'python', source: 'import a' },
      { language: 'javascript', source: 'import b from "b"' },
      { language: 'python', source: 'import c' },
    ]);
    expect([...modulesOf(needs)]).toEqual(['a', 'c']);
  });
});

describe('what a program can do without', () => {
  const without = (source: string, ...has: string[]) => [
    ...lacking(needsOfSource(source), (module) => has.includes(module)),
  ];

  it('is an import whose failure it catches', () => {
    expect(without('try:\n  import a\nexcept ImportError:\n  a = None')).toEqual([]);
    expect(without('try: import a\nexcept: pass')).toEqual([]);
    expect(without('with contextlib.suppress(ImportError):\n  import a')).toEqual([]);
    expect(without('if TYPE_CHECKING:\n  import a\nelse:\n  import b')).toEqual(['b']);
  });

  it('is either of two', () => {
    const source = 'try:\n  import a as x\nexcept ImportError:\n  import b as x\nimport c';
    expect(without(source, 'a', 'c')).toEqual([]);
    expect(without(source, 'b', 'c')).toEqual([]);
    expect(without(source, 'c')).toEqual(['a']);
  });

  it('is nothing where the handler gives up, tries again, or is for something else', () => {
    expect(without('try:\n  import a\nexcept ImportError:\n  print("install a")\n  raise')).toEqual(['a']);
    expect(without('try:\n  import a\nexcept ImportError:\n  sys.exit(1)')).toEqual(['a']);
    expect(without('try:\n  import a\nexcept ImportError:\n  !pip install a\n  import a')).toEqual(['a']);
    expect(without('try:\n  import a\nexcept ValueError:\n  pass')).toEqual(['a']);
    expect(without('try:\n  f()\nexcept ImportError:\n  import a')).toEqual(['a']);
  });
});
