/** How WebAssembly code ends other than by returning, in `wasm-interpreter.ts`. */

/** Why the engine stops: the first three are the meter's and the program's own, the rest are faults. */
export type TrapReason =
  | 'fuel'
  | 'depth'
  | 'unreachable'
  | 'divide by zero'
  | 'divide result unrepresentable'
  | 'memory access out of bounds'
  | 'table access out of bounds'
  | 'indirect call of another type';

export class Trap extends Error {
  readonly reason: TrapReason;
  constructor(reason: TrapReason) {
    super(reason);
    this.reason = reason;
  }
}

/** An exception that WebAssembly code threw. */
export class TaggedException extends Error {
  readonly tag: number;
  readonly values: readonly unknown[];
  constructor(tag: number, values: readonly unknown[]) {
    super(`exception ${tag}`);
    this.tag = tag;
    this.values = values;
  }
}

/** An exception on its way to the block that a `delegate` names. */
export class Delegated extends Error {
  readonly thrown: unknown;
  readonly label: number;
  constructor(thrown: unknown, label: number) {
    super('delegated');
    this.thrown = thrown;
    this.label = label;
  }
}
