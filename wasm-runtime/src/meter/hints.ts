/**
 * Tells engines that the branches to traps are not taken: the custom section `metadata.code.branch_hint` of the branch
 * hinting proposal, https://webassembly.github.io/branch-hinting/core/appendix/custom.html. An engine that does not know
 * it does the same, slower: V8 takes code before a trap for as likely as any other, and then inlines less.
 */
import { BinaryWriter } from './writer.ts';

const SECTION_NAME = 'metadata.code.branch_hint';
const UNLIKELY = [1, 0];

export class BranchHints {
  private readonly functions = new BinaryWriter(1 << 16);
  private count = 0;

  /** @param offsets of the branches, ascending, in bytes from the start of the function's local declarations */
  add(functionIndex: number, offsets: readonly number[]): void {
    if (offsets.length === 0) return;
    this.count++;
    this.functions.u32(functionIndex);
    this.functions.u32(offsets.length);
    for (const offset of offsets) {
      this.functions.u32(offset);
      for (const byte of UNLIKELY) this.functions.byte(byte);
    }
  }

  /** The section's content, name included; to stand before the code section. Undefined where there is nothing to say. */
  section(): BinaryWriter | undefined {
    if (this.count === 0) return undefined;
    const out = new BinaryWriter(this.functions.size + 64);
    out.string(SECTION_NAME);
    out.u32(this.count);
    out.append(this.functions.view());
    return out;
  }
}
