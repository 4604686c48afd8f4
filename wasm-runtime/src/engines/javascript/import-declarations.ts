/**
 * Import declarations in the text of a step. A step is a script, in which the language has none; so they are found where the
 * engine refuses them, read here, and taken out in place: nothing of what is left moves to another line or column.
 * The text is hostile; each character is looked at a fixed number of times.
 */

export interface ImportedName {
  /** What the module calls it; null for the module's namespace. */
  exported: string | null;
  local: string;
}

export interface ImportDeclaration {
  specifier: string;
  /** Keys and values after `with`. */
  attributes: (readonly [string, string])[];
  names: ImportedName[];
  /** Offset of its first character, UTF-16 code units. */
  start: number;
}

/** The text of a step with declarations taken out. */
export interface Separated {
  /** `let` and the names in the place of each declaration: the engine says what is wrong with the names. */
  asLet: string;
  /** An empty statement in the place of each declaration. */
  without: string;
  declarations: ImportDeclaration[];
}

/** Names are told from marks without any table of Unicode: hosts have different ones. The engine has the last word. */
const NAME =
  /[\w$\u0080-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\uffff]+/y;
const SPACE = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/y;
const NEWLINE = /[\n\r\u2028\u2029]/;
const KEYWORD = 'import';

/** Where a 1-based line and a column in code points lie, as the engine counts them; the end of the text when there is no such place. */
export function offsetOf(source: string, line: number, column: number): number {
  let at = 0;
  for (let row = 1; row < line; row++) {
    const end = source.indexOf('\n', at);
    if (end < 0) return source.length;
    at = end + 1;
  }
  for (let seen = 1; seen < column && at < source.length; seen++) at += (source.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return Math.min(at, source.length);
}

/** The keyword before an offset at which the engine refused the text; -1 when it is none of an import. */
export function importBefore(source: string, offset: number): number {
  const start = source.slice(0, offset).trimEnd().length - KEYWORD.length;
  if (start < 0 || !source.startsWith(KEYWORD, start)) return -1;
  return start > 0 && matched(NAME, source, start - 1) !== '' ? -1 : start;
}

/** Takes out the declarations that follow each other from `start`. @returns null when there is none that could be read */
export function separate(from: Separated, start: number): Separated | null {
  const reader = new Reader(from.asLet, start);
  const declarations: ImportDeclaration[] = [];
  let { asLet, without } = from;
  for (;;) {
    const declaration = reader.declaration();
    if (!declaration) break;
    declarations.push(declaration.read);
    asLet = replaced(asLet, declaration.read.start, reader.end, declaration.locals);
    without = replaced(without, declaration.read.start, reader.end, []);
    reader.space();
  }
  if (declarations.length === 0) return null;
  return { asLet, without, declarations: [...from.declarations, ...declarations] };
}

/** Spaces instead of a declaration; its lines stay lines. */
function replaced(source: string, start: number, end: number, locals: readonly (readonly [number, string])[]): string {
  const blank = source.slice(start, end).replaceAll(/[^\n\r\u2028\u2029]/g, ' ');
  let text = '';
  let at = 0;
  for (const [offset, name] of locals) {
    // Before each name stands a space, a mark or the keyword's end: there is room for a comma.
    const mark = text === '' ? `let${blank.slice(3, offset - start)}` : `${blank.slice(at, offset - start - 1)},`;
    text += mark + name;
    at = offset - start + name.length;
  }
  if (text === '') return `${source.slice(0, start)};${blank.slice(1)}${source.slice(end)}`;
  return `${source.slice(0, start)}${text}${blank.slice(at, -1)};${source.slice(end)}`;
}

function matched(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}

/** Reads ImportDeclaration of ECMA-262, with import attributes. */
class Reader {
  readonly #source: string;
  #at: number;
  /** End of the declaration that was read last. */
  end: number;

  constructor(source: string, start: number) {
    this.#source = source;
    this.#at = start;
    this.end = start;
  }

  /** Skips white space and comments. */
  space(): void {
    for (;;) {
      this.#at += matched(SPACE, this.#source, this.#at).length;
      if (this.#source.startsWith('//', this.#at)) {
        while (this.#at < this.#source.length && !NEWLINE.test(this.#source.charAt(this.#at))) this.#at++;
      } else if (this.#source.startsWith('/*', this.#at)) {
        const end = this.#source.indexOf('*/', this.#at + 2);
        this.#at = end < 0 ? this.#source.length : end + 2;
      } else return;
    }
  }

  /** `locals`: offsets and names that it binds. Null, and nothing read, when there is none. */
  declaration(): { read: ImportDeclaration; locals: (readonly [number, string])[] } | null {
    const start = this.#at;
    const names: ImportedName[] = [];
    const locals: (readonly [number, string])[] = [];
    const bind = (exported: string | null, [offset, local]: readonly [number, string]): true => {
      names.push({ exported, local });
      locals.push([offset, local]);
      return true;
    };
    const specifier =
      this.#word(KEYWORD) && (this.#text() ?? (this.#clause(bind) && this.#word('from') ? this.#text() : null));
    const attributes = typeof specifier === 'string' ? this.#attributes() : null;
    if (typeof specifier !== 'string' || !attributes) {
      this.#at = start;
      return null;
    }
    this.end = this.#at;
    if (this.#mark(';')) this.end = this.#at;
    this.#at = this.end;
    return { read: { specifier, attributes, names, start }, locals };
  }

  #clause(bind: (exported: string | null, local: readonly [number, string]) => true): boolean {
    const first = this.#name();
    if (first && bind('default', first) && !this.#mark(',')) return true;
    if (this.#mark('*')) {
      const local = this.#word('as') ? this.#name() : null;
      return local !== null && bind(null, local);
    }
    if (!this.#mark('{')) return false;
    while (!this.#mark('}')) {
      const quoted = this.#text();
      const name = quoted === null ? this.#name() : null;
      const other = this.#word('as') ? this.#name() : name;
      const exported = quoted ?? name?.[1];
      if (exported === undefined || !other) return false;
      bind(exported, other);
      if (!this.#mark(',')) return this.#mark('}');
    }
    return true;
  }

  #attributes(): (readonly [string, string])[] | null {
    const found: (readonly [string, string])[] = [];
    const before = this.#at;
    if (!this.#word('with') || !this.#mark('{')) {
      this.#at = before;
      return found;
    }
    while (!this.#mark('}')) {
      const key = this.#text() ?? this.#name()?.[1];
      const value = this.#mark(':') ? this.#text() : null;
      if (key === undefined || value === null) return null;
      found.push([key, value]);
      if (!this.#mark(',')) return this.#mark('}') ? found : null;
    }
    return found;
  }

  /** The word, and no longer one; what stands before it is skipped, and only then. */
  #word(word: string): boolean {
    const before = this.#at;
    if (this.#name()?.[1] === word) return true;
    this.#at = before;
    return false;
  }

  #name(): readonly [number, string] | null {
    const before = this.#at;
    this.space();
    const offset = this.#at;
    const name = matched(NAME, this.#source, offset);
    this.#at = name === '' || /^\d/.test(name) ? before : offset + name.length;
    return this.#at === before ? null : [offset, name];
  }

  #mark(mark: string): boolean {
    const before = this.#at;
    this.space();
    const found = this.#source.startsWith(mark, this.#at);
    this.#at = found ? this.#at + mark.length : before;
    return found;
  }

  #text(): string | null {
    const before = this.#at;
    this.space();
    const quote = this.#source.charAt(this.#at);
    const end = quote === '"' || quote === "'" ? this.#endOfText(quote) : -1;
    const text = end < 0 ? null : unquoted(this.#source.slice(this.#at + 1, end));
    this.#at = text === null ? before : end + 1;
    return text;
  }

  /** Offset of the closing quote; -1 when there is none on the line. */
  #endOfText(quote: string): number {
    for (let at = this.#at + 1; at < this.#source.length; at++) {
      const unit = this.#source.charAt(at);
      if (unit === quote) return at;
      if (unit === '\n' || unit === '\r') return -1;
      if (unit === '\\') at++;
    }
    return -1;
  }
}

const SINGLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '0': '\0' };

/** What a string literal stands for; null for escapes that strict code does not have. */
function unquoted(body: string): string | null {
  let isBad = false;
  const bad = (): string => {
    isBad = true;
    return '';
  };
  const text = body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{0*([\da-fA-F]{1,6})\}|(\r\n|[^]))/g,
    (_escape, byte?: string, unit?: string, point?: string, other?: string) => {
      const code = parseInt(byte ?? unit ?? point ?? '0', 16);
      if (other === undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : bad();
      if (NEWLINE.test(other)) return '';
      return SINGLE[other] ?? (/[\dxu]/.test(other) ? bad() : other);
    },
  );
  return isBad ? null : text;
}
