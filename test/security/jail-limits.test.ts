/** A sandbox in the jail that takes more than it is given, will not end, or floods its host: bounded, and the next one is clean. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS } from '@praxis/wasm-runtime';
import { createNodeHost, startProcess, type Launch } from '@praxis/wasm-runtime/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JailParts } from '../../server/src/replay/jail-command.ts';
import { detectJail, jailParts } from '../../server/src/replay/jail.ts';
import { launchCompromised, listen, outcomes, type Attempt, type Confinement } from './jail/run.ts';

const jail = await detectJail();
const HOST = fileURLToPath(new URL('jail/host.mjs', import.meta.url));

describe.skipIf(!jail.available)(`a jailed sandbox${jail.available ? '' : ` (skipped: ${jail.reason})`}`, () => {
  let parts: JailParts;
  beforeAll(async () => {
    parts = await jailParts();
  });

  /** Starts the compromised sandbox as a host does. `edit` changes the command. */
  async function open(attempt: Attempt, confinement: Confinement = 'whole', edit = (launch: Launch): Launch => launch) {
    const host = createNodeHost({ launch: () => edit(launchCompromised(parts, confinement, [attempt])) });
    return host.open({ cpu_ms: 1000 });
  }

  async function ending(attempt: Attempt, edit?: (launch: Launch) => Launch) {
    const connection = await open(attempt, 'whole', edit);
    return new Promise((fulfil) => connection.onExit(fulfil));
  }

  const replaceFlag =
    (start: string, flag: string) =>
    (launch: Launch): Launch => ({
      ...launch,
      args: launch.args.map((argument) => (argument.startsWith(start) ? flag : argument)),
    });

  const works = async (): Promise<void> => expect(await outcomes(parts, 'whole', [['environment']])).toEqual([['PWD']]);

  describe('processor time', () => {
    const limited = replaceFlag('--cpu=', '--cpu=1:2');

    it('ends at its limit, and the host knows why', async () => {
      expect(await ending(['burn'], limited)).toMatchObject({ cause: 'cpu' });
      await works();
    });

    it('ends although the signal is caught', async () => {
      expect(await ending(['burn_stubbornly'], limited)).toMatchObject({ cause: 'crash', detail: 'exit code 137' });
    });

    it('is limited by what the launch was asked for', async () => {
      const { args } = launchCompromised(parts, 'whole', [['burn']]);
      expect(args).toContain('--cpu=20:22');
    });
  });

  describe('memory', () => {
    // Node 24 reserves 570 MiB that count as data before it begins.
    const dataBytes = 1024 * 2 ** 20;
    const more = String(2048);

    it.each(['memory', 'webassembly_memory'])('%s is refused past its limit, and given without', async (kind) => {
      const { stdout, stderr } = await listen(launchCompromised({ ...parts, dataBytes }, 'whole', [[kind, more]]));
      // Node may report the refusal, or die of it.
      expect(`${stdout}${stderr}`).toMatch(/RangeError|ERR_MEMORY_ALLOCATION_FAILED|out of memory/);
      expect(stdout).not.toContain('done');
      expect(await outcomes(parts, 'none', [[kind, more]])).toEqual(['done']);
    });

    it('of objects ends the process, and the host knows why', async () => {
      const reason = await ending(['heap'], replaceFlag('--max-old-space-size=', '--max-old-space-size=64'));
      expect(reason).toMatchObject({ cause: 'memory' });
      await works();
    });
  });

  it('costs one run when it crashes', async () => {
    expect(await ending(['crash'])).toMatchObject({ cause: 'crash' });
    await works();
  });

  describe('what it says to its host', () => {
    it('ends it when it is no message', async () => {
      expect(await ending(['noise'])).toEqual({ cause: 'crash', detail: 'it sent bytes that are no message' });
    });

    it('ends it when a message has no end', async () => {
      expect(await ending(['endless_frame'])).toEqual({ cause: 'crash', detail: 'it sent more than it may' });
    });

    it('ends it when there is no end of messages', async () => {
      const connection = await open(['endless_messages']);
      let messages = 0;
      connection.onMessage(() => void messages++);
      expect(await new Promise((fulfil) => connection.onExit(fulfil))).toEqual({
        cause: 'crash',
        detail: 'it sent more than it may',
      });
      // 8 bytes of lengths and `{"kind":"begun"}`; 1 MiB before the run begins.
      expect(messages).toBeLessThanOrEqual(2 ** 20 / 24);
    });

    it('is bounded by the limits of the run, once that has begun', async () => {
      const connection = await open(['endless_messages']);
      let messages = 0;
      connection.onMessage(() => void messages++);
      const limits = { ...DEFAULT_LIMITS, max_output_kb: 1, max_artifact_kb: 1024, max_artifacts: 0 };
      connection.send({
        kind: 'begin',
        begin: { seed: '', epoch_ms: 0, clock: 'virtual', limits, limits_for: 'run', inputs: [] },
      });
      await new Promise((fulfil) => connection.onExit(fulfil));
      expect(messages).toBeGreaterThan(2 ** 20 / 24);
      expect(messages).toBeLessThanOrEqual((2 ** 20 + 1024 * (256 + 1024)) / 24);
    });
  });

  describe('an end that it does not want', () => {
    /** The marker is an argument of every process of one launch: limits, walls, Node. */
    async function marked(marker: string): Promise<number> {
      const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const commands = await Promise.all(
        processes.map((name) => readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')),
      );
      return commands.filter((command) => command.includes(marker)).length;
    }

    async function gone(marker: string): Promise<void> {
      while ((await marked(marker)) > 0) await new Promise((fulfil) => setTimeout(fulfil, 20));
    }

    it('comes when its host closes it', async () => {
      const marker = randomUUID();
      const child = startProcess(launchCompromised(parts, 'whole', [['hang', marker]]));
      if (child.stdout) await once(child.stdout, 'data');
      expect(await marked(marker)).toBeGreaterThanOrEqual(3);
      child.kill('SIGKILL');
      await gone(marker);
    });

    it('comes when its host dies', async () => {
      const marker = randomUUID();
      const launch = launchCompromised(parts, 'whole', [['hang', marker]]);
      const host = hostProcess(launch, 'ignore');
      if (host.stdout) await once(host.stdout, 'data');
      expect(await marked(marker)).toBeGreaterThanOrEqual(4);
      host.kill('SIGKILL');
      await gone(marker);
    });
  });

  describe('a folder that whoever started the host left open', () => {
    const attempts: Attempt[] = [['descriptors']];

    it('does not go along into the jail', async () => {
      expect(await hear(hostProcess(launchCompromised(parts, 'whole', attempts), openSync('/', 'r')))).toBe('[[]]');
    });

    it('goes along from a host that does not look (control)', async () => {
      const launch = { ...launchCompromised(parts, 'none', attempts), env: {} };
      expect(await hear(hostProcess(launch, openSync('/', 'r'), 'careless'))).toBe('[[60]]');
    });
  });

  it('is heard in full by the tests themselves', async () => {
    const { stdout, stderr, code } = await listen(launchCompromised(parts, 'whole', [['environment'], ['spawn']]));
    expect({ stdout, stderr, code }).toEqual({ stdout: '[["PWD"],"ERR_ACCESS_DENIED"]', stderr: '', code: 0 });
  });
});

/** Pipes for the standard streams, and something on descriptor 60: Node looks after its own descriptors and the lowest. */
function streams(extra: 'ignore' | number): ('pipe' | 'ignore' | number)[] {
  return [...(['pipe', 'pipe', 'pipe'] as const), ...Array.from({ length: 57 }, () => 'ignore' as const), extra];
}

function hostProcess({ command, args, env, descriptors = [] }: Launch, extra: 'ignore' | number, care = 'careful') {
  const launch = { command, args, env, descriptors: descriptors.map((bytes) => Buffer.from(bytes).toString('base64')) };
  return spawn(process.execPath, [HOST, JSON.stringify(launch), care], { stdio: streams(extra), env: {} });
}

async function hear({ stdout }: ChildProcess): Promise<string> {
  return stdout ? text(stdout) : '';
}
