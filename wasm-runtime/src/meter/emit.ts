/**
 * Writes a function body with its counting code. The original instructions are copied as they stand; between them go
 * the sequences below. Each leaves the operand stack as it finds it.
 */
import { bulkShift } from './cost.ts';
import { DEPTH_MASK, FUEL_SHIFT, FUEL_UNIT, TOO_DEEP } from './counter.ts';
import { type BodyDecoder, opensBlock } from './decode.ts';
import { type ModuleShape } from './module.ts';
import { type OpenNans } from './open-nans.ts';
import { OPCODE } from './opcodes.ts';
import { type Placement } from './placement.ts';
import { VALUE_TYPE } from './reader.ts';
import { type Segments } from './segments.ts';
import { EMPTY_BLOCK_TYPE, Sequences } from './sequences.ts';
import { type BinaryWriter } from './writer.ts';

/** What is known of the body to be written; the same objects serve one body after the other. */
export interface ReadBody {
  readonly body: BodyDecoder;
  readonly segments: Segments;
  /** Where the additions go, if the function keeps an accumulator. */
  readonly placement: Placement;
  /** Where NaNs are made canonical. */
  readonly nans: OpenNans;
}

/** What a body needs beyond its own instructions. */
export interface BodyPlan {
  /** Whether a call of the function counts towards the depth limit. */
  readonly countsDepth: boolean;
  /** Whether it looks at the counter when it is left: `unseen.ts`. */
  readonly looksAtExit: boolean;
  /** What calls of imported functions do. */
  readonly imports: Pick<ModuleShape, 'callsBack' | 'callees'>;
  /** Globals from this index on are one further in the metered module. */
  readonly firstMovedGlobal: number;
  /** The function that `exhausted.ts` writes. */
  readonly exhausted: number;
  /** Gives the block type that has no parameters and the function's results, as a signed integer. */
  readonly resultType: () => number;
}

/** Control instructions stand below the plain ones, which are most of a body. */
const LAST_CONTROL: number = OPCODE.catchAll;
const NO_LOCAL = -1;
/** Whether the counter says that either of its parts is exhausted. */
const EITHER_EXHAUSTED = -(1n << 63n) | BigInt(TOO_DEEP);

export class BodyEmitter {
  private readonly out: BinaryWriter;
  private readonly source: Uint8Array;
  private readonly body: BodyDecoder;
  private readonly segments: Segments;
  private readonly placement: Placement;
  private readonly nans: OpenNans;
  /** Index of the global that `counter.ts` describes. */
  private readonly counter: number;
  readonly code: Sequences;
  private plan: BodyPlan = {
    countsDepth: false,
    looksAtExit: false,
    imports: { callsBack: new Uint8Array(0), callees: new Int32Array(0) },
    firstMovedGlobal: Number.POSITIVE_INFINITY,
    exhausted: 0,
    resultType: () => 0,
  };
  /**
   * i64, in units of the counter (shifting at each flush instead took 2 to 3 % of the time): weight of the segments entered
   * since the last flush, but for a difference that is known at each point of the code (`placement.ts`); and the counter's
   * new value while that is checked.
   */
  private accumulator = NO_LOCAL;
  /** i64: the counter as it was when this call had begun, where depth may have to be set to that again. */
  private begun = NO_LOCAL;
  /** i32: the length operand of a bulk operation. */
  private length = NO_LOCAL;
  /** A result that may be a NaN: a local for each value type that has any. */
  private readonly nanLocals = new Map<number, number>();
  /** Whether the body stands in a block of its own, whose end every exit goes to. */
  private wrapped = false;
  /** Offset up to which the source has been copied or replaced. */
  private copied = 0;

  constructor(out: BinaryWriter, source: Uint8Array, read: ReadBody, counter: number) {
    this.out = out;
    this.source = source;
    this.body = read.body;
    this.segments = read.segments;
    this.placement = read.placement;
    this.nans = read.nans;
    this.counter = counter;
    this.code = new Sequences(out);
  }

