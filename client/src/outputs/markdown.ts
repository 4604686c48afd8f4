/**
 * Markdown to a fragment of the page. Its source is hostile: markdown-it makes HTML, DOMPurify cleans it under our Trusted Types
 * policy, and only then do formulas and links get their meaning. Ids and names never survive (they would shadow the page's own).
 */
import DOMPurify, { type Config } from 'dompurify';
import markdownIt, { type MarkdownIt } from 'markdown-it';
import { formulas } from './formulas.ts';
import { inTurn } from './in-turn.ts';

/**
 * Characters that are formatted in one piece, pictures in the text aside: ten times a long chapter. The worst text of this length
 * takes the better part of a second.
 */
const MAX_FORMATTED = 100_000;

export function isFormattable(source: string): boolean {
  if (source.length <= MAX_FORMATTED) return true;
  return source.replace(/\(data:image\/[^)\s]+\)/g, '()').length <= MAX_FORMATTED;
}

let parser: MarkdownIt | null = null;

function markdownParser(): MarkdownIt {
  parser ??= markdownIt({ html: true, linkify: true, typographer: false, breaks: false })
    .use(formulas)
    .use(columnAlignment);
  return parser;
}

/** markdown-it aligns columns by inline styles, which the page's policy refuses; the attribute says the same. */
function columnAlignment(markdown: MarkdownIt): void {
  markdown.core.ruler.push('column_alignment', ({ tokens }) => {
    for (const token of tokens) {
      const side = /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? ''))?.[1];
      if (side === undefined) continue;
      token.attrs = [['align', side]];
    }
  });
}

const policy = window.trustedTypes?.createPolicy('praxis-markdown', {
  // DOMPurify calls this for what it parses and for what it has cleaned; nobody else holds the policy.
  createHTML: (html) => html,
  createScript: refuse,
  createScriptURL: refuse,
});

function refuse(): never {
  throw new TypeError('Markdown never makes scripts.');
}

const CONFIG: Config = {
  USE_PROFILES: { html: true, mathMl: true },
  FORBID_TAGS: [
    'style',
    'form',
    'input',
    'button',
    'textarea',
    'select',
    'option',
    'dialog',
    'audio',
    'video',
    'source',
    'picture',
    'template',
    'slot',
    'map',
    'area',
    'marquee',
  ],
  FORBID_ATTR: [
    'style',
    'id',
    'name',
    'for',
    'srcset',
    'autofocus',
    'tabindex',
    'popover',
    'popovertarget',
    'popovertargetaction',
    'background',
  ],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
  ...(policy === undefined ? {} : { TRUSTED_TYPES_POLICY: policy }),
};

/** @returns a fragment ready to be put into the page; its formulas still have to be drawn (`drawFormulas`) */
export function renderMarkdown(source: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(markdownParser().render(source), { ...CONFIG, RETURN_DOM_FRAGMENT: true });
  for (const element of fragment.querySelectorAll('[class]')) {
    if (!isFormula(element) && !/^language-[\w+-]+$/.test(element.className)) element.removeAttribute('class');
  }
  for (const link of fragment.querySelectorAll('a[href]')) {
    link.setAttribute('rel', 'noopener noreferrer nofollow');
    link.setAttribute('target', '_blank');
  }
  for (const image of fragment.querySelectorAll('img')) replaceRemoteImage(image);
  for (const table of fragment.querySelectorAll('table')) wrapTable(table);
  return fragment;
}

function isFormula(element: Element): boolean {
  return element.localName === 'code' && (element.className === 'formula' || element.className === 'formula-block');
}

/** Draws the formulas of a rendered text. KaTeX builds elements itself, so nothing is parsed as HTML; it is fetched when needed. */
export async function drawFormulas(root: ParentNode): Promise<void> {
  const places = [...root.querySelectorAll<HTMLElement>('code.formula, code.formula-block')];
  if (places.length === 0) return;
  const { drawFormula } = await import('./katex.ts');
  for (const place of places) {
    inTurn(() => {
      if (!place.isConnected) return;
      const box = document.createElement(place.className === 'formula-block' ? 'div' : 'span');
      box.className = 'formula-drawn';
      drawFormula(place.textContent, box, place.className === 'formula-block');
      place.replaceWith(box);
    });
  }
}

/** Pictures from other sites would tell them who reads; the page's policy blocks them, so the text offers a link instead. */
function replaceRemoteImage(image: HTMLImageElement): void {
  const address = image.getAttribute('src') ?? '';
  if (/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(address)) {
    image.loading = 'lazy';
    return;
  }
  const text = image.alt.trim() === '' ? 'picture' : image.alt;
  if (!/^https?:/i.test(address)) {
    image.replaceWith(`[${text}]`);
    return;
  }
  const link = document.createElement('a');
  link.href = address;
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow';
  link.textContent = `${text} (on ${new URL(address).host})`;
  // A link inside a link is not HTML: the outer one stays.
  if (image.closest('a') === null) image.replaceWith(link);
  else image.replaceWith(`[${text}]`);
}

/** Wide tables scroll on their own, not the page. */
function wrapTable(table: HTMLTableElement): void {
  const box = document.createElement('div');
  box.className = 'table-scroll';
  box.tabIndex = 0;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', 'Table');
  table.replaceWith(box);
  box.append(table);
}
