/** `praxis serve` as a process: started, asked, and ended by a signal. Needs a build. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEnvironment } from '../../support/server/environment.ts';

const PRAXIS = join(import.meta.dirname, '../../../server/bin/praxis.js');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'praxis-serve-'));
  writeEnvironment(join(folder, 'environments'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Praxis {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

function praxis(...args: string[]): Praxis {
  const child = spawn(process.execPath, [PRAXIS, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((fulfil) => child.once('close', (code) => fulfil(code)));
  return { child, output: () => output, ended };
}

async function until(condition: () => boolean, process: Praxis): Promise<void> {
  for (let attempt = 0; attempt < 6000 && !condition(); attempt += 1)
    await new Promise((fulfil) => setTimeout(fulfil, 10));
  if (!condition()) throw new Error(`what was waited for did not happen:\n${process.output()}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((fulfil) => server.close(() => fulfil()));
  return port;
}

const serveArguments = (port: number): string[] => [
  'serve',
  `--port=${port}`,
  `--data=${join(folder, 'data')}`,
  `--environments=${join(folder, 'environments')}`,
];

describe('praxis serve', () => {
  it('says where it is, answers there, keeps its data to itself, and ends in order', async () => {
    const port = await freePort();
    const server = praxis(...serveArguments(port));
    await until(() => server.output().includes('Praxis is ready'), server);
    expect(server.output()).toContain(`http://127.0.0.1:${port}`);
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(ready.status).toBe(200);
    expect(statSync(join(folder, 'data')).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'data', 'keys', 'attestation-ed25519.pem')).mode & 0o777).toBe(0o600);

    const second = praxis(...serveArguments(port));
    expect(await second.ended).toBe(2);
    expect(second.output()).toContain(`port ${port} is in use`);

    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed');
  });

  it.each([
    [['serve', '--port', 'eighty'], 2, '--port'],
    [['serve', '--host', '0.0.0.0'], 2, '--origin'],
    [['dance'], 2, 'no command "dance"'],
    [[], 2, 'Usage'],
    [['--help'], 0, 'praxis serve'],
    [['serve', '--help'], 0, '--data FOLDER'],
  ])('with arguments %j ends with %i and says why', async (args, code, text) => {
    const command = praxis(...args);
    expect(await command.ended).toBe(code);
    expect(command.output()).toContain(text);
  });
});
