/** What an exception that left a guest module means. The module is hostile: its exception is looked at, never believed. */
import { GuestTrap } from '../gate/trap.ts';

/** The parts of a gate that tell why a module stopped. */
export interface StopState {
  readonly trap: GuestTrap | null;
  readonly tooDeep: boolean;
  readonly exhausted: boolean;
}

/** The limits that a module enforces by itself. */
export interface ModuleLimits {
  /** Fuel that the step was given. */
  readonly fuel: bigint;
  /** Counted frames that may be live at once: the meter's `maxDepth`. */
  readonly depth: number;
}

/**
 * @param error what left the module: a trap of WebAssembly, an exception of an import, or the host's own stack overflow
 * @returns the reason to record. The first that was latched counts; the counters say the rest. After any of them the
 * instance is dead.
 */
export function trapOf(error: unknown, gate: StopState, limits: ModuleLimits): GuestTrap {
  if (gate.trap) return gate.trap;
  if (error instanceof GuestTrap) return error;
  if (gate.tooDeep) return tooDeep(limits.depth);
  if (gate.exhausted) {
    const allowed = Number(limits.fuel);
    return new GuestTrap('limit', 'FUEL', `the fuel limit of ${allowed} was reached`, {
      limit: allowed,
      used: allowed,
    });
  }
  if (isStackOverflow(error)) {
    // Where it happens depends on the host, so it is none of the program's limits, and no replay confirms it.
    return new GuestTrap(
      'internal',
      'HOST_FAILED',
      "this host's stack ended before the limit on nested calls was reached",
    );
  }
  const fault = new GuestTrap('violation', 'ENGINE_FAULT', 'the engine failed on this program, which ended it');
  // For whoever mends the host; it never enters a record.
  fault.cause = error;
  return fault;
}

/** V8 and JavaScriptCore throw a RangeError, SpiderMonkey an InternalError. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'InternalError');
}

function tooDeep(depth: number): GuestTrap {
  return new GuestTrap('limit', 'DEPTH', `the limit of ${depth} nested calls was reached`, {
    limit: depth,
    used: depth,
  });
}
