/** What code finds that broke out of the engine into a sandbox process which no jail surrounds: a script stands in for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchPlainly, startProcess } from '@praxis/wasm-runtime/node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'praxis-host-'));
  await writeFile(join(folder, 'secret.txt'), 'secret');
});
afterAll(() => rm(folder, { recursive: true }));

/** What a script prints that runs in the place of the sandbox's own. */
async function printed(source: string): Promise<string> {
  const script = join(folder, 'script.cjs');
  await writeFile(script, `const secret = ${JSON.stringify(join(folder, 'secret.txt'))};\n${source}`);
  const child = startProcess(launchPlainly(script));
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (text += data.toString()));
  child.stdin?.end();
  await new Promise((resolve) => child.once('close', resolve));
  return text.trim();
}

const attempt = (code: string) =>
  `try { ${code}; console.log('GOT IT'); } catch (error) { console.log(error.code ?? error.name); }`;

describe('a compromised sandbox process', () => {
  test.each([
    ['read a file', `require('node:fs').readFileSync(secret)`, 'ERR_ACCESS_DENIED'],
    ['list a folder', `require('node:fs').readdirSync('/')`, 'ERR_ACCESS_DENIED'],
    ['write a file', `require('node:fs').writeFileSync(secret, '')`, 'ERR_ACCESS_DENIED'],
    ['start a process', `require('node:child_process').spawnSync('/bin/true')`, 'ERR_ACCESS_DENIED'],
    ['start a thread', `new (require('node:worker_threads').Worker)('1', { eval: true })`, 'ERR_ACCESS_DENIED'],
    ['make code from a string', `new Function('return 1')`, 'EvalError'],
    ['load an addon', `process.dlopen({ exports: {} }, secret)`, 'ERR_DLOPEN_DISABLED'],
  ])('cannot %s', async (_what, code, expected) => expect(await printed(attempt(code))).toBe(expected));

  test('finds no environment', async () => {
    vi.stubEnv('HOST_CANARY', 'canary');
    expect(await printed(`console.log(JSON.stringify(process.env))`)).not.toContain('canary');
  });

  test('is otherwise a Node that works', async () => {
    expect(await printed(`console.log(require('node:fs').readFileSync(__filename, 'utf8').length > 0)`)).toBe('true');
  });
});
