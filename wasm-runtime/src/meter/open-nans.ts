/**
 * Where NaNs are made canonical. An instruction that makes one leaves its bits open; they must be closed before anybody can see them, and
 * seeing is what few instructions do. So a value whose consumer computes on is left as it is, and so is what a local holds that is given
 * nothing but such values and constants, as the sum of a loop is: it is mended where it is taken out to be seen, if that is done less often.
 */
import { type BodyDecoder, opensBlock } from './decode.ts';
import { type CanonicalNan, hidesNan, openNan } from './nan.ts';
import { OPCODE } from './opcodes.ts';
import { VALUE_TYPE } from './reader.ts';
import { stackEffect } from './stack-effects.ts';

/** How far the consumer of a value is looked for, in instructions. */
const LONGEST_SEARCH = 64;
/** A loop is taken to go round so often. */
const LOOP_FACTOR = 10;
const DEEPEST_LOOP = 6;
/** The exponent and the quiet bit of a NaN's upper bytes: a constant that is one is not taken into such a local. */
const NAN_EXPONENT = { f32: 0x7f80, f64: 0x7ff0 } as const;

/** What is known of a local: a kind of value that all of its writes make, and how often it is written and seen. */
interface OpenLocal {
  nan: CanonicalNan | undefined;
  /** It is given something whose bits are its own. */
  foreign: boolean;
  written: number;
  seen: number;
}

export class OpenNans {
  /** For each instruction, what to mend on the stack behind it. */
  private readonly mended = new Map<number, CanonicalNan>();
  private readonly body: BodyDecoder;
  private readonly bytes: Uint8Array;
  private readonly locals = new Map<number, OpenLocal>();

  /** @param bytes of the module */
  constructor(body: BodyDecoder, bytes: Uint8Array) {
    this.body = body;
    this.bytes = bytes;
  }

  /** What the instruction leaves on the stack that has to be mended. */
  behind(at: number): CanonicalNan | undefined {
    return this.mended.get(at);
  }

  /** The value types of what is mended anywhere in the body. */
  types(): ReadonlySet<number> {
    return new Set([...this.mended.values()].map(({ type }) => type));
  }

  /** Reads the body that the decoder holds. @param reachable for each instruction, whether it can be */
  analyse(parameterCount: number, reachable: Uint8Array): void {
    this.mended.clear();
    this.locals.clear();
    const makers: number[] = [];
    const { count, opcodes } = this.body;
    for (let at = 0; at < count; at++) if (reachable[at] === 1 && openNan(opcodes[at] ?? 0)) makers.push(at);
    // Most functions.
    if (makers.length === 0) return;
    this.findLocals(parameterCount, reachable);
    for (const at of makers) this.mendMaker(at);
  }

  private mendMaker(at: number): void {
    const { opcodes, operands } = this.body;
    const nan = openNan(opcodes[at] ?? 0);
    const next = opcodes[at + 1] ?? 0;
    const isKept = (next === OPCODE.localSet || next === OPCODE.localTee) && this.isOpen(operands[at + 1] ?? 0);
    if (nan && !isKept && this.isSeen(at, nan)) this.mended.set(at, nan);
  }

  private isOpen(local: number): boolean {
    const found = this.locals.get(local);
    return found?.nan !== undefined && !found.foreign && found.seen < found.written;
  }

  private findLocals(parameterCount: number, reachable: Uint8Array): void {
    const { count, opcodes, operands } = this.body;
    const taken: number[] = [];
    const frequencies = this.frequencies();
    for (let at = 1; at < count; at++) {
      const opcode = opcodes[at] ?? 0;
      if (opcode < OPCODE.localGet || opcode > OPCODE.localTee || reachable[at] !== 1) continue;
      if (opcode !== OPCODE.localSet) taken.push(at);
      if (opcode !== OPCODE.localGet) this.noteWrite(at, operands[at] ?? 0, parameterCount, frequencies[at] ?? 1);
    }
    const seen = taken.filter((at) => {
      const local = this.locals.get(operands[at] ?? 0);
      if (!local?.nan || local.foreign || !this.isSeen(at, local.nan)) return false;
      local.seen += frequencies[at] ?? 1;
      return true;
    });
    for (const at of seen) {
      const local = operands[at] ?? 0;
      const nan = this.locals.get(local)?.nan;
      if (nan && this.isOpen(local)) this.mended.set(at, nan);
    }
  }

  private noteWrite(at: number, index: number, parameterCount: number, frequency: number): void {
    // A local begins as zero, a parameter as anything.
    const local = this.locals.get(index) ?? { nan: undefined, foreign: index < parameterCount, written: 0, seen: 0 };
    this.locals.set(index, local);
    const nan = openNan(this.body.opcodes[at - 1] ?? 0);
    if (nan && nan.type !== VALUE_TYPE.v128) {
      local.nan = nan;
      local.written += frequency;
    } else if (!this.isNumber(at - 1)) local.foreign = true;
  }

  /** Whether the instruction is a constant that is no NaN. */
  private isNumber(at: number): boolean {
    const { opcodes, offsets } = this.body;
    const opcode = opcodes[at] ?? 0;
    const upper = (offsets[at + 1] ?? 0) - 2;
    const bits = (this.bytes[upper] ?? 0) | ((this.bytes[upper + 1] ?? 0) << 8);
    if (opcode === OPCODE.f32Const) return (bits & NAN_EXPONENT.f32) !== NAN_EXPONENT.f32;
    return opcode === OPCODE.f64Const && (bits & NAN_EXPONENT.f64) !== NAN_EXPONENT.f64;
  }

  /** Whether what consumes the value that the instruction leaves on top of the stack may look at its bits. */
  private isSeen(at: number, nan: CanonicalNan): boolean {
    const { count, opcodes } = this.body;
    if (nan.type === VALUE_TYPE.v128) return !hidesNan(nan, opcodes[at + 1] ?? 0);
    let above = 0;
    for (let next = at + 1; next < Math.min(count, at + LONGEST_SEARCH); next++) {
      const opcode = opcodes[next] ?? 0;
      const effect = stackEffect(opcode);
      if (effect === undefined) return true;
      const [pops, pushes] = effect;
      if (pops > above) return !hidesNan(nan, opcode);
      above += pushes - pops;
    }
    return true;
  }

  private frequencies(): Float64Array {
    const { count, opcodes } = this.body;
    const found = new Float64Array(count);
    const open: boolean[] = [];
    let loops = 0;
    for (let at = 0; at < count; at++) {
      const opcode = opcodes[at] ?? 0;
      if (opensBlock(opcode)) {
        open.push(opcode === OPCODE.loop);
        if (opcode === OPCODE.loop) loops++;
      } else if ((opcode === OPCODE.end || opcode === OPCODE.delegate) && open.pop() === true) loops--;
      found[at] = LOOP_FACTOR ** Math.min(loops, DEEPEST_LOOP);
    }
    return found;
  }
}
