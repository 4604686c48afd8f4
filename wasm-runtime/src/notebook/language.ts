/** Which language a notebook and a cell are written in. */
import type { Language } from '../run/program.ts';
import { NotebookError, quoted } from './error.ts';
import { optionalObjectAt, optionalTextAt, type Json } from './shape.ts';

const ONLY_TWO = 'Only Python and JavaScript run here.';
/** Alone in the first line; with arguments it means something else. */
const JAVASCRIPT_MAGIC = /^%%(?:javascript|js)[ \t]*(?:\n|$)/;

function languageOf(name: string): Language | null {
  if (/^(?:i?python|pyodide)[\d.]*$/i.test(name)) return 'python';
  return /^(?:javascript|js|node|nodejs)$/i.test(name) ? 'javascript' : null;
}

/**
 * What the kernel says wins over what the last run said; a notebook that says nothing is Python, as Jupyter's own tools assume.
 * @throws NotebookError for another language
 */
export function notebookLanguage(metadata: Json): Language {
  const kernel = optionalObjectAt(metadata['kernelspec'], 'metadata.kernelspec');
  const info = optionalObjectAt(metadata['language_info'], 'metadata.language_info');
  const name =
    optionalTextAt(kernel['language'], 'metadata.kernelspec.language') ||
    optionalTextAt(info['name'], 'metadata.language_info.name') ||
    optionalTextAt(kernel['name'], 'metadata.kernelspec.name') ||
    'python';
  return requireLanguage(name, 'the notebook');
}

/** @throws NotebookError for another language */
export function requireLanguage(name: string, where: string): Language {
  const language = languageOf(name);
  if (language === null) throw new NotebookError(where, `is written for ${quoted(name)}`, ONLY_TWO);
  return language;
}

/**
 * A code cell's language and source. In a Python notebook, `%%javascript` makes a cell of JavaScript, as it does in Jupyter.
 * @param own what the cell says itself, as this writer does where it has to
 */
export function cellLanguage(notebook: Language, own: Language | null, source: string): [Language, string] {
  const magic = notebook === 'python' && own !== 'python' ? (JAVASCRIPT_MAGIC.exec(source)?.[0] ?? null) : null;
  if (magic !== null) return ['javascript', source.slice(magic.length)];
  return [own ?? notebook, source];
}

/** The other way round: how a cell must be written so that Jupyter runs it right where it can, and reading gives it back. */
export function writtenLanguage(
  notebook: Language,
  language: Language,
  source: string,
): { own: Language | null; source: string } {
  if (notebook === 'python' && language === 'javascript') return { own: language, source: `%%javascript\n${source}` };
  const ambiguous = notebook === 'python' && JAVASCRIPT_MAGIC.test(source);
  return { own: language === notebook && !ambiguous ? null : language, source };
}

const SHELL = /^[ \t]*(?:!(?![=\s])|%%?(?:bash|cmd|conda|ls|mamba|pip|run|script|sh|sx|system)\b)/m;

/** Whether lines look as if they asked for a shell or a package: `!command`, `%pip`, `%%bash`. A comparison may look so, too. */
export function mayUseShell(source: string): boolean {
  return SHELL.test(source);
}
