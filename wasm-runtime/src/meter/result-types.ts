/** Types without parameters: the block that wraps a function's body needs one that yields the function's results. */
import { type FunctionType } from './module.ts';

const EMPTY = 0x40;

export class ResultTypes {
  /** Result lists for which the module had no type without parameters; they follow its own types. */
  readonly added: Uint8Array[] = [];
  private readonly indexes = new Map<string, number>();
  /** By the type that a function has, so that a long list of results is compared once and not for every function. */
  private readonly found = new Map<FunctionType, number>();
  private readonly typeCount: number;

  constructor(types: readonly FunctionType[]) {
    this.typeCount = types.length;
    for (const [index, { parameterCount, results }] of types.entries()) {
      if (parameterCount === 0 && !this.indexes.has(results.join())) this.indexes.set(results.join(), index);
    }
  }

  /** The block type as a signed integer: an index, or the negative number that a value type's one byte stands for. */
  blockType(type: FunctionType): number {
    const { results } = type;
    if (results.length < 2) return (results[0] ?? EMPTY) - 0x80;
    const index = this.found.get(type) ?? this.index(results);
    this.found.set(type, index);
    return index;
  }

  /** The index of the type that takes nothing and gives these. */
  index(results: Uint8Array): number {
    const key = results.join();
    const index = this.indexes.get(key) ?? this.typeCount + this.added.push(results) - 1;
    this.indexes.set(key, index);
    return index;
  }
}
