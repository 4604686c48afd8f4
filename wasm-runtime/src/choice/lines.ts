/**
 * Python's source as logical lines of tokens, without an interpreter: just enough to find statements. Strings are skipped, brackets
 * and backslashes join lines, and what notebooks write between the lines (magics, shell commands) is left out. Any text may come in;
 * what is not Python gives some tokens. Work is linear in the length. `lines-python.test.ts` compares it with Python's own parser.
 */

export interface LogicalLine {
  /** Columns of white space in front; a tab goes on to the next multiple of 8, as in CPython. */
  indent: number;
  /** Names as they stand, each string as `"`, each number as `0`, every other character by itself. */
  tokens: string[];
}

/** CPython refuses more replacement fields within each other, and no other reader should use up its stack. */
const MAX_FIELDS = 150;

const NAME = /[\p{XID_Start}_][\p{XID_Continue}]*/uy;
const NUMBER = /\.?\d(?:[eE][+-]?\d|[\w.])*/y;
const STRING = /([A-Za-z]{0,2})("""|'''|"|')/y;
const SPACE = /[ \t\f]*/y;
const REST = /[^\n]*/y;
const BLANK = /[ \t\f]*(?:#[^\n]*)?(?:\n|$)/y;
/** As `_praxis/syntax.py` has them: the magics whose argument is Python. */
const CODE_MAGIC = /%{1,2}(?:time|timeit|fuel|fuel_profile)\b[ \t]*(?:-[a-z]+(?:[ \t]*\d+)?(?=\s|$)[ \t]*)*/y;
const CELL_OF_CODE = /%%(?:time|timeit|fuel|fuel_profile|capture)\b/y;
const CELL_MAGIC = /%%[A-Za-z_]/y;
const PREFIXES = new Set(['', 'b', 'br', 'f', 'fr', 'r', 'rb', 'rf', 'rt', 't', 'tr', 'u']);

/** The logical lines of one cell or file. */
export function* logicalLines(text: string): Generator<LogicalLine> {
  const lexer = new Lexer(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
  for (let line = lexer.line(); line !== null; line = lexer.line()) if (line.tokens.length > 0) yield line;
}

class Lexer {
  readonly #text: string;
  #at = 0;
  #begun = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns null at the end */
  line(): LogicalLine | null {
    // Indentation is counted by line, but not before lines that say nothing.
    while (this.#at < this.#text.length && this.#take(BLANK) !== null);
    if (this.#at >= this.#text.length) return null;
    const indent = columnsOf(this.#take(SPACE) ?? '');
    const first = !this.#begun;
    this.#begun = true;
    if (first && indent === 0 && this.#sees(CELL_MAGIC) && !this.#sees(CELL_OF_CODE)) {
      // The rest of the cell is text, or a program in another language.
      this.#at = this.#text.length;
      return null;
    }
    if (first && indent === 0 && this.#sees(CELL_OF_CODE)) this.#begun = false;
    if (this.#sees(/[!?]/y) || (this.#sees(/%/y) && this.#take(CODE_MAGIC) === null)) {
      this.#skipCommand();
      return { indent, tokens: [] };
    }
    return { indent, tokens: this.#tokens() };
  }

  /** Tokens up to the end of the logical line, which is passed. */
  #tokens(): string[] {
    const tokens: string[] = [];
    let depth = 0;
    while (this.#at < this.#text.length) {
      this.#take(SPACE);
      const character = this.#text[this.#at];
      if (character === undefined) break;
      if (character === '\n') {
        this.#at++;
        if (depth === 0) break;
      } else if (character === '#') this.#take(REST);
      else if (character === '\\') this.#at += this.#text[this.#at + 1] === '\n' ? 2 : 1;
      else if (this.#string(0)) tokens.push('"');
      else {
        const name = this.#take(NAME);
        if (name !== null) tokens.push(name.normalize('NFKC'));
        else if (this.#take(NUMBER) !== null) tokens.push('0');
        else if (depth === 0 && tokens.at(-1) === '=' && this.#sees(/%[A-Za-z_]|!(?!=)/y)) this.#skipCommand();
        else {
          if ('([{'.includes(character)) depth++;
          else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
          tokens.push(character);
          this.#at++;
        }
      }
    }
    return tokens;
  }

  /** A line of a magic or of the shell, with those that a backslash joins to it. */
  #skipCommand(): void {
    do this.#at += this.#text[this.#at] === '\n' ? 1 : 0;
    while (this.#take(REST)?.endsWith('\\') && this.#at < this.#text.length);
  }

  /** Passes a string that begins here. */
  #string(fields: number): boolean {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.#text);
    const [opening, prefix = '', quote = ''] = match ?? [];
    if (opening === undefined || !PREFIXES.has(prefix.toLowerCase())) return false;
    this.#at += opening.length;
    const formatted = /[ft]/i.test(prefix);
    this.#literal(quote, formatted ? fields : null, /r/i.test(prefix));
    return true;
  }

  /** The text of a string up to its end, or to the end of the line that it may not leave. */
  #literal(quote: string, fields: number | null, raw: boolean): void {
    while (this.#at < this.#text.length) {
      if (this.#text.startsWith(quote, this.#at)) {
        this.#at += quote.length;
        return;
      }
      const character = this.#text[this.#at];
      if (character === '\n' && quote.length === 1) return;
      if (character === '\\') this.#escape(fields !== null, raw);
      else if (character === '{' && fields !== null) {
        this.#at++;
        if (this.#text[this.#at] === '{') this.#at++;
        else this.#field(quote, fields + 1, raw);
      } else this.#at++;
    }
  }

  #escape(formatted: boolean, raw: boolean): void {
    const next = this.#text[this.#at + 1];
    if (formatted && !raw && next === 'N' && this.#text[this.#at + 2] === '{') {
      const end = /[}\n]/g;
      end.lastIndex = this.#at;
      this.#at = end.exec(this.#text)?.index ?? this.#text.length;
    } else this.#at += formatted && (next === '{' || next === '}') ? 1 : 2;
  }

  /** A replacement field: an expression, and after a colon text again, which may have fields. */
  #field(quote: string, fields: number, raw: boolean): void {
    if (fields > MAX_FIELDS) {
      this.#at = this.#text.length;
      return;
    }
    let depth = 0;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      if (depth === 0 && character === '}') {
        this.#at++;
        return;
      }
      if (depth === 0 && character === ':') {
        this.#at++;
        return this.#format(quote, fields, raw);
      }
      // In the older form a field cannot hold the quote of its string: then the string has ended in the middle of the field.
      if (character === '#') this.#take(REST);
      else if (this.#string(fields) || this.#take(NAME) !== null) continue;
      else {
        if ('([{'.includes(character)) depth++;
        else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
        this.#at++;
      }
    }
  }

  /** What stands behind the colon of a field, up to the field's end. */
  #format(quote: string, fields: number, raw: boolean): void {
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (this.#text.startsWith(quote, this.#at) || (character === '\n' && quote.length === 1)) return;
      this.#at++;
      if (character === '}') return;
      if (character === '{') this.#field(quote, fields + 1, raw);
    }
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  /** Passes what the sticky pattern matches here. @returns null where it does not */
  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }
}

function columnsOf(space: string): number {
  let columns = 0;
  for (const character of space) {
    if (character === '\f') columns = 0;
    else columns += character === '\t' ? 8 - (columns % 8) : 1;
  }
  return columns;
}
