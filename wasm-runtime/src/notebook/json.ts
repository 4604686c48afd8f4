/** From the bytes of a file to JSON that has one meaning: bounded in size and depth, complete, and without a key that stands twice. */
import { NotebookError, quoted } from './error.ts';

/** Bytes of a notebook file that is still read. */
export const MAX_NOTEBOOK_BYTES = 32 * 1024 * 1024;
/** Nesting of a whole file. Jupyter's own parser gives up at about a thousand, and drawings stored in outputs need a few dozen. */
const MAX_DEPTH = 256;

/** @throws NotebookError */
export function decodeText(bytes: Uint8Array): string {
  checkSize(bytes.length);
  try {
    // Without `ignoreBOM`: a byte order mark is not JSON, but editors write it.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotebookError('the file', 'is not text in UTF-8', 'Save it again in UTF-8, as Jupyter does.');
  }
}

/** @throws NotebookError */
export function parseJson(file: string): unknown {
  checkSize(file.length);
  const text = file.startsWith('\uFEFF') ? file.slice(1) : file;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(text, error);
  }
  checkStructure(text);
  return value;
}

function checkSize(size: number): void {
  if (size <= MAX_NOTEBOOK_BYTES) return;
  const limit = `${MAX_NOTEBOOK_BYTES / (1024 * 1024)} MB`;
  throw new NotebookError('the file', `is larger than ${limit}`, 'Clear its outputs in Jupyter and save it again.');
}

/** The commonest reasons have remedies of their own. */
function notJson(text: string, error: unknown): NotebookError {
  const content = text.trim();
  if (content === '') return new NotebookError('the file', 'is empty', 'Download or copy it again.');
  if (/^(<{7}|>{7}) /m.test(text)) {
    return new NotebookError(
      'the file',
      'is not JSON: it holds conflict markers of git',
      'Resolve the conflict first.',
    );
  }
  if (content.startsWith('<')) {
    return new NotebookError(
      'the file',
      'is not JSON but a web page',
      'Download the notebook itself (often called "raw").',
    );
  }
  if (!content.startsWith('{')) {
    return new NotebookError('the file', 'is not JSON, and so not a notebook', 'Choose a file that Jupyter has saved.');
  }
  if (!content.endsWith('}')) {
    return new NotebookError('the file', 'is not complete JSON: it is cut off', 'Download or copy it again.');
  }
  return new NotebookError(
    `the file`,
    `is not JSON${lineOf(text, error)}`,
    'Repair it there, or save it again with Jupyter.',
  );
}

/** Engines say the place in words of their own, or not at all. */
function lineOf(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const line = /line (\d{1,9})/.exec(message)?.[1];
  const position = /position (\d{1,9})/.exec(message)?.[1];
  if (line !== undefined) return `: line ${line} is wrong`;
  return position === undefined ? '' : `: line ${lineNumber(text, Number(position))} is wrong`;
}

function lineNumber(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/**
 * Of two equal keys in one object, readers take the first, the last, or fail (RFC 8259, section 4): such a notebook would show one
 * thing here and another thing there. The text is JSON already, so a string before a colon is a key.
 */
function checkStructure(text: string): void {
  /** The keys of every open object so far; null for an array, undefined for an object without keys yet. */
  const open: (Set<string> | null | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
        open.push(undefined);
        break;
      case '[':
        open.push(null);
        break;
      case '}':
      case ']':
        open.pop();
        continue;
      case '"': {
        const end = endOfString(text, at);
        if (open.at(-1) !== null && isBeforeColon(text, end)) addKey(open, text, at, end);
        at = end - 1;
        continue;
      }
      default:
        continue;
    }
    if (open.length > MAX_DEPTH) {
      const place = `the file, in line ${lineNumber(text, at)},`;
      throw new NotebookError(place, `is nested more than ${MAX_DEPTH} levels deep`, 'Clear its outputs in Jupyter.');
    }
  }
}

function addKey(open: (Set<string> | null | undefined)[], text: string, start: number, end: number): void {
  const written = text.slice(start, end);
  // Safe: a JSON string parses to a string. One key may be written in several ways.
  const key = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
  const keys = open.at(-1) ?? new Set();
  if (keys.has(key)) {
    const why = `has the key ${quoted(key)} twice in one object, and readers differ on which one counts`;
    throw new NotebookError(`the file, in line ${lineNumber(text, start)},`, why);
  }
  keys.add(key);
  open[open.length - 1] = keys;
}

/** @returns the position behind the closing quotation mark */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

function isBeforeColon(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at += 1;
  return text[at] === ':';
}
