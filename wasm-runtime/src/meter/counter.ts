/**
 * The one counter of a metered module: an i64 global that holds fuel and depth, so that a call costs one change of it.
 * The low bits count the frames that were entered, upwards from where the limit sets a bit of its own; above them is the
 * fuel, so that the counter is negative exactly when the fuel is.
 */
/** Name under which a metered module exports it. */
export const COUNTER_EXPORT = '__counter';
/** Module under which a library asks for that of the module it is linked to, by the same name. */
export const COUNTER_MODULE = 'env';

const DEPTH_BITS = 13;
/** What one unit of fuel is worth in the counter. */
export const FUEL_UNIT: number = 2 ** DEPTH_BITS;
/** Shifts an amount of fuel to where the counter holds it. */
export const FUEL_SHIFT: number = DEPTH_BITS;
/** The bits of depth, and the one among them that is set when the depth is negative. */
export const DEPTH_MASK: number = FUEL_UNIT - 1;
export const TOO_DEEP: number = FUEL_UNIT / 2;
/** What the bits become when depth is exhausted: no number of returns makes it positive, and no call more negative. */
export const DEPTH_EXHAUSTED: number = TOO_DEEP + TOO_DEEP / 2 - 1;

/** Most fuel that the counter holds, 2^50 less one. */
export const MAX_FUEL: bigint = (1n << BigInt(63 - DEPTH_BITS)) - 1n;
/** Most counted frames that may be live at once. */
export const MAX_DEPTH: number = DEPTH_EXHAUSTED - TOO_DEEP;

export interface Counts {
  /** Units left; negative when they ran out. */
  readonly fuel: bigint;
  /** Counted frames that may still be entered; negative when more were asked for. */
  readonly depth: number;
}

/** @param counts fuel from -2^50 to 2^50-1, depth from -4,096 to 4,095 */
export function packCounter({ fuel, depth }: Counts): bigint {
  return (fuel << BigInt(DEPTH_BITS)) + BigInt(TOO_DEEP - 1 - depth);
}

/** Takes the value of a module's counter apart. */
export function readCounter(counter: bigint): Counts {
  const entered = Number(BigInt.asUintN(DEPTH_BITS, counter));
  return { fuel: counter >> BigInt(DEPTH_BITS), depth: TOO_DEEP - 1 - entered };
}
