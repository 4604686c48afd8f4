/** What the README of wasm-runtime says to type does what it says there. Needs a build. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'wasm-runtime/README.md'), 'utf8');
const examples = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

function run(code: string): { printed: string; complaint: string } {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
    cwd: ROOT,
    input: code,
    encoding: 'utf8',
  });
  return { printed: stdout, complaint: stderr };
}

describe("the README's example", () => {
  it.each([
    ['of a program', 0, /^\[ \{ type: 'stream', name: 'stdout', text: '45\\n' \} \] \d+ sha256:[0-9a-f]{64}\n$/],
    ['of a kernel', 1, /^21\n$/],
    ['of inputs and artifacts', 2, /^312000 people\n$/],
    [
      'of modules',
      3,
      /^2\.5 PACKAGE_UNAVAILABLE cannot import 'lodash': there is no such module; these are: praxis, arquero, .*, \/data\/stats\.mjs, /,
    ],
    ['of a replay', 4, /^MATCH\nMISMATCH\n$/],
    ['of the meter', 5, /^52n units\n$/],
  ] as const)('%s works', (_name, index, expected) => {
    const { printed, complaint } = run(examples[index] ?? '');
    expect(complaint).toBe('');
    expect(printed).toMatch(expected);
  });

  it('is one of those', () => expect(examples).toHaveLength(6));
});
