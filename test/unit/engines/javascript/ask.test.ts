import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../../wasm-runtime/src/run/ask.ts';
import { openSession, type Session } from './support.ts';

function ask({ engine }: Session, about: 'complete' | 'inspect', marked: string): Answer | null {
  const cursor = marked.indexOf('|');
  return engine.ask(about, { language: 'javascript', source: marked.replace('|', ''), cursor });
}

const texts = (answer: Answer | null) => answer?.matches.map(({ text }) => text);

describe('completion', () => {
  test('knows what steps declared, members and inherited members, and calls no getter', async () => {
    const session = await openSession();
    session.run(
      'let seen = 0; class Base { far() {} } class Shape extends Base { get area() { seen++; return 1; } near(a, b) {} } const shape = new Shape(); shape.width = 1;',
    );
    expect(texts(ask(session, 'complete', 'sha|'))).toEqual(['shape']);
    expect(texts(ask(session, 'complete', 'x = shape.|'))).toEqual(
      expect.arrayContaining(['width', 'area', 'near', 'far']) as string[],
    );
    expect(ask(session, 'complete', 'shape.nea|')).toEqual({
      before: 3,
      matches: [{ text: 'near', kind: 'function', detail: '(a, b)' }],
      text: '',
    });
    expect(texts(ask(session, 'complete', 'shape.area.|'))).toEqual([]);
    expect(texts(ask(session, 'complete', 'Math.ma|'))).toEqual(['max']);
    expect(texts(ask(session, 'complete', '"text".|'))).toEqual([]);
    expect(session.run('seen').result).toBe('0');
  });

  test('that the program stops cannot be undone here, which whoever asks is told', async () => {
    for (const trap of ['for (;;);', 'console.log("seen"); return [];']) {
      const session = await openSession();
      session.run(`const stuck = new Proxy({}, { ownKeys() { ${trap} } });`);
      expect(() => ask(session, 'complete', 'stuck.|')).toThrow('could not be undone');
    }
  });

  test('has none before the engine has begun', async () => {
    const { restoreJavaScript } = await import('../../../../wasm-runtime/src/engines/javascript/engine.ts');
    const { javaScriptFiles } = await import('./support.ts');
    const engine = await restoreJavaScript(await javaScriptFiles());
    expect(engine.ask('complete', { language: 'javascript', source: 'Ma', cursor: 2 })).toBeNull();
  });
});

describe('inspection', () => {
  test('shows signature, type and source, of the name or of the call around the caret', async () => {
    const session = await openSession();
    session.run('function area(width, height = 2) { return width * height; } const list = [1, 2];');
    expect(ask(session, 'inspect', 'ar|ea(1)')?.text).toMatch(
      /^area\(width, height = 2\)\nType: {2}function\nfunction area/,
    );
    expect(ask(session, 'inspect', 'area(1, |')?.text).toContain('area(width, height = 2)');
    expect(ask(session, 'inspect', 'list|')?.text).toBe('Type:  object\nValue: [ 1, 2 ]');
    expect(ask(session, 'inspect', 'nothing|')?.text).toBe('');
  });
});
