import { describe, expect, test } from 'vitest';
import { parseAnsi, stripAnsi, type StyledRun } from '../../../client/src/outputs/ansi.ts';

const ESC = '\u001b';
const texts = (runs: StyledRun[]) => runs.map((run) => run.text);

describe('text without escapes', () => {
  test('is one plain run', () => {
    expect(parseAnsi('a\nb')).toEqual([{ text: 'a\nb', style: {} }]);
    expect(parseAnsi('')).toEqual([]);
  });
});

describe('styles', () => {
  test('16 colours, bright ones and backgrounds', () => {
    expect(parseAnsi(`${ESC}[31mred${ESC}[0m plain ${ESC}[102mgreen`)).toEqual([
      { text: 'red', style: { foreground: 1 } },
      { text: ' plain ', style: {} },
      { text: 'green', style: { background: 10 } },
    ]);
  });

  test('256 colours: palette, cube and greys', () => {
    const [named, cube, grey] = parseAnsi(`${ESC}[38;5;9ma${ESC}[38;5;196mb${ESC}[38;5;244mc`);
    expect(named?.style.foreground).toBe(9);
    expect(cube?.style.foreground).toBe('rgb(255 0 0)');
    expect(grey?.style.foreground).toBe('rgb(128 128 128)');
  });

  test('true colour, and numbers out of range mean no colour', () => {
    expect(parseAnsi(`${ESC}[38;2;1;2;3mx`)[0]?.style).toEqual({ foreground: 'rgb(1 2 3)' });
    expect(parseAnsi(`${ESC}[38;2;1;2;999mx`)[0]?.style).toEqual({});
    expect(parseAnsi(`${ESC}[38;5;256mx`)[0]?.style).toEqual({});
  });

  test('what follows an extended colour still counts', () => {
    expect(parseAnsi(`${ESC}[38;5;1;1mx`)[0]?.style).toEqual({ foreground: 1, bold: true });
  });

  test('22 ends bold and dim, 39 the colour', () => {
    expect(parseAnsi(`${ESC}[1;2;31ma${ESC}[22;39mb`)).toEqual([
      { text: 'a', style: { bold: true, dim: true, foreground: 1 } },
      { text: 'b', style: {} },
    ]);
  });
});

describe('lines that are written over', () => {
  test('a carriage return starts the line again', () => {
    expect(stripAnsi('10 %\r20 %\r100%\nnext')).toBe('100%\nnext');
  });

  test('a shorter text leaves the end of the longer one, as a terminal does', () => {
    expect(stripAnsi('abcdef\rXY')).toBe('XYcdef');
  });

  test('erase to the end of the line', () => {
    expect(stripAnsi(`abcdef\rXY${ESC}[K`)).toBe('XY');
  });

  test('CR LF is a line break, and backspace goes back one', () => {
    expect(stripAnsi('a\r\nb')).toBe('a\nb');
    expect(stripAnsi('ab\u0008c')).toBe('ac');
  });

  test('overwriting keeps surrogate pairs whole', () => {
    expect(stripAnsi('😀😀\rx')).toBe('x😀');
  });
});

describe('what a guest must not do', () => {
  test('OSC links, titles and device strings vanish', () => {
    expect(stripAnsi(`${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\ ${ESC}]0;title\u0007x`)).toBe(
      'click x',
    );
    expect(stripAnsi(`a${ESC}Pq#0${ESC}\\b`)).toBe('ab');
    expect(stripAnsi(`a${ESC}]never ends`)).toBe('a');
  });

  test('cursor movement and screen clearing vanish', () => {
    expect(stripAnsi(`a${ESC}[2J${ESC}[1;1Hb${ESC}[5Ac`)).toBe('abc');
  });

  test('other control characters are shown as what they are', () => {
    expect(stripAnsi('a\u0000b\u0007c\u007f')).toBe('a␀b␇c␡');
  });

  test('bidirectional overrides are named, marks of ordinary right-to-left text stay', () => {
    expect(stripAnsi('safe\u202Eexe.txt')).toBe('safe⟨U+202E⟩exe.txt');
    expect(stripAnsi('\u200Fשלום')).toBe('\u200Fשלום');
  });

  test('a lone escape at the end is dropped', () => {
    expect(stripAnsi(`a${ESC}`)).toBe('a');
    expect(stripAnsi(`a${ESC}[`)).not.toContain(ESC);
  });
});

test('runs of equal style are joined, so that a long line costs one element', () => {
  expect(texts(parseAnsi(`${ESC}[31m${'x'.repeat(5000)}${ESC}[0m`))).toEqual(['x'.repeat(5000)]);
});
