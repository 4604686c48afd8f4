/** Sandboxes as processes of Node, and environments from a folder. Each process is one run or kernel, and then gone. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { EnvironmentManifest, type EnvironmentFile, type EnvironmentSource } from '../environment/manifest.ts';
import { once } from '../environment/once.ts';
import { PACKAGE_ROOT } from '../environment/package-root.ts';
import { jsonDigest, rememberDigest } from '../run/digest.ts';
import { RunFailure } from '../run/failure.ts';
import type { Limits } from '../run/program.ts';
import { Check } from '../run/schema.ts';
import { encodeFrame, FrameReader, NoRoomError, packToSandbox, unpackFromSandbox, type Hasher } from './frames.ts';
import type { ExitReason, Host, SandboxConnection, ToSandbox } from './protocol.ts';
import { openPlacedPipe } from './placed-pipe.ts';
import { startProcess, type Launch } from './spawn.ts';

export { listDefinitions, readDefinition } from '../environment/definition.ts';
export { startProcess, type Launch };

export interface NodeHostOptions {
  /** Default: `launchPlainly`. */
  launch?: (script: string, options: { cpu_ms: number }) => Launch;
}

/** The script that runs in a sandbox process: one file, bundled by the build. */
export const SANDBOX_SCRIPT = path.join(PACKAGE_ROOT, 'dist/sandbox/child.cjs');

/** Where the build puts environments. */
export const ENVIRONMENTS_FOLDER = path.join(PACKAGE_ROOT, 'dist/environments');

/**
 * Flags of the sandbox process, in a jail or not. A larger stack than the default keeps native overflow far from the depth guard.
 * A function is validated when it is first compiled: modules were checked by digest, and most of their functions never run. And it is
 * optimised later than V8 would: CPython's interpreter is one function of a size that uses up the usual budget every few dozen
 * bytecodes, again and again while one call of it runs, and most runs are over before optimising it has paid.
 */
export const SANDBOX_NODE_FLAGS = [
  '--stack-size=3900',
  '--wasm-lazy-validation',
  '--wasm-tiering-budget=100000000',
  '--disallow-code-generation-from-strings',
  '--no-addons',
] as const;

const MAX_DIAGNOSTIC_BYTES = 8192;

/** For what is read before its place is known: beginnings of frames. */
const SPARE_BYTES = 65_536;

/** A jail passes a death by signal on as shells do: 128 and the signal's number. */
const CPU_LIMIT_STATUS = 128 + constants.signals.SIGXCPU;

/** What a sandbox may send before it has begun: short answers. */
const START_ALLOWANCE_BYTES = 2 ** 20;

/**
 * Most bytes that an honest sandbox sends before it is spoken to again; a compromised one cannot make its host hold more. An output is
 * sent as a preview and in the answer, and in the worst case each of its bytes is a message of its own of about 100 bytes.
 */
function answerAllowance({ max_output_kb, max_artifact_kb, max_artifacts }: Limits): number {
  return 1024 * (256 * max_output_kb + max_artifact_kb + max_artifacts) + START_ALLOWANCE_BYTES;
}

export function createNodeHost(options: NodeHostOptions = {}): Host {
  const launch = options.launch ?? launchPlainly;
  return {
    name: `node-${process.versions.node}`,
    async open({ cpu_ms }) {
      if (!existsSync(SANDBOX_SCRIPT)) {
        throw new RunFailure('HOST_FAILED', `the sandbox script is missing (${SANDBOX_SCRIPT}): run \`npm run build\``);
      }
      return ProcessConnection.open(launch(SANDBOX_SCRIPT, { cpu_ms }));
    },
  };
}

/**
 * A sandbox process without a jail. Node's permission model is a second wall behind WebAssembly's: code that broke out of the engine
 * finds a Node that may read this one file, and start nothing. It does not wall off the network; the jail does.
 */
export function launchPlainly(script: string): Launch {
  const model = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  return {
    command: process.execPath,
    // Older Nodes warn of the model, which is of no use to a reader of a program's output.
    args: [...SANDBOX_NODE_FLAGS, model, `--allow-fs-read=${script}`, '--no-warnings', script],
    env: {},
  };
}

function newHasher(): Hasher {
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), digest: () => `sha256:${hash.digest('hex')}` };
}

class ProcessConnection implements SandboxConnection {
  readonly #child: ChildProcess;
  readonly #output: Readable | null;
  readonly #reader: FrameReader;
  #onMessage: ((message: unknown) => void) | undefined;
  #onExit: ((reason: ExitReason) => void) | undefined;
  #closed = false;
  #diagnostics = '';
  #received = 0;
  #allowance = START_ALLOWANCE_BYTES;

