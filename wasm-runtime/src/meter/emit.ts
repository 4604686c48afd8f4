/**
 * Writes a function body with its counting code. The original instructions are copied as they stand; between them go
 * the sequences below. Each leaves the operand stack as it finds it.
 */
import { bulkShift } from './cost.ts';
import { type BodyDecoder, opensBlock } from './decode.ts';
import { OPCODE } from './opcodes.ts';
import { VALUE_TYPE } from './reader.ts';
import { BOUNDARY, type Segments } from './segments.ts';
import { type BinaryWriter } from './writer.ts';

/** Global indexes of the two counters. */
export interface Counters {
  /** i64. */
  readonly fuel: number;
  /** i32. */
  readonly depth: number;
}

/** What a body needs beyond its own instructions. */
export interface BodyPlan {
  /** Whether a call of the function counts towards the depth limit. */
  readonly countsDepth: boolean;
  /** Functions below this index are imports. */
  readonly importedFunctionCount: number;
  /** Gives the block type that has no parameters and the function's results, as a signed integer. */
  readonly resultType: () => number;
}

const EMPTY_BLOCK_TYPE = 0x40;
/** Control instructions stand below the plain ones, which are most of a body. */
const LAST_CONTROL: number = OPCODE.catchAll;
const NO_LOCAL = -1;

export class BodyEmitter {
  private readonly out: BinaryWriter;
  private readonly source: Uint8Array;
  private readonly body: BodyDecoder;
  private readonly segments: Segments;
  private readonly counters: Counters;
  private plan: BodyPlan = { countsDepth: false, importedFunctionCount: 0, resultType: () => 0 };
  /** i64: weight of the segments entered since the last flush, and the counter's new value while that is checked. */
  private accumulator = NO_LOCAL;
  /** i32: the depth counter as it was before this call. */
  private depthBefore = NO_LOCAL;
  /** i32: the length operand of a bulk operation. */
  private length = NO_LOCAL;
  /** Whether the body stands in a block of its own, whose end every exit goes to. */
  private wrapped = false;
  /** Offset up to which the source has been copied or replaced. */
  private copied = 0;

  constructor(out: BinaryWriter, source: Uint8Array, body: BodyDecoder, segments: Segments, counters: Counters) {
    this.out = out;
    this.source = source;
    this.body = body;
    this.segments = segments;
    this.counters = counters;
  }

  /** Appends the metered body, without its length. */
  emit(plan: BodyPlan): void {
    const { body, segments } = this;
    this.plan = plan;
    this.declareLocals();
    this.enter();
    const last = body.count - 1;
    const settles = segments.accumulates || plan.countsDepth;
    this.wrapped = settles && segments.leavesEarly;
    if (this.wrapped) this.blockStart();
    this.copied = body.offsets[0] ?? 0;
    this.instructions(last);
    this.copyTo(body.offsets[last] ?? 0);
    if (this.wrapped) this.out.byte(OPCODE.end);
    if (settles && (this.wrapped || segments.endReached)) this.leave();
    this.out.byte(OPCODE.end);
  }

  private declareLocals(): void {
    const { body, segments, out } = this;
    const types: number[] = [];
    const declare = (type: number): number => body.localCount + types.push(type) - 1;
    this.accumulator = declare(VALUE_TYPE.i64);
    this.depthBefore = this.plan.countsDepth || segments.catches ? declare(VALUE_TYPE.i32) : NO_LOCAL;
    this.length = this.hasBulkOperation() ? declare(VALUE_TYPE.i32) : NO_LOCAL;
    out.u32(body.localGroupCount + types.length);
    out.copy(this.source, body.localsStart, body.localsEnd);
    for (const type of types) {
      out.byte(1);
      out.byte(type);
    }
  }

  private hasBulkOperation(): boolean {
    const { count, opcodes } = this.body;
    for (let at = 0; at < count; at++) {
      if (bulkShift(opcodes[at] ?? 0) !== undefined) return true;
    }
    return false;
  }

