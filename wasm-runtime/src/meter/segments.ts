/** Cuts a function body into the segments of the cost model (`cost.ts`) and checks its block structure on the way. */
import { MINIMUM_WEIGHT, weightOf } from './cost.ts';
import { type BodyDecoder, LABEL_TYPE, opensBlock } from './decode.ts';
import { MeterError } from './error.ts';
import { OPCODE } from './opcodes.ts';

/** What begins before an instruction. */
export const BOUNDARY = { none: 0, segment: 1, loopHeader: 2 } as const;

/** A loop that more branches go back to flushes at its header. */
const MAXIMUM_TURNS = 3;

/** A block whose end has not been reached. The function body itself is the outermost. */
interface OpenBlock {
  /** Opcode that opened it, then of the arm that is being read: `if`, `else`, `try`, `catch`, `catch_all`. */
  arm: number;
  /** Whether its first instruction can be reached. */
  readonly reachable: boolean;
  /** Whether its end can be reached otherwise than by falling off its last arm. */
  endReached: boolean;
  /** Whether a reachable branch names it. */
  named: boolean;
  /** The instruction that opened it. */
  readonly at: number;
  /** Of a loop: how many branches go back to it. */
  turns: number;
}

/** Control instructions stand below the plain ones, which are most of a body. */
const LAST_CONTROL: number = OPCODE.catchAll;

/** The outermost block, which no opcode opens. */
const FUNCTION_BODY = -1;
const NOWHERE = -1;

export class Segments {
  /** For each instruction a `BOUNDARY`. */
  boundaries = new Uint8Array(0);
  /** The weight of the segment that begins before an instruction; meaningless where none does. */
  weights = new Int32Array(0);
  /** For each loop, 1 where it flushes at its header: once when it is entered, and each time that it goes round. */
  flushesAtHeader = new Uint8Array(0);
  /** 1 where validation treats the instruction as reachable; for the start of an arm, whether the arm is. */
  reachable = new Uint8Array(0);
  /** Whether the weight does not all lie in the first segment, or there is a loop: the frame needs an accumulator. */
  accumulates = false;
  /** Whether a reachable `return` or branch leaves the function before its last `end`. */
  leavesEarly = false;
  /** Whether execution can fall off the end. */
  endReached = false;
  /** Whether there is a reachable `catch` or `catch_all`. */
  catches = false;

  private readonly body: BodyDecoder;
  /** For each branch that goes back, the loop's instruction. */
  private targets = new Int32Array(0);
  private readonly open: OpenBlock[] = [];
  /** The instruction before which the present segment began. */
  private current = 0;
  private live = true;

  constructor(body: BodyDecoder) {
    this.body = body;
  }

  /** @throws MeterError when blocks do not nest, or a label does not exist. */
  analyse(): void {
    const { count, opcodes } = this.body;
    this.reset(count);
    for (let at = 0; at < count; at++) {
      if (this.open.length === 0) this.fail(at, 'instructions after the end of the function');
      const opcode = opcodes[at] ?? 0;
      if (this.live) {
        this.reachable[at] = 1;
        this.weights[this.current] = (this.weights[this.current] ?? 0) + weightOf(opcode);
      }
      if (opcode <= LAST_CONTROL) this.control(at, opcode);
    }
    if (this.open.length !== 0) this.fail(count, 'unexpected end: a block is not closed');
    this.finish(count);
  }

  /** Whether the branch goes back to a loop that flushes where it does so. */
  turns(at: number): boolean {
    const target = this.targets[at] ?? NOWHERE;
    return target !== NOWHERE && this.flushesAtHeader[target] !== 1;
  }

  private reset(count: number): void {
    if (this.weights.length <= count) {
      const capacity = Math.max(count + 1, this.weights.length * 2);
      this.boundaries = new Uint8Array(capacity);
      this.flushesAtHeader = new Uint8Array(capacity);
      this.targets = new Int32Array(capacity).fill(NOWHERE);
      this.weights = new Int32Array(capacity);
      this.reachable = new Uint8Array(capacity);
    } else {
      this.boundaries.fill(0, 0, count + 1);
      this.flushesAtHeader.fill(0, 0, count + 1);
      this.targets.fill(NOWHERE, 0, count + 1);
      this.weights.fill(0, 0, count + 1);
      this.reachable.fill(0, 0, count + 1);
    }
    this.boundaries[0] = BOUNDARY.segment;
    this.current = 0;
    this.live = true;
    this.leavesEarly = false;
    this.endReached = false;
    this.catches = false;
    this.open.length = 0;
    this.push(FUNCTION_BODY, 0);
  }

