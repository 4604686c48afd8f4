/**
 * `$…$`, `$$…$$`, `\(…\)` and `\[…\]` in Markdown, by Pandoc's rules: an opening `$` has no space after it, a closing one has no
 * space before it and no digit after it, so that prices stay prices. A formula becomes `<code class="formula">`, drawn later.
 */
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

export function formulas(parser: MarkdownIt): void {
  parser.inline.ruler.before('escape', 'formula', inlineFormula);
  parser.block.ruler.before('fence', 'formula_block', blockFormula, {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  });
  parser.renderer.rules['formula'] = (tokens, index) => wrap('formula', parser, tokens[index]?.content);
  parser.renderer.rules['formula_block'] = (tokens, index) => wrap('formula-block', parser, tokens[index]?.content);
}

function wrap(name: string, parser: MarkdownIt, content = ''): string {
  const code = `<code class="${name}">${parser.utils.escapeHtml(content)}</code>`;
  return name === 'formula' ? code : `<p>${code}</p>\n`;
}

/** Characters within which a formula must end: bounds the work for texts full of lonely dollars. */
const MAX_INLINE = 2000;
const MAX_BLOCK = 20_000;

/** Finds the end of a formula that starts at the beginning of `text`. */
export function scanFormula(text: string): { content: string; length: number; block: boolean } | null {
  if (text.startsWith('$$')) return delimited(text, '$$', '$$', true);
  if (text.startsWith('\\(')) return delimited(text, '\\(', '\\)', false);
  if (text.startsWith('\\[')) return delimited(text, '\\[', '\\]', true);
  if (!text.startsWith('$') || /^\$[\s$]/.test(text)) return null;
  for (let at = 1; at < Math.min(text.length, MAX_INLINE); at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '\n' && text[at + 1] === '\n') return null;
    else if (character === '$') {
      if (/\s/.test(text[at - 1] ?? ' ') || /\d/.test(text[at + 1] ?? '')) continue;
      return { content: text.slice(1, at), length: at + 1, block: false };
    }
  }
  return null;
}

function delimited(text: string, open: string, close: string, block: boolean): ReturnType<typeof scanFormula> {
  const end = text.slice(0, MAX_BLOCK).indexOf(close, open.length);
  const content = text.slice(open.length, end).trim();
  return end < 0 || content === '' ? null : { content, length: end + close.length, block };
}

function inlineFormula(state: StateInline, silent: boolean): boolean {
  const start = state.src[state.pos];
  if (start !== '$' && start !== '\\') return false;
  const found = scanFormula(state.src.slice(state.pos, state.posMax));
  if (found === null) return false;
  if (!silent) state.push(found.block ? 'formula_block' : 'formula', 'code', 0).content = found.content;
  state.pos += found.length;
  return true;
}

/** A display formula that has its lines to itself. */
function blockFormula(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const from = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  const text = state.src.slice(from, state.eMarks[endLine - 1]);
  if (!text.startsWith('$$') && !text.startsWith('\\[')) return false;
  const found = scanFormula(text);
  if (found === null) return false;
  const rest = text.slice(found.length);
  if (!/^[ \t]*(?:\n|$)/.test(rest)) return false;
  if (silent) return true;
  const token = state.push('formula_block', 'code', 0);
  token.content = found.content;
  token.block = true;
  state.line = startLine + text.slice(0, found.length).split('\n').length;
  return true;
}