  /** Appends the metered body, without its length. */
  emit(plan: BodyPlan): void {
    const { body, segments } = this;
    this.plan = plan;
    this.code.traps.length = 0;
    this.declareLocals();
    this.enter();
    const last = body.count - 1;
    const settles = segments.accumulates || plan.countsDepth || plan.looksAtExit;
    this.wrapped = settles && segments.leavesEarly;
    if (this.wrapped) this.blockStart();
    this.copied = body.offsets[0] ?? 0;
    this.instructions(last);
    this.copyTo(body.offsets[last] ?? 0);
    if (this.wrapped) this.out.byte(OPCODE.end);
    if (settles && (this.wrapped || segments.endReached)) this.leave(this.placement.exit, plan.looksAtExit);
    this.out.byte(OPCODE.end);
  }

  private declareLocals(): void {
    const { body, segments, out } = this;
    const types: number[] = [];
    const declare = (type: number): number => body.localCount + types.push(type) - 1;
    this.accumulator = declare(VALUE_TYPE.i64);
    this.begun = segments.catches || this.isCalledBack() ? declare(VALUE_TYPE.i64) : NO_LOCAL;
    this.length = this.some((opcode) => bulkShift(opcode) !== undefined) ? declare(VALUE_TYPE.i32) : NO_LOCAL;
    for (const type of this.nans.types()) this.nanLocals.set(type, declare(type));
    out.u32(body.localGroupCount + types.length);
    out.copy(this.source, body.localsStart, body.localsEnd);
    for (const type of types) {
      out.byte(1);
      out.byte(type);
    }
  }

  private isCalledBack(): boolean {
    const { callsBack } = this.plan.imports;
    return this.some((opcode, operand) => opcode === OPCODE.call && callsBack[operand] === 1);
  }

  private some(holds: (opcode: number, operand: number) => boolean): boolean {
    const { count, opcodes, operands } = this.body;
    for (let at = 0; at < count; at++) if (holds(opcodes[at] ?? 0, operands[at] ?? 0)) return true;
    return false;
  }

  private instructions(last: number): void {
    const { body, segments } = this;
    const { opcodes } = body;
    const { reachable } = segments;
    const { end, delegate } = OPCODE;
    /** Blocks open around the instruction, without the one that wraps the body. */
    let depth = 0;
    for (let at = 0; at < last; at++) {
      if (segments.accumulates) this.additions(at);
      const opcode = opcodes[at] ?? 0;
      if (opensBlock(opcode)) depth++;
      else if (opcode === end) {
        depth--;
        this.end(at);
      } else if (opcode === delegate) this.delegate(at, --depth);
      else if (opcode === OPCODE.globalGet || opcode === OPCODE.globalSet) this.global(at, opcode);
      else if (reachable[at] !== 1) continue;
      else if (opcode <= LAST_CONTROL) this.control(at, opcode, depth);
      else this.plain(at, opcode);
    }
    if (segments.accumulates) this.additions(last);
  }

  /** Code for any other instruction: few need it. */
  private plain(at: number, opcode: number): void {
    const nan = this.nans.behind(at);
    if (nan) {
      // Processors and compilers differ in the sign and payload of a NaN that an instruction makes.
      this.copyTo(this.offset(at + 1));
      return this.code.canonicalNan(this.nanLocals.get(nan.type) ?? NO_LOCAL, nan);
    }
    const shift = bulkShift(opcode);
    if (shift === undefined) return;
    this.copyTo(this.offset(at));
    this.chargeLength(shift);
  }

  /** Also where validation takes code for unreachable: its indexes must be right. */
  private global(at: number, opcode: number): void {
    const index = this.body.operands[at] ?? 0;
    if (index >= this.plan.firstMovedGlobal) this.replace(at, opcode, index + 1);
  }