  private control(at: number, opcode: number): void {
    if (opensBlock(opcode)) {
      this.push(opcode, at);
      if (opcode === OPCODE.loop) this.begin(at + 1, BOUNDARY.loopHeader);
      else if (opcode === OPCODE.if) this.begin(at + 1, BOUNDARY.segment);
      return;
    }
    switch (opcode) {
      case OPCODE.else:
        return this.arm(at, opcode, OPCODE.if, OPCODE.if);
      case OPCODE.catch:
      case OPCODE.catchAll:
        return this.arm(at, opcode, OPCODE.try, OPCODE.catch);
      case OPCODE.end:
        return this.close(at, this.open.pop());
      case OPCODE.delegate:
        return this.delegate(at);
      case OPCODE.br:
        this.name(at, this.body.operands[at] ?? 0);
        this.live = false;
        return;
      case OPCODE.brIf:
        this.name(at, this.body.operands[at] ?? 0);
        return this.begin(at + 1, BOUNDARY.segment);
      case OPCODE.brTable:
        this.nameAll(at, this.body.operands[at] ?? 0);
        this.live = false;
        return;
      case OPCODE.return:
        this.leavesEarly ||= this.live;
        this.live = false;
        return;
      case OPCODE.unreachable:
      case OPCODE.throw:
      case OPCODE.rethrow:
      case OPCODE.returnCall:
      case OPCODE.returnCallIndirect:
        this.live = false;
        return;
    }
  }

  private push(arm: number, at: number): void {
    this.open.push({ arm, reachable: this.live, endReached: false, named: false, at, turns: 0 });
  }

  /** Begins a segment before the instruction `at`, if it can be reached. */
  private begin(at: number, boundary: number): void {
    if (!this.live) return;
    this.boundaries[at] = boundary;
    this.current = at;
  }

  /** Reads `else`, `catch` or `catch_all`: the next arm of the innermost block, which must be one of two kinds. */
  private arm(at: number, opcode: number, first: number, second: number): void {
    const block = this.open.at(-1);
    if (block === undefined || (block.arm !== first && block.arm !== second))
      this.fail(at, 'not inside a block that may hold it');
    block.endReached ||= this.live;
    block.arm = opcode;
    this.live = block.reachable;
    // Not reached by falling into it: the arm before may well end in a branch.
    this.reachable[at] = this.live ? 1 : 0;
    this.catches ||= this.live && opcode !== OPCODE.else;
    this.begin(at + 1, BOUNDARY.segment);
  }

  private close(at: number, block: OpenBlock | undefined): void {
    if (block === undefined) this.fail(at, 'closes nothing');
    const fellThrough = this.live;
    this.live ||= block.endReached || (block.arm === OPCODE.if && block.reachable);
    if (block.arm === FUNCTION_BODY) {
      this.endReached = fellThrough;
      return;
    }
    if (block.arm === OPCODE.loop) return this.closeLoop(block);
    // A block that no branch names and whose end is fallen into is straight-line code.
    if (block.arm === OPCODE.block && !block.named) return;
    this.begin(at + 1, BOUNDARY.segment);
  }

  /** Where a `br_table` or values are in the way of code at a branch, or there are many, it goes to the header. */
  private closeLoop({ at, turns }: OpenBlock): void {
    if (turns > MAXIMUM_TURNS || this.body.operands[at] === LABEL_TYPE.takes) this.flushesAtHeader[at] = 1;
  }

  private delegate(at: number): void {
    const block = this.open.pop();
    if (block?.arm !== OPCODE.try) this.fail(at, 'does not close a try');
    if ((this.body.operands[at] ?? 0) >= this.open.length) this.fail(at, 'label does not exist');
    this.live ||= block.endReached;
    this.begin(at + 1, BOUNDARY.segment);
  }

  /** Notes a branch. A branch to a loop goes back to its header and does not reach its end. */
  private name(at: number, label: number): void {
    const block = this.open[this.open.length - 1 - label];
    if (block === undefined) this.fail(at, `label ${label} does not exist`);
    if (!this.live) return;
    block.named = true;
    if (block.arm === FUNCTION_BODY) this.leavesEarly = true;
    else if (block.arm !== OPCODE.loop) block.endReached = true;
    else {
      this.targets[at] = block.at;
      block.turns += this.body.opcodes[at] === OPCODE.brTable ? MAXIMUM_TURNS + 1 : 1;
    }
  }

  private nameAll(at: number, position: number): void {
    const { labels } = this.body;
    const count = labels[position] ?? 0;
    for (let index = 1; index <= count; index++) this.name(at, labels[position + index] ?? 0);
  }

  private finish(count: number): void {
    this.accumulates = false;
    for (let at = 1; at < count; at++) {
      const boundary = this.boundaries[at];
      if (boundary === BOUNDARY.none) continue;
      if (boundary === BOUNDARY.loopHeader) this.weights[at] = Math.max(MINIMUM_WEIGHT, this.weights[at] ?? 0);
      if ((this.weights[at] ?? 0) > 0) this.accumulates = true;
    }
    this.weights[0] = Math.max(MINIMUM_WEIGHT, this.weights[0] ?? 0);
  }

  private fail(at: number, reason: string): never {
    throw new MeterError('MALFORMED', 'code section', this.body.offsets[at] ?? 0, reason);
  }
}
