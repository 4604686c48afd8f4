/**
 * Steps that import. The engine compiles a step as a script and refuses the first import declaration: there it is taken out,
 * and so on until nothing is refused. A step without declarations costs nothing; one in a string or comment is none.
 */
import type { Pointers } from './boot.ts';
import type { Entries } from './entries.ts';
import { importBefore, offsetOf, separate, type Separated } from './import-declarations.ts';
import type { QuickJs } from './instance.ts';

const MAX_PLACE = 32;

export class StepImports {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  readonly #entries: Entries;

  constructor(engine: QuickJs, pointers: Pointers, entries: Entries) {
    this.#engine = engine;
    this.#pointers = pointers;
    this.#entries = entries;
  }

  /**
   * @param refused what the engine has against the step's text
   * @returns the text without its declarations; or what the engine has against the rest, which may be the same
   */
  takeOut(source: string, filename: string, refused: number): Separated | number {
    let refusal = refused;
    let rest: Separated = { asLet: source, without: source, declarations: [] };
    for (;;) {
      const next = this.#takeNext(rest, filename, refusal);
      if (!next) return refusal;
      rest = next;
      const further = this.#refusalOf(rest.asLet, filename);
      if (further === null) return rest;
      refusal = further;
    }
  }

  /** The declarations as `importAll` takes them, each with its place. */
  request({ declarations }: Separated, source: string): string {
    let [line, lineStart] = [1, 0];
    const placed = declarations.map(({ start, ...declaration }) => {
      for (let end = source.indexOf('\n', lineStart); end >= 0 && end < start; end = source.indexOf('\n', lineStart)) {
        line++;
        lineStart = end + 1;
      }
      return { ...declaration, line, column: Array.from(source.slice(lineStart, start)).length + 1 };
    });
    return JSON.stringify(placed);
  }

  #takeNext(rest: Separated, filename: string, refusal: number): Separated | null {
    const text = refusal === 0 ? 0 : this.#entries.ask('syntaxPlace', refusal);
    const [, line, column] = /^(\d+):(\d+)$/.exec((text && this.#engine.values.text(text, MAX_PLACE)) || '') ?? [];
    if (line === undefined || column === undefined) return null;
    // For the searches and copies of this round.
    this.#engine.gate.charge(8 * rest.asLet.length);
    const start = importBefore(rest.asLet, offsetOf(rest.asLet, Number(line), Number(column)));
    if (start < 0) return null;
    // What stands before a declaration is complete in itself: it is not within a block, function or expression.
    const before = rest.asLet.slice(0, start);
    if (before.trim() !== '' && this.#refusalOf(before, filename) !== null) return null;
    return separate(rest, start);
  }

  /** What the engine has against a text, held; 0 when there is no memory to say it; null for nothing. */
  #refusalOf(source: string, filename: string): number | null {
    const compiled = this.#engine.evaluate(this.#pointers.context, source, filename, 'compile');
    if (compiled === 0) return 0;
    const exception = this.#entries.exceptionOf(compiled);
    if (exception !== 0) return exception;
    this.#engine.call('QTS_FreeValuePointer', this.#pointers.context, compiled);
    return null;
  }
}
