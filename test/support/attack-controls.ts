/** Engines without our walls, as processes: what attacks do there shows that their tests can fail. Cases of our own only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Language } from '@praxis/wasm-runtime';
import type { AttackCase, ControlEngine } from './attack-corpus.ts';
import { CANARY, FORGED, type AttackWorld } from './attack-world.ts';

/** What can be seen of a program that nothing holds back; the words of `control_saw`. */
export type Sight =
  | 'PWNED'
  | 'PWNED the second time'
  | 'host text leaked'
  | 'reached the listener'
  | 'forged text on stdout'
  | 'control characters on stdout'
  | 'printed over 8 MiB'
  | 'two runs differ'
  | 'ended as if nothing had failed'
  | 'exception in the host'
  | 'engine died without an answer'
  | 'still running';

const SCRIPTS: Readonly<Record<ControlEngine, Partial<Record<Language, string>>>> = {
  'stock-node': { python: 'stock-pyodide.mjs', javascript: 'stock-quickjs.mjs' },
  'node-vm': { javascript: 'node-vm.mjs' },
};
/** A program without end is watched for so long, and would run on; any other ends by itself, or hangs. */
const WATCHED_MS = 1000;
const HANGS_MS = 50_000;
const LATE_MS = 10_000;
const FLOOD_BYTES = 8 << 20;
/** Stands before what the child itself says: see controls/protocol.mjs. */
const MARK = '\u001e';
const ESCAPE = '\u001b';

interface Fared {
  output: string;
  how: 'ended' | 'died' | 'running' | 'flooded';
  /** The exception that the host of the engine got. */
  error: string | null;
}

/** One process of an engine, started when it is first needed and again when a program has ended it. */
export class Control {
  readonly #script: string;
  readonly #world: AttackWorld;
  #child: ChildProcess | undefined;
  #said = '';
  #notify: () => void = () => undefined;

  constructor(engine: ControlEngine, language: Language, world: AttackWorld) {
    const script = SCRIPTS[engine][language];
    if (script === undefined) throw new Error(`${engine} has no ${language}`);
    this.#script = fileURLToPath(new URL(`../security/controls/${script}`, import.meta.url));
    this.#world = world;
  }

  /** Runs a case and says all that was seen of it. */
  async sights(entry: AttackCase): Promise<Sight[]> {
    const { connections } = this.#world;
    const patient = entry.control_saw !== 'still running';
    // What differs, and what dies, must not do so because of what went before.
    const isTwice = entry.control_saw === 'two runs differ';
    if (isTwice || entry.control_saw === 'engine died without an answer') this.close();
    const first = await this.#run(entry, patient);
    const hostTexts = [CANARY, ...(entry.expect.must_not_print ?? [])].filter((it) => it !== 'PWNED');
    const seen: [Sight, boolean][] = [
      ['PWNED', first.output.includes('PWNED')],
      ['host text leaked', hostTexts.some((it) => first.output.includes(it))],
      ['forged text on stdout', first.output.includes(FORGED)],
      ['control characters on stdout', first.output.includes(ESCAPE)],
      ['printed over 8 MiB', first.how === 'flooded'],
      ['engine died without an answer', first.how === 'died'],
      ['still running', first.how === 'running'],
      ['exception in the host', first.error?.startsWith('RangeError: Maximum call stack') === true],
      ['ended as if nothing had failed', first.how === 'ended' && first.error === null],
    ];
    if (isTwice) {
      this.close();
      const second = await this.#run(entry, patient);
      seen.push(['two runs differ', second.how === 'ended' && first.how === 'ended' && second.output !== first.output]);
    }
    if (entry.control_saw === 'PWNED the second time' && !first.output.includes('PWNED')) {
      seen.push(['PWNED the second time', (await this.#run(entry, patient)).output.includes('PWNED')]);
    }
    // A connection may still be on its way when the program has ended.
    const awaited = entry.control_saw === 'reached the listener' ? LATE_MS : 0;
    for (let waited = 0; waited < awaited && this.#world.connections === connections; waited += 50) await delay(50);
    seen.push(['reached the listener', this.#world.connections > connections]);
    return seen.flatMap(([sight, isSeen]) => (isSeen ? [sight] : []));
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #run(entry: AttackCase, patient: boolean): Promise<Fared> {
    const child = this.#child ?? (await this.#start());
    this.#said = '';
    child.stdin?.write(`${JSON.stringify({ id: entry.id, code: this.#world.codeOf(entry) })}\n`);
    const begun = `${MARK}${JSON.stringify({ begin: entry.id })}\n`;
    let watched: NodeJS.Timeout | undefined;
    let isLate = false;
    try {
      for (;;) {
        const start = this.#said.indexOf(begun) + begun.length;
        const end = this.#said.lastIndexOf(`${MARK}{"end":`);
        const output = this.#said.slice(start, end >= start ? end : undefined);
        const over = (how: Fared['how'], error: string | null = null): Fared => ({ output, how, error });
        if (end >= start && this.#said.endsWith('\n')) {
          // Written by the child.
          const { error } = JSON.parse(this.#said.slice(end + 1)) as { error: string | null };
          return over('ended', error);
        }
        if (child.exitCode !== null || child.signalCode !== null) {
          this.#child = undefined;
          return over('died');
        }
        if (output.length > FLOOD_BYTES || isLate) {
          this.close();
          return over(isLate ? 'running' : 'flooded');
        }
        watched ??= setTimeout(
          () => {
            isLate = true;
            this.#notify();
          },
          patient ? HANGS_MS : WATCHED_MS,
        );
        await new Promise<void>((resolve) => (this.#notify = resolve));
      }
    } finally {
      clearTimeout(watched);
    }
  }

  async #start(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [this.#script], {
      cwd: this.#world.folder,
      env: { ...process.env, HOST_CANARY: CANARY },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      this.#notify();
    });
    // Engines that die say why at length.
    child.stderr?.resume();
    child.stdin?.on('error', () => undefined);
    child.on('close', () => this.#notify());
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#notify = () => {
          if (this.#said.includes(`${MARK}{"ready":true}\n`)) resolve();
        };
      }),
      once(child, 'close').then(() => {
        throw new Error(`${this.#script} did not start`);
      }),
    ]);
    return child;
  }
}
