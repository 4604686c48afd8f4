/** Keeping a worker process alive, with real processes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { superviseWorker } from '../../../server/src/replay/supervisor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'praxis-supervisor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings = (): Parameters<typeof superviseWorker>[0] => ({
  data: folder,
  environments: '',
  unjailed: false,
  log_level: 'silent',
});
const log = pino({ level: 'silent' });

/** Writes a line for each of its starts, then does what `body` says. */
function script(body: string): string {
  const path = join(folder, 'worker.cjs');
  const text = `const fs = require('node:fs'); const { data } = JSON.parse(process.argv[2]);
    fs.appendFileSync(data + '/starts', process.pid + ' ' + Object.keys(process.env).join(',') + '\\n'); ${body}`;
  writeFileSync(path, text);
  return path;
}
const starts = (): string[] =>
  existsSync(join(folder, 'starts')) ? readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n') : [];

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1000 && !condition(); attempt += 1)
    await new Promise((fulfil) => setTimeout(fulfil, 10));
  if (!condition()) throw new Error('what was waited for did not happen');
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a worker process', () => {
  it('is started again whenever it dies', async () => {
    const supervisor = superviseWorker(settings(), log, {
      script: script('process.exit(1)'),
      delayMs: 5,
      maximumDelayMs: 10,
    });
    await until(() => starts().length >= 3);
    await supervisor.stop();
    const count = starts().length;
    await new Promise((fulfil) => setTimeout(fulfil, 100));
    expect(starts()).toHaveLength(count);
  });

  it('is started again when it is killed, and gets none of our environment', async () => {
    process.env['PRAXIS_TEST_SECRET'] = 'x';
    const supervisor = superviseWorker(settings(), log, { script: script('setInterval(() => {}, 1000)'), delayMs: 5 });
    try {
      await until(() => starts().length === 1);
      process.kill(Number(starts()[0]?.split(' ')[0]), 'SIGKILL');
      await until(() => starts().length === 2);
      expect(starts().join('\n')).not.toContain('PRAXIS_TEST_SECRET');
    } finally {
      delete process.env['PRAXIS_TEST_SECRET'];
      await supervisor.stop();
    }
    expect(isAlive(Number(starts()[1]?.split(' ')[0]))).toBe(false);
  });

  it('that does not want to end is ended', async () => {
    const body = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); fs.writeFileSync(data + '/ready', '');";
    const supervisor = superviseWorker(settings(), log, { script: script(body), graceMs: 50 });
    await until(() => existsSync(join(folder, 'ready')));
    await supervisor.stop();
    expect(isAlive(Number(starts()[0]?.split(' ')[0]))).toBe(false);
  });
});