  private instructions(last: number): void {
    const { body, segments } = this;
    const { opcodes } = body;
    const { boundaries, reachable } = segments;
    const { end, delegate } = OPCODE;
    const { none } = BOUNDARY;
    /** Blocks open around the instruction, without the one that wraps the body. */
    let depth = 0;
    for (let at = 0; at < last; at++) {
      if (boundaries[at] !== none && at > 0) this.boundary(at);
      const opcode = opcodes[at] ?? 0;
      if (opensBlock(opcode)) depth++;
      else if (opcode === end) depth--;
      else if (opcode === delegate) this.delegate(at, --depth);
      else if (reachable[at] !== 1) continue;
      else if (opcode <= LAST_CONTROL) this.control(at, opcode, depth);
      else this.plain(at, opcode);
    }
    if (boundaries[last] !== none && last > 0) this.boundary(last);
  }

  /** Code for an instruction that is not one of control: only bulk operations need any. */
  private plain(at: number, opcode: number): void {
    const shift = bulkShift(opcode);
    if (shift === undefined) return;
    this.copyTo(this.offset(at));
    this.chargeLength(shift);
  }

  /** Code for a control instruction that is neither a block's start nor its end. */
  private control(at: number, opcode: number, depth: number): void {
    switch (opcode) {
      case OPCODE.return:
        return this.returns(at, depth);
      case OPCODE.returnCall:
      case OPCODE.returnCallIndirect:
        this.copyTo(this.offset(at));
        return this.leave();
      case OPCODE.throw:
      case OPCODE.rethrow:
        if (!this.segments.accumulates) return;
        this.copyTo(this.offset(at));
        return this.flush(0);
      case OPCODE.catch:
      case OPCODE.catchAll:
        this.copyTo(this.offset(at + 1));
        return this.restoreDepth();
      case OPCODE.call:
        if ((this.body.operands[at] ?? 0) >= this.plan.importedFunctionCount) return;
        // An import may have called back and caught an exception that left counted frames.
        this.copyTo(this.offset(at + 1));
        return this.restoreDepth();
    }
  }

  /** Counts a segment that is not the function's first. */
  private boundary(at: number): void {
    const weight = this.segments.weights[at] ?? 0;
    if (this.segments.boundaries[at] === BOUNDARY.loopHeader) {
      this.copyTo(this.offset(at));
      this.flush(weight);
    } else if (weight > 0) {
      this.copyTo(this.offset(at));
      this.localGet(this.accumulator);
      this.i64Const(weight);
      this.out.byte(OPCODE.i64Add);
      this.localSet(this.accumulator);
    }
  }

  private enter(): void {
    const { counters, out } = this;
    if (this.depthBefore !== NO_LOCAL) {
      this.globalGet(counters.depth);
      if (this.plan.countsDepth) {
        this.localTee(this.depthBefore);
        this.i32Const(1);
        out.byte(OPCODE.i32LtS);
        this.trapIf(() => {
          this.i32Const(-1);
          this.globalSet(counters.depth);
        });
        this.depthInside();
        this.globalSet(counters.depth);
      } else {
        this.localSet(this.depthBefore);
      }
    }
    const weight = this.segments.weights[0] ?? 0;
    if (this.segments.accumulates) {
      this.i64Const(weight);
      this.localSet(this.accumulator);
    } else {
      this.globalGet(counters.fuel);
      this.i64Const(weight);
      out.byte(OPCODE.i64Sub);
      this.setFuel();
      this.trapIfNegative();
    }
  }

  /** What every exit passes through: the last flush, and the caller's depth. */
  private leave(): void {
    if (this.segments.accumulates) {
      this.globalGet(this.counters.fuel);
      this.localGet(this.accumulator);
      this.out.byte(OPCODE.i64Sub);
      this.setFuel();
      if (this.plan.countsDepth) {
        // Negative when either counter is.
        this.globalGet(this.counters.depth);
        this.out.byte(OPCODE.i64ExtendI32S);
        this.out.byte(OPCODE.i64Or);
      }
      this.trapIfNegative();
    } else if (this.plan.countsDepth) {
      this.depthIsExhausted();
      this.trapIf();
    }
    if (this.plan.countsDepth) {
      this.localGet(this.depthBefore);
      this.globalSet(this.counters.depth);
    }
  }

  private returns(at: number, depth: number): void {
    if (!this.wrapped) return;
    this.copyTo(this.offset(at));
    this.out.byte(OPCODE.br);
    this.out.u32(depth);
    this.copied = this.offset(at + 1);
  }

