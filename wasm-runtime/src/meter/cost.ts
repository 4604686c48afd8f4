/**
 * The cost model: what one unit of fuel is. A change that can alter any count is a new version.
 *
 * **Weights.** Every instruction weighs 1, except those that stand for no work of their own (`FREE`), which weigh 0.
 *
 * **Segments.** A function body is cut into segments: straight-line code that runs from its first instruction to its
 * last unless a call throws or an instruction traps. A segment begins at the start of the body and after each
 *   - `loop` (a loop header), `if`, `else`, `catch`, `catch_all`, `br_if`;
 *   - `end` of an `if` or `try`, and `delegate`;
 *   - `end` of a `block` that a reachable branch names.
 * Code that validation treats as unreachable (after `br`, `br_table`, `return`, `unreachable`, `throw`, `rethrow` and
 * tail calls, up to a reachable `else`, `catch` or `end`) belongs to no segment. A `catch` is reachable when its `try` is.
 * A segment's weight is the sum over its instructions; the first segment of a function and a loop header weigh at
 * least 1, so that no call and no iteration is free.
 *
 * **Counting.** A segment is counted whole when it is entered. A function whose weight lies in its first segment alone,
 * and that has no loop, takes it from the counter at entry. Every other function adds weights to an accumulator of its
 * own frame and *flushes* it (takes it from the counter, sets it to 0)
 *   - where a branch goes back to a loop; but for a loop that takes values, that a `br_table` names, or that more than
 *     three branches go back to, at its header, header segment included, when it is entered and each time that it goes round;
 *   - at every exit: falling off the end, `return`, a branch to the function's label, a tail call;
 *   - before `throw` and `rethrow`.
 * So a call that returns has been counted exactly: the counter went down by the weight of every instruction executed.
 * When an exception unwinds a frame, or a trap ends it, what the frame had not flushed is not counted: a frame that an
 * exception leaves through is counted up to its last flush. (Catching costs nothing: a handler sees its frame's
 * accumulator as it was.) The loss per frame is at most the weight of one loop-free path through its function and one
 * iteration of a loop, the same on every engine.
 *
 * **Bulk operations** (`BULK_SHIFT`) take their length operand, as an unsigned number, from the counter directly before
 * they run, whether or not they then succeed: bytes for memory.init, memory.copy and memory.fill, elements for table.init,
 * table.copy, table.fill and table.grow, and the 65,536 bytes of each page for memory.grow, which zeroes them. Where that
 * is more than is left, the operation is not run and the fuel becomes -1.
 *
 * **Exhaustion.** The fuel is *looked at*, and below 0 the module executes `unreachable`,
 *   - at every flush but those of exits;
 *   - at tail calls and bulk operations;
 *   - when a function that counts depth is entered, when a handler catches, and when a call of an import is back;
 *   - when a function is left that may use much without any of these (`unseen.ts`).
 * It stays negative, so that whatever runs later traps at its next look. Until one comes, and where a trap loses what
 * live frames have not flushed, counter and work done may be apart by at most one loop-free path for each live frame, calls
 * that nobody looks at included: less than `UNSEEN_FUEL` for a frame that is left, and `MOST_UNSEEN_FUEL` for one that is not, its own
 * instructions aside. The number of frames is bounded by the depth limit. A call may so end by itself
 * with the fuel overdrawn: a host looks at the counter after each call, and then a budget of N allows exactly N.
 *
 * **Depth** is counted in frames of a set of functions (`calls.ts`) that every endless chain of calls goes through. It is
 * how many of them may still be entered: entering takes 1, before anything else but the weight of a function that takes
 * its own at entry; an exit gives it back. Entering at 0 sets the depth to -2,048 and traps, and so does entering
 * from then on. Catching, and coming back from a direct call of an import, trap below 0 of either too, whatever a host did with
 * the first trap. An exception gives nothing back on its way; a reachable handler sets the depth to what it was in its own
 * frame, and so does the return from a direct call of an import, behind which exceptions may have been caught.
 *
 * Calls of imported functions weigh 1 like any call: the host charges what it does on the guest's behalf.
 */
import { OPCODE } from './opcodes.ts';

export const COST_MODEL_VERSION = '2';

/** Instructions that compile to nothing, or that only mark structure. */
const FREE: readonly number[] = [
  OPCODE.unreachable,
  OPCODE.nop,
  OPCODE.block,
  OPCODE.loop,
  OPCODE.else,
  OPCODE.try,
  OPCODE.catch,
  OPCODE.end,
  OPCODE.delegate,
  OPCODE.catchAll,
  OPCODE.drop,
];

const WEIGHTS = new Uint8Array(256).fill(1);
for (const opcode of FREE) WEIGHTS[opcode] = 0;

/** The weight of an instruction, in fuel. Prefixed instructions (`opcode` above 255) all weigh 1. */
export function weightOf(opcode: number): number {
  return WEIGHTS[opcode] ?? 1;
}

/** Least weight of a function's first segment and of a loop header. */
export const MINIMUM_WEIGHT = 1;

/** For each bulk operation, by how many bits its length operand is shifted left to give its additional cost. */
const BULK_SHIFT: ReadonlyMap<number, number> = new Map([
  [OPCODE.memoryInit, 0],
  [OPCODE.memoryCopy, 0],
  [OPCODE.memoryFill, 0],
  [OPCODE.tableInit, 0],
  [OPCODE.tableCopy, 0],
  [OPCODE.tableGrow, 0],
  [OPCODE.tableFill, 0],
  [OPCODE.memoryGrow, 16],
]);

const MEMORY_GROW: number = OPCODE.memoryGrow;
const FIRST_PREFIXED = 0xfc00;

/** The shift of a bulk operation's length operand; undefined for every other instruction. */
export function bulkShift(opcode: number): number | undefined {
  return opcode >= FIRST_PREFIXED || opcode === MEMORY_GROW ? BULK_SHIFT.get(opcode) : undefined;
}