  static async open(launch: Launch): Promise<ProcessConnection> {
    const spare = new Uint8Array(SPARE_BYTES);
    let connection: ProcessConnection | undefined;
    const pipe = await openPlacedPipe({
      place: () => (connection ? connection.#reader.place : undefined) ?? spare,
      took: (bytes) => (connection ? connection.#receive(bytes) : false),
    });
    try {
      const child = startProcess(launch, pipe?.writing);
      const opened = new ProcessConnection(child, pipe?.reading ?? child.stdout);
      connection = opened;
      if (!pipe) child.stdout?.on('data', (chunk: Buffer) => opened.#receive(chunk));
      return opened;
    } finally {
      // The process has its own, if it was started.
      pipe?.writing.destroy();
    }
  }

  private constructor(child: ChildProcess, output: Readable | null) {
    this.#child = child;
    this.#output = output;
    const outputEnded = output && new Promise<void>((resolve) => output.once('close', resolve));
    this.#reader = new FrameReader(
      (frame, digests) => {
        digests.forEach((digest, index) => {
          const part = frame.parts[index];
          if (part && digest !== undefined) rememberDigest(part, digest);
        });
        this.#onMessage?.(unpackFromSandbox(frame));
      },
      newHasher,
      // What has come is counted before it is read.
      () => this.#allowance,
    );
    child.stderr?.on('data', (chunk: Buffer) => {
      if (this.#diagnostics.length < MAX_DIAGNOSTIC_BYTES) this.#diagnostics += chunk.toString('utf8');
    });
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) => this.#exit({ cause: 'crash', detail: error.message }));
    child.on('close', (code, signal) => {
      const cpu = signal === 'SIGXCPU' || code === CPU_LIMIT_STATUS;
      const cause = cpu ? 'cpu' : /out of memory/i.test(this.#diagnostics) ? 'memory' : 'crash';
      const first = this.#diagnostics.split('\n').find((line) => line.trim() !== '') ?? '';
      const detail = `${signal ?? `exit code ${code}`}${first ? `, ${first.slice(0, 300)}` : ''}`;
      // What it said before it ended is heard first.
      void Promise.resolve(outputEnded).then(() => this.#exit({ cause, detail }));
    });
  }

  /** @returns false when nothing more is to be read */
  #receive(bytes: Uint8Array): boolean {
    if (this.#closed) return false;
    this.#received += bytes.length;
    if (this.#received > this.#allowance) this.#exit({ cause: 'crash', detail: 'it sent more than it may' });
    else
      try {
        this.#reader.push(bytes);
      } catch (error) {
        const detail = error instanceof NoRoomError ? 'it sent more than it may' : 'it sent bytes that are no message';
        this.#exit({ cause: 'crash', detail });
      }
    return !this.#closed;
  }

  send(message: ToSandbox): void {
    if (message.kind === 'begin') this.#allowance = answerAllowance(message.begin.limits);
    this.#received = 0;
    const { stdin } = this.#child;
    stdin?.cork();
    for (const part of encodeFrame(packToSandbox(message))) stdin?.write(part);
    stdin?.uncork();
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage = listener;
  }

  onExit(listener: (reason: ExitReason) => void): void {
    this.#onExit = listener;
  }

  /** A process whose only thread is busy reads nothing, and shares no memory with this one. */
  interrupt(): boolean {
    return false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#child.kill('SIGKILL');
    this.#output?.destroy();
  }

  #exit(reason: ExitReason): void {
    if (this.#closed) return;
    this.close();
    this.#onExit?.(reason);
  }
}

/** The `env_version` that each name (`python`) stands for now. @throws RunFailure ENVIRONMENT_UNKNOWN when none is built */
export async function currentEnvironments(folder: string = ENVIRONMENTS_FOLDER): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path.join(folder, 'index.json'), 'utf8').catch((error: unknown) => {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', 'no environment is built yet: run `npm run build`', { cause: error });
  });
  // Written by the build.
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}

/**
 * Environments in a folder of folders, each named by the hex digest of its manifest. Every file is checked when it is read, once: what
 * had its digest stays in memory, some 50 MB for an environment with both engines.
 */
export function directoryEnvironments(folder: string = ENVIRONMENTS_FOLDER): EnvironmentSource {
  const manifests = new Map<string, Promise<EnvironmentManifest>>();
  const files = new Map<string, Promise<Uint8Array>>();
  const folderOf = (envVersion: string) => path.join(folder, envVersion.slice(envVersion.indexOf(':') + 1));
  return {
    manifest: (envVersion) => once(manifests, envVersion, () => readManifest(folderOf(envVersion), envVersion)),
    file: (envVersion, file) =>
      once(files, `${envVersion}/${file.file}/${file.digest}`, () =>
        readChecked(folderOf(envVersion), envVersion, file),
      ),
  };
}

async function readChecked(folder: string, envVersion: string, file: EnvironmentFile): Promise<Uint8Array> {
  const bytes = await readFile(path.join(folder, file.file)).catch((error: unknown) => {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `the environment ${envVersion} lacks its file ${file.file}`, {
      cause: error,
    });
  });
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (digest !== file.digest) {
    throw new RunFailure(
      'ENVIRONMENT_UNKNOWN',
      `the file ${file.file} of ${envVersion} has the digest ${digest}, not ${file.digest}`,
    );
  }
  return bytes;
}

async function readManifest(folder: string, envVersion: string): Promise<EnvironmentManifest> {
  let manifest: unknown;
  try {
    if (!/^[a-z][a-z0-9-]*@sha256:[0-9a-f]{64}$/.test(envVersion)) throw new Error('not an env_version');
    manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
  } catch (error) {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `the environment ${envVersion} is not here`, { cause: error });
  }
  if (!Check(EnvironmentManifest, manifest) || `${manifest.name}@${jsonDigest(manifest)}` !== envVersion) {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `the manifest of ${envVersion} does not have its digest`);
  }
  return manifest;
}
