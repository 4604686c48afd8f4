import { describe, expect, test } from 'vitest';
import { adviceFor } from '../../../client/src/outputs/advice.ts';
import { excerpt } from '../../../client/src/outputs/collapse.ts';
import { chooseRendering, describe as describeBundle } from '../../../client/src/outputs/mime.ts';
import { readProgress } from '../../../client/src/outputs/progress.ts';
import { appendOutput, changeOutputs } from '../../../client/src/outputs/stream.ts';
import type { Output, RunError } from '../../../client/src/kernel/runtime.ts';

const blob = { digest: `sha256:${'a'.repeat(64)}`, size_bytes: 3 };

describe('which form of a display is shown', () => {
  test('the richest that is there', () => {
    expect(chooseRendering({ 'text/plain': 't', 'text/html': '<b>' })).toEqual({ as: 'html', source: '<b>' });
    expect(chooseRendering({ 'text/plain': 't', 'image/svg+xml': '<svg/>' })).toEqual({ as: 'svg', source: '<svg/>' });
    expect(chooseRendering({ 'text/plain': 't', 'image/png': blob })).toEqual({
      as: 'image',
      mediaType: 'image/png',
      blob,
    });
    expect(chooseRendering({ 'text/plain': 't', 'application/json': '{}' })).toEqual({ as: 'json', source: '{}' });
  });

  test('an image as text is Base64 or nothing', () => {
    expect(chooseRendering({ 'image/png': 'aGk=' })).toMatchObject({ as: 'inline-image' });
    expect(chooseRendering({ 'image/png': '"><script>', 'text/plain': 'fallback' })).toEqual({
      as: 'text',
      source: 'fallback',
    });
  });

  test('an unknown type is text when it is text, and a file when it is bytes', () => {
    expect(chooseRendering({ 'application/vnd.x+json': '{"a":1}' })).toEqual({ as: 'text', source: '{"a":1}' });
    expect(chooseRendering({ 'application/x-thing': blob })).toEqual({
      as: 'file',
      mediaType: 'application/x-thing',
      blob,
    });
    expect(chooseRendering({})).toEqual({ as: 'text', source: '' });
  });

  test('a key of the prototype is not a form', () => {
    expect(describeBundle(JSON.parse('{"__proto__":{"text/plain":"no"}}') as Record<string, string>)).toBe(
      'Output of this cell',
    );
  });
});

describe('streams', () => {
  const piece = (name: 'stdout' | 'stderr', text: string): Output => ({ type: 'stream', name, text });

  test('pieces of one stream become one block, and only those', () => {
    const outputs = [piece('stdout', 'a'), piece('stdout', 'b'), piece('stderr', 'c'), piece('stdout', 'd')].reduce<
      Output[]
    >(appendOutput, []);
    expect(outputs).toEqual([piece('stdout', 'ab'), piece('stderr', 'c'), piece('stdout', 'd')]);
  });

  test('a cut stream stays marked as cut', () => {
    const outputs = appendOutput([piece('stdout', 'a')], {
      type: 'stream',
      name: 'stdout',
      text: 'b',
      truncated: true,
    });
    expect(outputs).toEqual([{ type: 'stream', name: 'stdout', text: 'ab', truncated: true }]);
  });
});

describe('outputs that change', () => {
  const shown = (text: string): Output => ({ type: 'display', data: { 'text/plain': text }, metadata: {} });

  test("are replaced in place, and a place that is not there is nobody's", () => {
    const outputs = [shown('a'), shown('b')];
    expect(changeOutputs(outputs, { kind: 'replace', at: 1, output: shown('c') })).toEqual([shown('a'), shown('c')]);
    expect(changeOutputs(outputs, { kind: 'replace', at: 7, output: shown('c') })).toEqual(outputs);
    expect(changeOutputs(outputs, { kind: 'clear' })).toEqual([]);
  });

  test('progress is read with suspicion', () => {
    const progress = { value: 3, total: 10, label: 'Walk', state: 'running' };
    expect(readProgress(JSON.stringify(progress))).toEqual(progress);
    expect(readProgress('{"value":3,"total":null,"label":7,"state":"x"}')).toEqual({
      value: 3,
      total: null,
      label: '',
      state: 'running',
    });
    expect(readProgress(`{"value":1,"total":2,"label":"${'x'.repeat(500)}"}`)?.label).toHaveLength(200);
    for (const source of ['', '[]', 'null', '{"value":-1,"total":1}', '{"value":1}', '{"value":"1","total":null}'])
      expect(readProgress(source)).toBeNull();
    expect(chooseRendering({ 'application/vnd.praxis.progress+json': '{}', 'text/plain': 'x' })).toEqual({
      as: 'progress',
      source: '{}',
    });
  });
});

describe('long text', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');

  test('is shown whole up to forty lines', () => {
    expect(excerpt(lines(40))).toEqual({ head: lines(40), tail: '', hiddenLines: 0 });
    expect(excerpt(`${lines(40)}\n`).hiddenLines).toBe(0);
  });

  test('beyond that by its beginning and end, and says how much is missing', () => {
    const cut = excerpt(lines(1000));
    expect(cut.head.split('\n')).toHaveLength(18);
    expect(cut.tail.split('\n').at(-1)).toBe('line 999');
    expect(cut.hiddenLines).toBe(1000 - 28);
  });

  test('one endless line is cut as well', () => {
    const cut = excerpt('x'.repeat(1_000_000));
    expect(cut.head.length).toBeLessThanOrEqual(12_000);
    expect(cut.hiddenLines).toBeGreaterThan(0);
  });
});

describe('advice', () => {
  const error = (code: RunError['code'], details: RunError['details'] = {}): RunError => ({
    category: 'RESOURCE_LIMIT',
    code,
    message: 'm',
    details,
  });

  test('names the limit and the amounts, and leads to the limits', () => {
    const advice = adviceFor(error('MEMORY', { limit: 256 * 2 ** 20, used: 259 * 2 ** 20 }));
    expect(advice.title).toBe('The memory limit of 256 MB was reached (259 MB asked for)');
    expect(advice.opensLimits).toBe(true);
    expect(adviceFor(error('FUEL', { limit: 20e9 })).title).toBe('The fuel limit of 20.0 G was reached');
  });

  test('an ordinary exception speaks for itself', () => {
    expect(adviceFor(error('PYTHON_EXCEPTION'))).toEqual({ title: '', next: null, opensLimits: false });
  });
});
