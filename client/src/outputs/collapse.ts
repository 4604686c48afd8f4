/** Long text is shown by its beginning and its end until the reader asks for all of it. */

export interface Excerpt {
  head: string;
  /** Empty when nothing was left out. */
  tail: string;
  hiddenLines: number;
}

const SHOW_ALL_UP_TO = 40;
const HEAD_LINES = 18;
const TAIL_LINES = 10;
/** A line longer than this counts as several, so that one endless line is cut as well. */
const LINE_CHARACTERS = 2000;
const HEAD_CHARACTERS = 12_000;

export function excerpt(text: string): Excerpt {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const weight = lines.reduce((sum, line) => sum + 1 + Math.floor(line.length / LINE_CHARACTERS), 0);
  if (weight <= SHOW_ALL_UP_TO) return { head: text, tail: '', hiddenLines: 0 };
  const head = lines.slice(0, HEAD_LINES).join('\n');
  if (head.length > HEAD_CHARACTERS || lines.length <= HEAD_LINES + TAIL_LINES) {
    const cut = text.slice(0, HEAD_CHARACTERS);
    return { head: cut, tail: '', hiddenLines: Math.max(1, lines.length - cut.split('\n').length) };
  }
  const tail = lines.slice(-TAIL_LINES).join('\n').slice(-HEAD_CHARACTERS);
  return { head, tail, hiddenLines: lines.length - HEAD_LINES - TAIL_LINES };
}
