/** Replays in sandboxes of wasm-runtime, one process each; the next one is started while nobody waits for it. */
import { DEFAULT_LIMITS, prewarm, type Program, replay, run, type RunOptions } from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments, type NodeHostOptions } from '@praxis/wasm-runtime/node';
import type { Logger } from 'pino';
import type { Replayer, ReplayRequest } from './replayer.ts';

export interface WasmReplayerOptions {
  /** Folder of built environments. */
  environments: string;
  /** How sandboxes are confined; absent: WebAssembly and Node's own permissions alone. */
  launch: NonNullable<NodeHostOptions['launch']> | null;
  /** The environment that the first claim will probably need; null: none is known. */
  expected: string | null;
  log: Logger;
}

type Prewarmed = NonNullable<RunOptions['prewarmed']>;

interface Warm {
  env_version: string;
  sandbox: Promise<Prewarmed | null>;
}

export function wasmReplayer({ environments: folder, launch, expected, log }: WasmReplayerOptions): Replayer {
  const host = createNodeHost(launch === null ? {} : { launch });
  const environments = directoryEnvironments(folder);
  let warm: Warm | null = null;

  /** A sandbox that has restored Python already, for the environment that was used last. */
  function warmUp(envVersion: string): void {
    const sandbox = prewarm({
      host,
      environments,
      env_version: envVersion,
      cpu_ms: DEFAULT_LIMITS.cpu_ms,
      engines: ['python'],
    }).catch((error: unknown) => {
      // The next run starts its own, and says what is wrong if something is.
      log.info({ error: error instanceof Error ? error.message : 'unknown' }, 'no sandbox was warmed up');
      return null;
    });
    warm = { env_version: envVersion, sandbox };
  }

  async function takeWarm(program: Program): Promise<Prewarmed | null> {
    const candidate = warm;
    // The jail's limit of processor time was fixed when the sandbox began.
    if (candidate?.env_version !== program.env_version || program.limits.cpu_ms !== DEFAULT_LIMITS.cpu_ms) return null;
    warm = null;
    return candidate.sandbox;
  }

  async function cool(): Promise<void> {
    const candidate = warm;
    warm = null;
    (await candidate?.sandbox)?.close();
  }

  async function withOptions<T>(
    { program, inputs, signal }: ReplayRequest,
    work: (options: RunOptions) => Promise<T>,
  ): Promise<T> {
    const prewarmed = await takeWarm(program);
    try {
      return await work({ host, environments, inputs, signal, ...(prewarmed === null ? {} : { prewarmed }) });
    } finally {
      // `replay` may decide without a run; closing twice does nothing.
      prewarmed?.close();
      await cool();
      if (!signal.aborted) warmUp(program.env_version);
    }
  }

  if (expected !== null) warmUp(expected);

  return {
    host: host.name,
    jailed: launch !== null,
    replay: (request, record) => withOptions(request, (options) => replay(request.program, record, options)),
    run: (request) => withOptions(request, (options) => run(request.program, options)),
    close: cool,
  };
}
