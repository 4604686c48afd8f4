import { describe, expect, test } from 'vitest';
import { EditorState } from '@codemirror/state';
import { CompletionContext } from '@codemirror/autocomplete';
import { python } from '@codemirror/lang-python';
import { completionSource, merged } from '../../../client/src/notebook/completion.ts';
import type { Answer } from '../../../client/src/kernel/runtime.ts';

const answer = (before: number, ...texts: string[]): Answer => ({
  before,
  matches: texts.map((text) => ({ text, kind: 'variable' })),
  text: '',
});

async function complete(source: string, given: Answer | null, explicit = false) {
  const asked: string[] = [];
  const complete = completionSource('python', (_about, text, cursor) => {
    asked.push(text.slice(0, cursor));
    return Promise.resolve(given);
  });
  const state = EditorState.create({ doc: source, extensions: [python()] });
  const result = await complete(new CompletionContext(state, source.length, explicit));
  return { asked, labels: result?.options.map(({ label }) => label) ?? [], from: result?.from };
}

describe('completion', () => {
  test('asks the kernel where a word, a member, a key or a magic is typed, and nowhere else', async () => {
    for (const source of ['pri', 'data.', 'data.me', 'ages["an', '%ti', "import { a } from 'd3", 'import("'])
      expect((await complete(source, null)).asked).toEqual([source]);
    for (const source of ['', 'x = ', 'f(', '# pri', '"pri', '1'])
      expect((await complete(source, null)).asked).toEqual([]);
    expect((await complete('f(', null, true)).asked).toEqual(['f(']);
  });

  test('shows what the kernel knows first, nothing twice, and the rest when the kernel is busy', async () => {
    const live = await complete('alpha = 1\nalp', answer(3, 'alphabet', 'alpha'));
    expect(live.from).toBe(10);
    expect(live.labels.slice(0, 2)).toEqual(['alphabet', 'alpha']);
    expect(live.labels.filter((label) => label === 'alpha')).toHaveLength(1);
    expect((await complete('alpha = 1\nalp', null)).labels).toContain('alpha');
    expect(merged(null, [null])).toBeNull();
  });

  test('replaces the part of a member that stands there', async () => {
    const { from, labels } = await complete('data.me', answer(2, 'mean', 'median'));
    expect([from, labels]).toEqual([5, ['mean', 'median']]);
  });
});
