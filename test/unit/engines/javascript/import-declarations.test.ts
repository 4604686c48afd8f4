import { describe, expect, test } from 'vitest';
import {
  importBefore,
  offsetOf,
  separate,
} from '../../../../wasm-runtime/src/engines/javascript/import-declarations.ts';

const takeOut = (source: string, start = 0) => separate({ asLet: source, without: source, declarations: [] }, start);

describe('a declaration', () => {
  test.each([
    ["import 'a'", [], ';         '],
    ["import d from 'a';", ['default d'], 'let    d         ;'],
    ["import * as ns from 'a'", ['* ns'], 'let         ns        ;'],
    ["import{a}from'a'", ['a a'], 'let    a       ;'],
    ["import {a as b, 'c d' as e, default as f,} from 'a'", ['a b', 'c d e', 'default f'], null],
    ["import d, {a} from 'a'", ['default d', 'a a'], 'let    d  ,a         ;'],
    ["import d, * as ns from 'a'", ['default d', '* ns'], null],
    ["import {} from 'a'", [], ';                 '],
    ["import from from 'a'", ['default from'], null],
    ["import {as as from} from 'a'", ['as from'], null],
    ["import /* x */ d // y\n from 'a'", ['default d'], null],
    ["import {\u{20000}, $a, _b} from 'a'", ['\u{20000} \u{20000}', '$a $a', '_b _b'], null],
  ])('%j is read, and leaves everything else where it was', (source, names, asLet) => {
    const rest = `${source}\nrest()`;
    const found = takeOut(rest);
    const [declaration] = found?.declarations ?? [];
    expect(declaration?.names.map(({ exported, local }) => `${exported ?? '*'} ${local}`)).toEqual(names);
    expect(declaration?.specifier).toBe('a');
    if (asLet !== null) expect(found?.asLet).toBe(`${asLet}\nrest()`);
    for (const text of [found?.asLet, found?.without]) {
      expect(text).toHaveLength(rest.length);
      expect(text?.indexOf('\nrest()')).toBe(rest.indexOf('\nrest()'));
    }
    expect(found?.without.replaceAll(/[;\s]/g, '')).toBe('rest()');
  });

  test.each([
    ['import', ''],
    ["import('a')", ''],
    ['import.meta', ''],
    ["import {a from 'a'", ''],
    ['import a from b', ''],
    ["import a, from 'a'", ''],
    ["import 'a", ''],
    ["import '\\u{110000}'", ''],
    ["import '\\8'", ''],
    ["important 'a'", ''],
    ["import {'a'} from 'a'", ''],
    ["import 'a' with {type: json}", ''],
    ['import /* without end', ''],
  ])('%j is none', (source) => expect(takeOut(source)).toBeNull());

  test('has attributes and escapes', () => {
    const source = String.raw`import '\x61\u0062\u{63}\
\n\'' with {type: 'json', "k": 'v',}`;
    expect(takeOut(source)?.declarations[0]).toMatchObject({
      specifier: "abc\n'",
      attributes: [
        ['type', 'json'],
        ['k', 'v'],
      ],
    });
  });

  test('is followed by others, on the same line or not', () => {
    const found = takeOut("import 'a'; import 'b' /* c */ import 'd'\n// e\nimport 'f'\ng");
    expect(found?.declarations.map(({ specifier, start }) => [specifier, start])).toEqual([
      ['a', 0],
      ['b', 12],
      ['d', 31],
      ['f', 47],
    ]);
  });

  test('of a megabyte is read in one go', () => {
    for (const source of [
      `import '${'x'.repeat(1e6)}'`,
      `import ${'/**/'.repeat(250_000)} 'a'`,
      `import ${' '.repeat(1e6)} 'a'`,
      `import {${'a,'.repeat(20_000)}} from 'a'`,
    ]) {
      expect(takeOut(source)?.without.length).toBe(source.length);
    }
    for (const source of [`import '${'\\'.repeat(1e6)}`, `import ${'{'.repeat(1e6)}`, `import ${'/*'.repeat(5e5)}`])
      expect(takeOut(source)).toBeNull();
  });
});

test('lines and columns are those of the engine: from 1, columns in code points', () => {
  const source = 'a\r\n\u{1f389}\u{1f389} b\u2028c';
  expect(source.slice(offsetOf(source, 2, 4))).toBe('b\u2028c');
  expect(source.slice(offsetOf(source, 2, 6))).toBe('c');
  expect(offsetOf(source, 9, 1)).toBe(source.length);
  expect(offsetOf(source, 2, 900)).toBe(source.length);
});

test('the keyword stands right before the place of the refusal', () => {
  expect(importBefore("x\n  import 'a'", 11)).toBe(4);
  expect(importBefore("import\n 'a'", 8)).toBe(0);
  for (const [source, offset] of [
    ["ximport 'a'", 8],
    ["$import 'a'", 8],
    ['imp', 3],
    ["\u{20000}import 'a'", 9],
  ] as const)
    expect(importBefore(source, offset)).toBe(-1);
});
