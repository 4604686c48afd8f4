/** Builds the JavaScript engine's files once for a test file, and opens sessions on them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ALL_GUEST_FILES, type GuestFile } from '../../../../wasm-runtime/src/engines/javascript/boot.ts';
import { buildJavaScript, type JavaScriptFiles } from '../../../../wasm-runtime/src/engines/javascript/build.ts';
import { restoreJavaScript } from '../../../../wasm-runtime/src/engines/javascript/engine.ts';
import type { Engine, EngineStepEnd } from '../../../../wasm-runtime/src/engines/engine.ts';
import { GuestTrap } from '../../../../wasm-runtime/src/gate/trap.ts';
import type { Begin } from '../../../../wasm-runtime/src/hosts/protocol.ts';
import { Collector, type Collected } from '../../../../wasm-runtime/src/run/collector.ts';
import {
  DEFAULT_EPOCH_MS,
  DEFAULT_LIMITS,
  DEFAULT_SEED,
  type Limits,
  type StepEvent,
} from '../../../../wasm-runtime/src/run/program.ts';

const published = dirname(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const guestFolder = new URL('../../../../wasm-runtime/src/engines/javascript/guest/', import.meta.url);

export const wasm = new Uint8Array(readFileSync(join(published, 'emscripten-module.wasm')));
export const glueSource = readFileSync(join(published, 'emscripten-module.browser.mjs'), 'utf8');
// Every file of the list is read, so every key is there.
export const guest = Object.fromEntries(
  ALL_GUEST_FILES.map((file) => [file, readFileSync(new URL(file, guestFolder), 'utf8')]),
) as Record<GuestFile, string>;

let built: Promise<JavaScriptFiles> | undefined;

export function javaScriptFiles(): Promise<JavaScriptFiles> {
  built ??= buildJavaScript({ wasm, glueSource, guest });
  return built;
}

export interface RunStepOptions {
  parameters?: Record<string, unknown>;
  events?: StepEvent[];
  fuel?: number;
  interactive?: boolean;
  filename?: string;
}

export interface Ran extends Collected, EngineStepEnd {
  trap: GuestTrap | null;
  fuel: number;
  stdout: string;
  stderr: string;
  /** `text/plain` of the step's value. */
  result: string | undefined;
}

export interface Session {
  engine: Engine;
  run(source: string, options?: RunStepOptions): Ran;
}

export async function openSession(limits: Partial<Limits> = {}, begin: Partial<Begin> = {}): Promise<Session> {
  const engine = await restoreJavaScript(await javaScriptFiles());
  return startSession(engine, limits, begin);
}

let shared: Promise<Session> | undefined;

/** One session for all tests of a file that leave nothing behind; each wraps what it declares in a block. */
export function sharedSession(): Promise<Session> {
  shared ??= openSession();
  return shared;
}

export function startSession(engine: Engine, limits: Partial<Limits> = {}, begin: Partial<Begin> = {}): Session {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const collector = new Collector(all);
  engine.begin(
    {
      seed: DEFAULT_SEED,
      epoch_ms: DEFAULT_EPOCH_MS,
      clock: 'virtual',
      limits: all,
      limits_for: 'run',
      inputs: [],
      ...begin,
    },
    collector,
  );
  return {
    engine,
    run(source, { parameters = {}, events = [], fuel = all.fuel, interactive = false, filename = 'cell' } = {}) {
      collector.beginStep();
      let end: EngineStepEnd = { error: null, events_used: 0 };
      let trap: GuestTrap | null = null;
      try {
        end = engine.run({
          step: { object_id: 'cell', language: 'javascript', source, parameters, events },
          fuel: BigInt(fuel),
          interactive,
          filename,
          isInterrupted: () => false,
          onInterrupt: () => undefined,
        });
      } catch (error) {
        if (!(error instanceof GuestTrap)) throw error;
        trap = error;
      }
      const collected = collector.endStep();
      return { ...collected, ...end, trap, fuel: engine.fuelUsed(), ...textsOf(collected) };
    },
  };
}

function textsOf({ outputs }: Collected): Pick<Ran, 'stdout' | 'stderr' | 'result'> {
  const stream = (name: string) =>
    outputs.map((output) => (output.type === 'stream' && output.name === name ? output.text : '')).join('');
  const value = outputs.find((output) => output.type === 'result');
  const plain = value?.type === 'result' ? value.data['text/plain'] : undefined;
  return { stdout: stream('stdout'), stderr: stream('stderr'), result: typeof plain === 'string' ? plain : undefined };
}