  /**
   * A `delegate` to the function itself must name the function and not the block around its body: JavaScriptCore
   * accepts nothing but a `try` or the function there.
   */
  private delegate(at: number, depth: number): void {
    const label = this.body.operands[at] ?? 0;
    if (!this.wrapped || label !== depth) return;
    this.copyTo(this.offset(at));
    this.out.byte(OPCODE.delegate);
    this.out.u32(label + 1);
    this.copied = this.offset(at + 1);
  }

  /** Takes the accumulator and `weight` from the counter, traps below 0, and starts the accumulator anew. */
  private flush(weight: number): void {
    this.globalGet(this.counters.fuel);
    this.localGet(this.accumulator);
    this.out.byte(OPCODE.i64Sub);
    if (weight > 0) {
      this.i64Const(weight);
      this.out.byte(OPCODE.i64Sub);
    }
    this.setFuel();
    this.trapIfNegative();
    this.i64Const(0);
    this.localSet(this.accumulator);
  }

  /**
   * Charges the length operand on top of the stack, shifted. Where that is more than is left, the operation is not run
   * and the counter becomes -1: were it to take amounts near 2^48 again and again, it would wrap.
   */
  private chargeLength(shift: number): void {
    this.localTee(this.length);
    this.globalGet(this.counters.fuel);
    this.localGet(this.length);
    this.out.byte(OPCODE.i64ExtendI32U);
    if (shift > 0) {
      this.i64Const(shift);
      this.out.byte(OPCODE.i64Shl);
    }
    this.out.byte(OPCODE.i64Sub);
    this.globalSet(this.counters.fuel);
    this.globalGet(this.counters.fuel);
    this.trapIfNegative(() => {
      this.i64Const(-1);
      this.globalSet(this.counters.fuel);
    });
  }

  /**
   * Sets the depth counter to what it was in this frame before frames above it were unwound. If the limit was hit
   * meanwhile and someone outside swallowed the trap, traps again.
   */
  private restoreDepth(): void {
    if (this.depthBefore === NO_LOCAL) return;
    this.depthIsExhausted();
    this.trapIf();
    if (this.plan.countsDepth) this.depthInside();
    else this.localGet(this.depthBefore);
    this.globalSet(this.counters.depth);
  }

  private depthInside(): void {
    this.localGet(this.depthBefore);
    this.i32Const(1);
    this.out.byte(OPCODE.i32Sub);
  }

  private depthIsExhausted(): void {
    this.globalGet(this.counters.depth);
    this.i32Const(0);
    this.out.byte(OPCODE.i32LtS);
  }

  /** Stores the counter's new value, and leaves it on the stack to be checked. */
  private setFuel(): void {
    this.localTee(this.accumulator);
    this.globalSet(this.counters.fuel);
    this.localGet(this.accumulator);
  }

  private trapIfNegative(before?: () => void): void {
    this.i64Const(0);
    this.out.byte(OPCODE.i64LtS);
    this.trapIf(before);
  }

  private trapIf(before?: () => void): void {
    this.out.byte(OPCODE.if);
    this.out.byte(EMPTY_BLOCK_TYPE);
    before?.();
    this.out.byte(OPCODE.unreachable);
    this.out.byte(OPCODE.end);
  }

  private blockStart(): void {
    this.out.byte(OPCODE.block);
    this.out.s32(this.plan.resultType());
  }

  private offset(at: number): number {
    return this.body.offsets[at] ?? 0;
  }

  private copyTo(offset: number): void {
    if (offset > this.copied) this.out.copy(this.source, this.copied, offset);
    this.copied = offset;
  }

  private localGet(index: number): void {
    this.out.byte(OPCODE.localGet);
    this.out.u32(index);
  }

  private localSet(index: number): void {
    this.out.byte(OPCODE.localSet);
    this.out.u32(index);
  }

  private localTee(index: number): void {
    this.out.byte(OPCODE.localTee);
    this.out.u32(index);
  }

  private globalGet(index: number): void {
    this.out.byte(OPCODE.globalGet);
    this.out.u32(index);
  }

  private globalSet(index: number): void {
    this.out.byte(OPCODE.globalSet);
    this.out.u32(index);
  }

  private i32Const(value: number): void {
    this.out.byte(OPCODE.i32Const);
    this.out.s32(value);
  }

  private i64Const(value: number): void {
    this.out.byte(OPCODE.i64Const);
    this.out.s32(value);
  }
}
