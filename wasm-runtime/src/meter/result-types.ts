/** Block types that yield a function's results: the block that wraps its body needs one. */
import { type FunctionType } from './module.ts';

const EMPTY = 0x40;

export class ResultTypes {
  /** Result lists for which the module had no type without parameters; they follow its own types. */
  readonly added: Uint8Array[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly typeCount: number;

  constructor(types: readonly FunctionType[]) {
    this.typeCount = types.length;
    for (const [index, { parameterCount, results }] of types.entries()) {
      if (parameterCount === 0 && !this.indexes.has(results.join())) this.indexes.set(results.join(), index);
    }
  }

  /** The block type as a signed integer: an index, or the negative number that a value type's one byte stands for. */
  blockType(results: Uint8Array): number {
    if (results.length < 2) return (results[0] ?? EMPTY) - 0x80;
    const key = results.join();
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    const index = this.typeCount + this.added.push(results) - 1;
    this.indexes.set(key, index);
    return index;
  }
}
