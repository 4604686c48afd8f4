/**
 * What a program imports, read from its text. An import that the program does without is a choice: `try: import a` with
 * `except ImportError: import b` needs one of both, and nothing when the handler goes on without. A handler that raises or
 * exits leaves no choice. What only type checkers import is not needed.
 */
import type { Language } from '../run/program.ts';
import { logicalLines } from './lines.ts';

/** A module of the first level, all of several needs, or one of them. */
export type Needs = string | { all: readonly Needs[] } | { any: readonly Needs[] };

interface Handler {
  catches: boolean;
  raises: boolean;
  needs: Needs[];
}

/** A `try` statement whose end has not come. */
interface Attempt {
  tried: Needs[];
  handlers: Handler[];
  /** Of `else` and `finally`. */
  rest: Needs[];
}

/** A compound statement whose block goes on as long as lines are indented further. */
interface Block {
  indent: number;
  into: Needs[];
  attempt?: Attempt;
  handler?: Handler | undefined;
}

const CATCHING = new Set(['ImportError', 'ModuleNotFoundError', 'Exception', 'BaseException']);
const CLAUSES = new Set(['except', 'else', 'finally']);

/** What all the Python steps need together. Modules of JavaScript belong to no environment. */
export function needsOf(steps: readonly { language: Language; source: string }[]): Needs {
  return { all: steps.flatMap(({ language, source }) => (language === 'python' ? [needsOfSource(source)] : [])) };
}

export function needsOfSource(source: string): Needs {
  const all: Needs[] = [];
  const blocks: Block[] = [{ indent: -1, into: all }];
  for (const { indent, tokens } of logicalLines(source)) {
    leave(blocks, indent, tokens[0] ?? '');
    enter(blocks, indent, tokens);
    readStatements(tokens, blocks);
  }
  leave(blocks, 0, '');
  return { all };
}

/** Every module that is named anywhere in it, once. */
export function modulesOf(needs: Needs): Set<string> {
  if (typeof needs === 'string') return new Set([needs]);
  const parts = 'all' in needs ? needs.all : needs.any;
  return new Set(parts.flatMap((part) => [...modulesOf(part)]));
}

/** The modules that are still missing where `has` says what there is: of a choice, those of the way that lacks fewest. */
export function lacking(needs: Needs, has: (module: string) => boolean): Set<string> {
  if (typeof needs === 'string') return new Set(has(needs) ? [] : [needs]);
  if ('all' in needs) return new Set(needs.all.flatMap((part) => [...lacking(part, has)]));
  const [first, ...others] = needs.any.map((part) => lacking(part, has));
  return others.reduce((least, next) => (next.size < least.size ? next : least), first ?? new Set<string>());
}

/** Ends the blocks that a line at this indentation is not in; a clause of a `try` only changes what its block is. */
function leave(blocks: Block[], indent: number, word: string): void {
  for (let block = blocks.at(-1); block && block.indent >= indent; block = blocks.at(-1)) {
    if (block.attempt && block.indent === indent && CLAUSES.has(word)) return;
    blocks.pop();
    if (block.attempt) blocks.at(-1)?.into.push(...needsOfAttempt(block.attempt));
  }
}

function needsOfAttempt({ tried, handlers, rest }: Attempt): Needs[] {
  const catching = handlers.filter(({ catches }) => catches);
  const others = handlers.filter(({ catches }) => !catches).flatMap(({ needs }) => needs);
  // Without an import in it, it is about another failure, and what its handlers need may be needed any time.
  if (tried.length === 0) return [...handlers.flatMap(({ needs }) => needs), ...rest];
  const ways = catching.filter(({ raises }) => !raises).map(({ needs }): Needs => ({ all: needs }));
  return [...(ways.length === 0 ? tried : [{ any: [{ all: tried }, ...ways] }]), ...others, ...rest];
}

function enter(blocks: Block[], indent: number, tokens: readonly string[]): void {
  const [word, next] = tokens;
  const head = tokens.slice(0, headEnd(tokens));
  const open = blocks.at(-1);
  if (word === 'try' && next === ':') {
    const attempt: Attempt = { tried: [], handlers: [], rest: [] };
    blocks.push({ indent, into: attempt.tried, attempt });
  } else if (open?.attempt && open.indent === indent && CLAUSES.has(word ?? '')) {
    if (word === 'except') {
      const catches = head.length === 1 || head.some((token) => CATCHING.has(token));
      open.handler = { catches, raises: false, needs: [] };
      open.attempt.handlers.push(open.handler);
      open.into = open.handler.needs;
    } else {
      open.handler = undefined;
      open.into = open.attempt.rest;
    }
  } else if (
    isForCheckers(head) ||
    (word === 'with' && head.includes('suppress') && head.some((t) => CATCHING.has(t)))
  ) {
    blocks.push({ indent, into: [] });
  }
}

function isForCheckers(head: readonly string[]): boolean {
  const [word, ...condition] = head;
  return (word === 'if' || word === 'elif') && /^(typing \. )?TYPE_CHECKING$/.test(condition.join(' '));
}

/** Where the colon of a compound statement stands. */
function headEnd(tokens: readonly string[]): number {
  let depth = 0;
  const at = tokens.findIndex((token) => {
    depth += '([{'.includes(token) ? 1 : ')]}'.includes(token) ? -1 : 0;
    return depth === 0 && token === ':';
  });
  return at === -1 ? tokens.length : at;
}

function readStatements(tokens: readonly string[], blocks: readonly Block[]): void {
  const into = blocks.at(-1)?.into ?? [];
  let depth = 0;
  let start = true;
  for (const [index, token] of tokens.entries()) {
    if (start && token === 'import') into.push(...importedNames(tokens, index + 1));
    else if (start && token === 'from') into.push(...importedFrom(tokens, index + 1));
    else if ((start && token === 'raise') || isExit(tokens, index)) {
      for (const { handler } of blocks) if (handler) handler.raises = true;
    }
    if ('([{'.includes(token)) depth++;
    else if (')]}'.includes(token)) depth--;
    start = depth === 0 && (token === ';' || token === ':');
  }
}

function isExit(tokens: readonly string[], at: number): boolean {
  const before = tokens[at - 1];
  return tokens[at] === 'exit' && tokens[at + 1] === '(' && before !== 'def' && before !== 'class';
}

/** `a.b as c, d` gives a and d. */
function importedNames(tokens: readonly string[], start: number): string[] {
  const names: string[] = [];
  for (let at = start; ; at++) {
    const name = tokens[at];
    if (name === undefined || !isName(name)) return names;
    names.push(name);
    at = dottedEnd(tokens, at);
    if (tokens[at] === 'as') at += 2;
    if (tokens[at] !== ',') return names;
  }
}

/** Nothing for `from . import a`, which is a part of the program. */
function importedFrom(tokens: readonly string[], at: number): string[] {
  const name = tokens[at];
  if (name === undefined || !isName(name)) return [];
  return tokens[dottedEnd(tokens, at)] === 'import' ? [name] : [];
}

function dottedEnd(tokens: readonly string[], start: number): number {
  let at = start + 1;
  while (tokens[at] === '.') at += 2;
  return at;
}

function isName(token: string): boolean {
  return /^[\p{XID_Start}_]/u.test(token) && token !== 'import';
}
