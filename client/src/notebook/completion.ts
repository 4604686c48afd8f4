/** Completion in a cell: what the live kernel knows, and beside it what stands in the cell and what the language has. */
import {
  acceptCompletion,
  CompletionContext,
  completeFromList,
  completionStatus,
  currentCompletions,
  ifNotIn,
  startCompletion,
  type Completion,
  type CompletionResult,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { localCompletionSource as localJavaScript, snippets } from '@codemirror/lang-javascript';
import { globalCompletion, localCompletionSource as localPython } from '@codemirror/lang-python';
import { syntaxTree } from '@codemirror/language';
import type { EditorView } from '@codemirror/view';
import type { Answer, Language } from '../kernel/runtime.ts';

/** Asks the kernel about a place in this cell; `null` when it has nothing to say, for instance because it is busy. */
export type AskKernel = (about: 'complete' | 'inspect', source: string, cursor: number) => Promise<Answer | null>;

const NOT_CODE = ['String', 'FormatString', 'TemplateString', 'Comment', 'LineComment', 'BlockComment'];
const STATIC: Readonly<Record<Language, readonly CompletionSource[]>> = {
  python: [localPython, globalCompletion],
  javascript: [localJavaScript, ifNotIn(NOT_CODE, completeFromList(snippets))],
};
/** As many as the kernel gives at most: there may be more of them with a longer word. */
const FULL = 200;
/** A word, a member, a key of a dict, a magic: typing goes on there. */
const TYPED = /[\w$][.][\w$]*$|[A-Za-z_$][\w$]*$|\[\s*["'][^"'\]]*$|^\s*%{1,2}\w*$/;
/** Texts in which something is completed: a key of a dict, and the name of a module of JavaScript. */
const NAMED = /\[\s*["'][^"'\]]*$|\b(?:import|from)\s*\(?\s*["'][^"']*$/;

export function completionSource(language: Language, ask: AskKernel): CompletionSource {
  return async (context) => {
    const fixed = await Promise.all(STATIC[language].map(async (source) => source(context)));
    const answer = isWanted(context) ? await ask('complete', context.state.doc.toString(), context.pos) : null;
    if (context.aborted) return null;
    return merged(answer && fromAnswer(answer, context.pos), fixed);
  };
}

/** How often a list that is awaited is looked for, ms. */
const LOOK_MS = 25;

/**
 * Tab behind a word completes it: from the list that is open, also while it is too new to be taken from or is being renewed;
 * where there is none, one is asked for, and its only match is taken, as in Jupyter. Anywhere else it is not our key.
 */
export function completeWithTab(view: EditorView): boolean {
  if (acceptCompletion(view)) return true;
  const { doc, readOnly, selection } = view.state;
  const { head, empty } = selection.main;
  if (readOnly || !empty || !isWanted(new CompletionContext(view.state, head, false))) return false;
  // From a list that is shown any match may be taken, from one that has to come only the only one.
  const most = currentCompletions(view.state).length > 0 ? Infinity : 1;
  if (completionStatus(view.state) === null) startCompletion(view);
  const look = (): void => {
    const status = completionStatus(view.state);
    if (status === null || view.state.doc !== doc || !view.hasFocus) return;
    const count = status === 'active' ? currentCompletions(view.state).length : 0;
    if (count > most || (count > 0 && acceptCompletion(view))) return;
    setTimeout(look, LOOK_MS);
  };
  setTimeout(look, LOOK_MS);
  return true;
}

/** In texts and comments only names are asked for. */
function isWanted(context: CompletionContext): boolean {
  const line = context.state.doc.lineAt(context.pos);
  const before = context.state.sliceDoc(line.from, context.pos);
  if (NAMED.test(before)) return true;
  for (let node = syntaxTree(context.state).resolveInner(context.pos, -1); ;) {
    if (NOT_CODE.includes(node.name)) return false;
    if (node.parent === null) break;
    node = node.parent;
  }
  return context.explicit || TYPED.test(before);
}

function fromAnswer(answer: Answer, pos: number): CompletionResult | null {
  if (answer.matches.length === 0) return null;
  const options = answer.matches.map(({ text, kind, detail }): Completion => {
    const option = { label: text, type: kind, boost: kind === 'argument' ? 2 : 1 };
    return detail === undefined ? option : { ...option, detail };
  });
  const isKey = answer.matches.some(({ kind }) => kind === 'key');
  return {
    from: pos - answer.before,
    options,
    ...(isKey || options.length >= FULL ? {} : { validFor: /^[\w$]*$/ }),
  };
}

/** What the kernel knows comes first, and nothing comes twice. */
export function merged(
  live: CompletionResult | null,
  fixed: readonly (CompletionResult | null)[],
): CompletionResult | null {
  const first = live ?? fixed.find((result) => result !== null);
  if (!first) return null;
  const seen = new Set<string>();
  const options = [live, ...fixed]
    .flatMap((result) => (result?.from === first.from ? result.options : []))
    .filter(({ label }) => {
      const known = seen.has(label);
      seen.add(label);
      return !known;
    });
  return { ...first, options };
}
