/** A file of test262 and what its front matter asks for (https://github.com/tc39/test262, INTERPRETING.md). */

export interface TestFile {
  source: string;
  /** Harness files, in order, beside the two that every test gets. */
  includes: string[];
  flags: ReadonlySet<string>;
  /** The error that the test is to end with. */
  negative: { phase: string; type: string } | null;
}

export function readTest(source: string): TestFile {
  const [, front = ''] = /\/\*---([\s\S]*?)---\*\//.exec(source) ?? [];
  const [, phase = ''] = /^negative:[\s\S]*?^\s+phase:\s*(\w+)/m.exec(front) ?? [];
  const [, type = ''] = /^negative:[\s\S]*?^\s+type:\s*(\w+)/m.exec(front) ?? [];
  return {
    source,
    includes: listOf('includes', front),
    flags: new Set(listOf('flags', front)),
    negative: phase === '' ? null : { phase, type },
  };
}

/** `key: [a, b]`, or one item to a line. */
function listOf(key: string, front: string): string[] {
  const [, inline] = new RegExp(`^${key}:\\s*\\[([^\\]]*)\\]`, 'm').exec(front) ?? [];
  const [, lines = ''] = new RegExp(`^${key}:\\s*\\n((?:\\s+- .*\\n?)*)`, 'm').exec(front) ?? [];
  const items = inline === undefined ? lines.split('\n').map((line) => line.replace(/^\s*- /, '')) : inline.split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** Strict and sloppy, as far as the flags let a test be run. */
export function modesOf({ flags }: TestFile): ('sloppy' | 'strict' | 'module')[] {
  if (flags.has('module')) return ['module'];
  if (flags.has('raw') || flags.has('noStrict')) return ['sloppy'];
  return flags.has('onlyStrict') ? ['strict'] : ['sloppy', 'strict'];
}