  private ownCallee(at: number): void {
    const named = this.body.operands[at] ?? 0;
    const callee = this.plan.imports.callees[named] ?? named;
    if (callee !== named) this.replace(at, OPCODE.call, callee);
  }

  /** Writes an instruction with another operand. */
  private replace(at: number, opcode: number, operand: number): void {
    this.copyTo(this.offset(at));
    this.out.byte(opcode);
    this.out.u32(operand);
    this.copied = this.offset(at + 1);
  }

  /** Code for a control instruction that is neither a block's start nor its end. */
  private control(at: number, opcode: number, depth: number): void {
    switch (opcode) {
      case OPCODE.return:
        return this.returns(at, depth);
      case OPCODE.returnCall:
      case OPCODE.returnCallIndirect:
        this.copyTo(this.offset(at));
        // Tail calls can go round for ever.
        return this.leave(this.placement.correction[at] ?? 0, true);
      case OPCODE.br:
        if (!this.segments.turns(at)) return;
        this.copyTo(this.offset(at));
        return this.flush(at, true);
      case OPCODE.brIf:
        return this.branchIf(at);
      case OPCODE.throw:
      case OPCODE.rethrow:
        if (!this.segments.accumulates) return;
        this.copyTo(this.offset(at));
        return this.flush(at, this.segments.catches);
      case OPCODE.catch:
      case OPCODE.catchAll:
        this.copyTo(this.offset(at + 1));
        return this.restoreDepth();
      case OPCODE.call:
        this.ownCallee(at);
        if (this.plan.imports.callsBack[this.body.operands[at] ?? 0] !== 1) return;
        // An import may have called back and caught an exception that left counted frames.
        this.copyTo(this.offset(at + 1));
        return this.restoreDepth();
    }
  }

  /** What is counted before an instruction. */
  private additions(at: number): void {
    const amount = this.placement.before[at] ?? 0;
    const isHeader = at > 0 && this.segments.flushesAtHeader[at - 1] === 1;
    if (amount === 0 && !isHeader) return;
    this.copyTo(this.offset(at));
    // The placement speaks of a header at its `loop`.
    if (isHeader) this.flush(at - 1, true);
    this.add(amount);
  }

  private add(amount: number): void {
    this.code.addToLocal(this.accumulator, amount * FUEL_UNIT);
  }

  /** A branch with an addition or a flush of its own becomes an `if` around both. */
  private branchIf(at: number): void {
    const turns = this.segments.turns(at);
    const amount = this.segments.accumulates ? (this.placement.taken[at] ?? 0) : 0;
    if (amount === 0 && !turns) return;
    this.copyTo(this.offset(at));
    this.out.byte(OPCODE.if);
    this.out.byte(EMPTY_BLOCK_TYPE);
    if (turns) this.flush(at, true);
    else this.add(amount);
    this.out.byte(OPCODE.br);
    this.out.u32((this.body.operands[at] ?? 0) + 1);
    this.out.byte(OPCODE.end);
    this.copied = this.offset(at + 1);
  }

  private end(at: number): void {
    const amount = this.segments.accumulates ? (this.placement.otherwise[at] ?? 0) : 0;
    if (amount === 0) return;
    this.copyTo(this.offset(at));
    this.out.byte(OPCODE.else);
    this.add(amount);
  }

  private enter(): void {
    const { code, counter, plan, placement } = this;
    const { accumulates, weights } = this.segments;
    const charge = (accumulates ? 0 : (weights[0] ?? 0) * FUEL_UNIT) - (plan.countsDepth ? 1 : 0);
    if (charge !== 0) {
      code.globalGet(counter);
      code.subtract(charge);
      code.localTee(this.accumulator);
      code.globalSet(counter);
    }
    if (plan.countsDepth) {
      code.localGet(this.accumulator);
      code.trapIfAny(EITHER_EXHAUSTED, () => {
        code.call(plan.exhausted);
      });
    }
    if (this.begun !== NO_LOCAL) {
      code.globalGet(counter);
      code.localSet(this.begun);
    }
    if (!accumulates) return;
    code.i64Const(placement.entry * FUEL_UNIT);
    code.localSet(this.accumulator);
  }

