/**
 * Terminal text as styled runs (ECMA-48). Input comes from guests: only SGR colours and styles, carriage return, backspace
 * and erase-to-end-of-line have a meaning; every other escape sequence (OSC links and titles, cursor movement) is dropped.
 */

/* oxlint-disable no-control-regex -- control characters are what this file is about */

export interface TextStyle {
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
  readonly foreground?: Colour;
  readonly background?: Colour;
}

/** An index into the 16 theme colours, or a fixed CSS colour. */
export type Colour = number | string;

export interface StyledRun {
  readonly text: string;
  readonly style: TextStyle;
}

const PLAIN: TextStyle = {};

// CSI with its parameters and final byte; OSC, DCS, SOS, PM, APC up to their terminator or the end; other two-byte escapes.
const SEQUENCE =
  /\u001b\[([0-9;:?<=>]*)[ -/]*([@-~])|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?|\r\n?|\u0008/g;

/** Lays the text out as a terminal would and returns runs of equal style, line breaks included. */
export function parseAnsi(input: string): StyledRun[] {
  if (!/[\u001b\r\u0008]/.test(input)) return input === '' ? [] : [{ text: visible(input), style: PLAIN }];
  const screen = new Line();
  let style = PLAIN;
  let end = 0;
  for (const match of input.matchAll(SEQUENCE)) {
    screen.write(input.slice(end, match.index), style);
    end = match.index + match[0].length;
    const [whole, parameters = '', final] = match;
    if (whole === '\r\n') screen.write('\n', style);
    else if (whole === '\r') screen.carriageReturn();
    else if (whole === '\u0008') screen.backspace();
    else if (final === 'm') style = selectGraphicRendition(style, parameters);
    else if (final === 'K') screen.erase(parameters);
  }
  screen.write(input.slice(end), style);
  return screen.finish();
}

/** Without any styling: for copies, titles and search. */
export function stripAnsi(input: string): string {
  return parseAnsi(input)
    .map((run) => run.text)
    .join('');
}

interface Glyph {
  text: string;
  style: TextStyle;
}

/** The current line as glyphs that may still be overwritten, and the finished runs above it. */
class Line {
  #runs: { text: string; style: TextStyle }[] = [];
  #glyphs: Glyph[] = [];
  #column = 0;

  write(text: string, style: TextStyle): void {
    const lines = text.split('\n');
    lines.forEach((line, index) => {
      if (index > 0) this.#flush(style);
      // By code point, so that overwriting never cuts a surrogate pair.
      for (const glyph of line) {
        this.#glyphs[this.#column] = { text: glyph, style };
        this.#column += 1;
      }
    });
  }

  carriageReturn(): void {
    this.#column = 0;
  }

  backspace(): void {
    this.#column = Math.max(0, this.#column - 1);
  }

  erase(parameters: string): void {
    if (parameters === '' || parameters === '0') this.#glyphs.length = Math.min(this.#glyphs.length, this.#column);
    if (parameters === '2') this.#glyphs = Array.from({ length: this.#column }, () => ({ text: ' ', style: PLAIN }));
  }

  finish(): StyledRun[] {
    this.#emit();
    return this.#runs.map((run) => ({ ...run, text: visible(run.text) }));
  }

  #flush(style: TextStyle): void {
    this.#emit();
    this.#push('\n', style);
    this.#glyphs = [];
    this.#column = 0;
  }

  #emit(): void {
    for (const glyph of this.#glyphs) this.#push(glyph.text, glyph.style);
  }

  #push(text: string, style: TextStyle): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.style === style) last.text += text;
    else this.#runs.push({ text, style });
  }
}

function selectGraphicRendition(before: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(/[;:]/).map((part) => (part === '' ? 0 : Number(part)));
  let style: { -readonly [K in keyof TextStyle]: TextStyle[K] } = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, used } = extendedColour(codes.slice(index + 1));
      index += used;
      if (colour !== null) style[code === 38 ? 'foreground' : 'background'] = colour;
    } else if (code === 0) style = {};
    else apply(style, code);
  }
  return style;
}

function apply(style: { -readonly [K in keyof TextStyle]: TextStyle[K] }, code: number): void {
  const on = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'strike' } as const;
  const off: Readonly<Record<number, readonly (keyof TextStyle)[]>> = {
    21: ['bold'],
    22: ['bold', 'dim'],
    23: ['italic'],
    24: ['underline'],
    27: ['inverse'],
    29: ['strike'],
    39: ['foreground'],
    49: ['background'],
  };
  if (code === 1 || code === 2 || code === 3 || code === 4 || code === 7 || code === 9) style[on[code]] = true;
  else if (code >= 30 && code <= 37) style.foreground = code - 30;
  else if (code >= 40 && code <= 47) style.background = code - 40;
  else if (code >= 90 && code <= 97) style.foreground = code - 82;
  else if (code >= 100 && code <= 107) style.background = code - 92;
  else for (const key of off[code] ?? []) delete style[key];
}

/** `5;n` (256 colours) or `2;r;g;b`; how many parameters it took. */
function extendedColour(rest: readonly number[]): { colour: Colour | null; used: number } {
  const [kind, a = -1, b = -1, c = -1] = rest;
  const isByte = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 255;
  if (kind === 5) return { colour: isByte(a) ? paletteColour(a) : null, used: 2 };
  if (kind === 2) return { colour: [a, b, c].every(isByte) ? `rgb(${a} ${b} ${c})` : null, used: 4 };
  return { colour: null, used: kind === undefined ? 0 : 1 };
}

/** The xterm palette: 16 theme colours, a 6×6×6 cube, 24 greys. */
function paletteColour(index: number): Colour {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

/** Control characters become their Unicode pictures, and bidirectional overrides their names, so that text cannot disguise itself. */
function visible(text: string): string {
  if (!/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(text)) return text;
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (control) => String.fromCodePoint(0x2400 + (control.codePointAt(0) ?? 0)))
    .replace(/\u007f/g, '\u2421')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, (mark) => `⟨U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase()}⟩`);
}
