/** The command line among other commands. Needs a build. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PRAXIS = join(import.meta.dirname, '../../server/bin/praxis.js');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'praxis-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('goes on without a word when its reader has read enough, and keeps what it was to keep', async () => {
  const file = join(folder, 'flood.py');
  const kept = join(folder, 'run');
  await writeFile(file, 'for i in range(20000): print(i, flush=True)\nraise SystemExit(3)');
  const child = spawn(process.execPath, [PRAXIS, 'run', file, '--out', kept], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [status] = (await once(child, 'close')) as [number | null];
  // Written by the command.
  const { outcome } = JSON.parse(await readFile(join(kept, 'record.json'), 'utf8')) as { outcome: string };
  expect(outcome).toBe('failed');
  expect(status).toBe(1);
  expect(complaint).not.toContain('EPIPE');
});
