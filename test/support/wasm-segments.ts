/** Cuts function bodies into segments, as `wasm-runtime/src/meter/cost.ts` defines them, for `wasm-interpreter.ts`. */
import type { Instruction, Segment } from './wasm-tree.ts';

/** Instructions that weigh nothing. */
const FREE = new Set([0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x0b, 0x18, 0x19, 0x1a]);
/** Instructions after which nothing is reachable. */
const LEAVES = new Set([0x00, 0x08, 0x09, 0x0c, 0x0e, 0x0f, 0x12, 0x13]);

interface Label {
  readonly loop: boolean;
  named: boolean;
  /** Of a loop: how many branches go back to it; a table counts as many. */
  turns: number;
}

/** A loop that more branches go back to flushes at its header. */
const MOST_TURNS = 3;

/** Gives every reachable instruction of one function its segment. */
export class SegmentMarker {
  private readonly made: Segment[] = [];
  /** Segments that weigh at least 1: the entry, and loop headers. */
  private readonly headers: Segment[] = [];
  /** The segment being read; undefined in unreachable code. */
  private current: Segment | undefined;
  /** Whether a reachable branch names each open block, innermost last. A loop's label is its header, not its end. */
  private readonly open: Label[] = [{ loop: false, named: false, turns: 0 }];

  get accumulates(): boolean {
    return this.made.slice(1).some((segment) => segment.weight > 0);
  }

  function(body: readonly Instruction[]): Segment {
    const entry = this.begin(1);
    this.list(body);
    for (const header of this.headers) header.weight = Math.max(1, header.weight);
    return entry;
  }

  private begin(minimum = 0): Segment {
    const segment: Segment = { weight: 0 };
    if (minimum > 0) this.headers.push(segment);
    this.made.push(segment);
    this.current = segment;
    return segment;
  }

  private list(instructions: readonly Instruction[]): void {
    for (const instruction of instructions) this.instruction(instruction);
  }

  /** Reads what a label encloses. Returns whether its end is reached, and whether by a branch. */
  private enclosed(loop: boolean, read: () => boolean): { reached: boolean; named: boolean; turns: number } {
    const label: Label = { loop, named: false, turns: 0 };
    this.open.push(label);
    const fallen = read();
    this.open.pop();
    const named = label.named && !loop;
    return { reached: fallen || named, named, turns: label.turns };
  }

  private instruction(instruction: Instruction): void {
    const before = this.current;
    switch (instruction.kind) {
      case 'plain':
        return this.plain(instruction);
      case 'block': {
        const { reached, named } = this.enclosed(false, () => {
          this.list(instruction.body);
          return this.current !== undefined;
        });
        if (named) instruction.after = this.begin();
        else if (!reached) this.current = undefined;
        return;
      }
      case 'loop':
        if (before !== undefined) instruction.header = this.begin(1);
        instruction.flushesAtHeader =
          this.enclosed(true, () => {
            this.list(instruction.body);
            return false;
          }).turns > MOST_TURNS || instruction.type.parameters > 0;
        return;
      case 'if': {
        if (before !== undefined) before.weight += 1;
        const { reached } = this.enclosed(false, () => {
          if (before !== undefined) instruction.consequentSegment = this.begin();
          this.list(instruction.consequent);
          const thenFalls = this.current !== undefined;
          this.current = before;
          if (instruction.alternative === undefined) return thenFalls || before !== undefined;
          if (before !== undefined) instruction.alternativeSegment = this.begin();
          this.list(instruction.alternative);
          return thenFalls || this.current !== undefined;
        });
        this.current = undefined;
        if (reached) instruction.after = this.begin();
        return;
      }
      case 'try': {
        const { reached } = this.enclosed(false, () => {
          this.list(instruction.body);
          let falls = this.current !== undefined;
          for (const handler of instruction.handlers) {
            this.current = undefined;
            if (before !== undefined) handler.segment = this.begin();
            this.list(handler.body);
            falls ||= this.current !== undefined;
          }
          return falls;
        });
        this.current = undefined;
        if (reached) instruction.after = this.begin();
        return;
      }
    }
  }

  private plain(instruction: Instruction & { readonly kind: 'plain' }): void {
    const { opcode, operands } = instruction;
    if (this.current === undefined) return;
    if (!FREE.has(opcode)) this.current.weight += 1;
    if (opcode === 0x0c || opcode === 0x0d || opcode === 0x0e) {
      for (const label of operands) {
        const target = this.open.at(-1 - Number(label));
        if (target === undefined) continue;
        target.named = true;
        target.turns += opcode === 0x0e ? MOST_TURNS + 1 : 1;
      }
    }
    if (opcode === 0x0d) instruction.after = this.begin();
    if (LEAVES.has(opcode)) this.current = undefined;
  }
}
