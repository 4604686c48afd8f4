/**
 * How often code is likely to run, guessed from its text alone, so that counting code goes where it runs least. A wrong
 * guess costs time and no count. The guesses follow Ball and Larus, "Branch Prediction for Free" (PLDI 1993), and Wu and
 * Larus, "Static Branch Frequency and Program Profile Analysis" (MICRO 1994). The arithmetic is exact on every engine's
 * numbers alike: products, quotients and sums of doubles.
 */
import { type BodyDecoder } from './decode.ts';
import { OPCODE } from './opcodes.ts';

/** Times that a loop is taken to go round for each time that it is entered. */
export const LOOP_FACTOR = 8;
/** Nested loops multiply; beyond this they do not. */
export const MAXIMUM_FREQUENCY = 1e7;
/** Of a handler, which is entered by an exception. */
export const HANDLER_FREQUENCY = 0.001;
/** Of leaving a loop at the branch that goes back. */
export const LOOP_EXIT_CHANCE = 1 / LOOP_FACTOR;

/** Control instructions stand below the plain ones, which are most of a body. */
const LAST_CONTROL: number = OPCODE.catchAll;
/** The chance of code that begins with neither of those below. */
const EVEN_CHANCE = 0.5;
/** Code that traps or throws is there for errors. */
const TRAP_CHANCE = 0.001;
/** Code that leaves by a branch is a little less likely than what goes on. */
const LEAVE_CHANCE = 0.4;
/** Calls are what fast paths avoid. */
const CALL_CHANCE = 0.35;

export class Chances {
  /** For each instruction, how likely the code from there on is, where a condition decides between it and other code. */
  private chances = new Float64Array(0);

  /** The chance of going to the instruction `at` rather than elsewhere. */
  of(at: number): number {
    return this.chances[at] ?? EVEN_CHANCE;
  }

  /** Looks, from each instruction, at what comes before the next one that control flow divides or joins at. */
  estimate({ count, opcodes }: BodyDecoder): void {
    if (this.chances.length < count) this.chances = new Float64Array(count * 2);
    let ahead = EVEN_CHANCE;
    for (let at = count - 1; at >= 0; at--) {
      const opcode = opcodes[at] ?? 0;
      if (opcode <= LAST_CONTROL) ahead = chanceBefore(opcode, ahead);
      this.chances[at] = ahead;
    }
  }
}

/** The chance of code that begins with a control instruction, given that of the code behind it. */
function chanceBefore(opcode: number, ahead: number): number {
  switch (opcode) {
    case OPCODE.unreachable:
    case OPCODE.throw:
    case OPCODE.rethrow:
      return TRAP_CHANCE;
    case OPCODE.br:
    case OPCODE.return:
    case OPCODE.returnCall:
    case OPCODE.returnCallIndirect:
      return LEAVE_CHANCE;
    case OPCODE.call:
    case OPCODE.callIndirect:
      return Math.min(ahead, CALL_CHANCE);
    case OPCODE.nop:
      return ahead;
    default:
      return EVEN_CHANCE;
  }
}
