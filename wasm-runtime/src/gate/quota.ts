/** What the guest's files may use, counted where bytes and nodes are made, so that nothing escapes by being unlinked or hidden. */
import { refuse } from './errno.ts';

export interface FileLimits {
  /** Bytes of all files, symbolic link targets included, that exist beyond those of the boot. */
  max_bytes: number;
  /** Files, directories and symbolic links together. */
  max_nodes: number;
}

export type FileLimit = 'bytes' | 'nodes' | 'descriptors';

/** The latest refusal of one limit. `used` is what the guest asked to have in total. */
export interface Refusal {
  limit: FileLimit;
  used: number;
  allowed: number;
}

/** Until guest mode begins only these guards against a runaway boot hold. */
const BOOT_LIMITS: FileLimits = { max_bytes: 1 << 30, max_nodes: 200_000 };

export class Quota {
  #limits: FileLimits = BOOT_LIMITS;
  #bytes = 0;
  #nodes = 0;
  readonly #refusals = new Map<FileLimit, Refusal>();

  get bytes(): number {
    return this.#bytes;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get limits(): FileLimits {
    return this.#limits;
  }

  /** Starts the guest's account at zero. */
  begin(limits: FileLimits): void {
    this.#limits = { ...limits };
    this.#bytes = 0;
    this.#nodes = 0;
    this.#refusals.clear();
  }

  /** @throws Errno ENOSPC when `delta` more bytes are too many; a negative `delta` never throws. */
  addBytes(delta: number): void {
    const used = this.#bytes + delta;
    if (delta > 0 && used > this.#limits.max_bytes) {
      this.record('bytes', used, this.#limits.max_bytes);
      refuse('ENOSPC');
    }
    this.#bytes = used;
  }

  /** @throws Errno ENOSPC when `delta` more nodes are too many; a negative `delta` never throws. */
  addNodes(delta: number): void {
    const used = this.#nodes + delta;
    if (delta > 0 && used > this.#limits.max_nodes) {
      this.record('nodes', used, this.#limits.max_nodes);
      refuse('ENOSPC');
    }
    this.#nodes = used;
  }

  record(limit: FileLimit, used: number, allowed: number): void {
    this.#refusals.delete(limit);
    this.#refusals.set(limit, { limit, used: Math.min(used, Number.MAX_SAFE_INTEGER), allowed });
  }

  /** The latest first, at most one per limit; the host reads them after a step and forgets them before the next. */
  refusals(): Refusal[] {
    return [...this.#refusals.values()].reverse();
  }

  forgetRefusals(): void {
    this.#refusals.clear();
  }
}
