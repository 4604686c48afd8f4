/** The dialogs of the page as questions: one is open at a time, and asking returns a promise of the answer. */
import { signal } from '@preact/signals';
import type { Draft } from '../documents/drafts.ts';

export type Question =
  | { kind: 'sign-in'; start: 'sign-in' | 'sign-up'; reason: string | null; answer: (signedIn: boolean) => void }
  | { kind: 'title'; suggestion: string; heading: string; answer: (title: string | null) => void }
  | { kind: 'stale-parent'; answer: (choice: 'copy' | 'theirs' | null) => void }
  | { kind: 'draft'; draft: Draft; answer: (choice: 'draft' | 'copy' | 'head') => void }
  | { kind: 'two-tabs'; answer: (choice: 'mine' | 'theirs') => void }
  | { kind: 'limits'; answer: (changed: null) => void }
  | { kind: 'shortcuts'; answer: (closed: null) => void }
  | { kind: 'palette'; answer: (closed: null) => void };

type Answer<K extends Question['kind']> = Parameters<Extract<Question, { kind: K }>['answer']>[0];

export const question = signal<Question | null>(null);
/** What the open dialog gets when another one takes its place. */
const DISMISSED = {
  'sign-in': false,
  title: null,
  'stale-parent': null,
  limits: null,
  shortcuts: null,
  palette: null,
} as const;

/** Opens a dialog; one that is open already is left, as if its reader had left it. */
export function ask<K extends Question['kind']>(
  kind: K,
  details: Omit<Extract<Question, { kind: K }>, 'kind' | 'answer'>,
): Promise<Answer<K>> {
  dismiss();
  return new Promise((resolve) => {
    const answer = (value: Answer<K>): void => {
      if (question.value === asked) question.value = null;
      resolve(value);
    };
    // The details fit `kind`, and `answer` takes what that kind answers: the parts of one member of the union.
    const asked = { kind, ...details, answer } as unknown as Question;
    question.value = asked;
  });
}

function dismiss(): void {
  const open = question.value;
  if (open === null) return;
  if (open.kind === 'sign-in') open.answer(DISMISSED['sign-in']);
  else if (open.kind === 'title') open.answer(DISMISSED.title);
  else if (open.kind === 'stale-parent') open.answer(DISMISSED['stale-parent']);
  else if (open.kind === 'draft') open.answer('draft');
  else if (open.kind === 'two-tabs') open.answer('mine');
  else open.answer(null);
}