  /** What every exit passes through: the last flush, the caller's depth, and a look at the counter. */
  private leave(correction: number, looks: boolean): void {
    const { accumulates } = this.segments;
    const returned = this.plan.countsDepth ? 1 : 0;
    if (accumulates || returned > 0) {
      this.code.globalGet(this.counter);
      if (accumulates) this.subtractAccumulator();
      this.code.subtract((accumulates ? correction * FUEL_UNIT : 0) + returned);
      this.code.globalSet(this.counter);
    }
    if (!looks) return;
    this.code.globalGet(this.counter);
    this.code.trapIfNegative();
  }

  private returns(at: number, depth: number): void {
    if (!this.wrapped) return;
    this.replace(at, OPCODE.br, depth);
  }

  /**
   * A `delegate` to the function itself must name the function and not the block around its body: JavaScriptCore
   * accepts nothing but a `try` or the function there.
   */
  private delegate(at: number, depth: number): void {
    const label = this.body.operands[at] ?? 0;
    if (!this.wrapped || label !== depth) return;
    this.replace(at, OPCODE.delegate, label + 1);
  }

  /** Takes the accumulator from the counter, traps below 0, and sets the accumulator anew where code goes on. */
  private flush(at: number, goesOn: boolean): void {
    this.code.globalGet(this.counter);
    this.subtractAccumulator();
    this.code.subtract((this.placement.correction[at] ?? 0) * FUEL_UNIT);
    this.code.localTee(this.accumulator);
    this.code.globalSet(this.counter);
    this.code.localGet(this.accumulator);
    this.code.trapIfNegative();
    if (!goesOn) return;
    this.code.i64Const((this.placement.reset[at] ?? 0) * FUEL_UNIT);
    this.code.localSet(this.accumulator);
  }

  private subtractAccumulator(): void {
    this.code.localGet(this.accumulator);
    this.out.byte(OPCODE.i64Sub);
  }

  /**
   * Charges the length operand on top of the stack, shifted. Where that is more than is left, the operation is not run
   * and the fuel becomes -1: were it to take amounts near 2^48 again and again, it would wrap.
   */
  private chargeLength(shift: number): void {
    this.code.localTee(this.length);
    this.code.globalGet(this.counter);
    this.code.localGet(this.length);
    this.out.byte(OPCODE.i64ExtendI32U);
    this.code.i64Const(FUEL_SHIFT + shift);
    this.out.byte(OPCODE.i64Shl);
    this.out.byte(OPCODE.i64Sub);
    this.code.globalSet(this.counter);
    this.code.globalGet(this.counter);
    this.code.trapIfNegative(() => {
      this.code.globalGet(this.counter);
      this.code.i64Const(-FUEL_UNIT);
      this.out.byte(OPCODE.i64Or);
      this.code.globalSet(this.counter);
    });
  }

  /**
   * Sets the depth to what it was in this frame before frames above it were unwound. If a limit was hit meanwhile and
   * someone outside swallowed the trap, or it was not seen, traps.
   */
  private restoreDepth(): void {
    if (this.begun === NO_LOCAL) return;
    const { code, out } = this;
    code.globalGet(this.counter);
    code.trapIfAny(EITHER_EXHAUSTED);
    code.globalGet(this.counter);
    code.i64Const(-FUEL_UNIT);
    out.byte(OPCODE.i64And);
    code.localGet(this.begun);
    code.i64Const(DEPTH_MASK);
    out.byte(OPCODE.i64And);
    out.byte(OPCODE.i64Or);
    code.globalSet(this.counter);
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
}
