/** The virtual world of one engine: everything that its system calls can see or change. */
import type { Clock } from './clock.ts';
import type { Entropy } from './entropy.ts';
import type { FileSystem } from './files.ts';

/**
 * A sandbox makes one for each engine, and gives it to `createSyscalls`, whose functions serve the engine for its whole life:
 * ```ts
 * const world: World = {
 *   clock: new VirtualClock({ fuelUsed: () => gate.used(), epochMs: BOOT_EPOCH_MS }),
 *   entropy: new SeededEntropy('boot', BOOT_SEED),
 *   files: new FileSystem({ now: () => world.clock.peek(), charge }),
 *   ...
 * };
 * connectStreams(world.files, streamHost);
 * ```
 * At the beginning of guest mode it seals the files, calls `begin` of the virtual clock (or puts a live one here), and puts
 * an entropy of the program's seed here.
 */
export interface World {
  readonly files: FileSystem;
  clock: Clock;
  entropy: Entropy;
  /** The environment variables, in order; it does not change once the engine has started. */
  readonly environment: ReadonlyMap<string, string>;
  /** The guest's linear memory; asked at every call. */
  memory(): WebAssembly.Memory;
  /** The module's `emscripten_builtin_memalign`: an address, or 0 when there is no room. It runs guest code. */
  allocate(alignment: number, size: number): number;
  /** All the fuel that the engine has used so far. */
  fuelUsed(): bigint;
  /** Charges fuel for work that a call did beyond being called: about one unit for each byte moved. May throw a trap. */
  charge(units: number): void;
}
