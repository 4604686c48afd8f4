/** The types that generated modules use (`wasm-generator.ts`), and the tape that decides their shape. */
import { I32, I64 } from './wasm-bytes.ts';

export type Type = typeof I32 | typeof I64;
export interface Signature {
  readonly parameters: readonly Type[];
  readonly results: readonly Type[];
}

/** Signatures for functions, blocks and tags; blocks use those of every shape. */
export const SIGNATURES: readonly Signature[] = [
  { parameters: [], results: [] },
  { parameters: [I32], results: [I32] },
  { parameters: [], results: [I32] },
  { parameters: [I32], results: [] },
  { parameters: [I32, I64], results: [I64, I32] },
  { parameters: [], results: [I64, I32] },
  { parameters: [I64], results: [I64, I64, I32] },
  { parameters: [I32, I32], results: [I32] },
  { parameters: [I32, I64], results: [] },
];
/** Signatures of the tags. */
export const TAGS = [0, 3, 8] as const;
export function signatureAt(index: number): Signature {
  return SIGNATURES[index] ?? { parameters: [], results: [] };
}

export function sameTypes(left: readonly Type[], right: readonly Type[]): boolean {
  return left.join() === right.join();
}

/** A list of numbers that decides every choice. */
export class Tape {
  private readonly numbers: readonly number[];
  private at = 0;

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  /** A number below `limit`. Past the tape's end always 0, which everywhere is the simplest choice. */
  choose(limit: number): number {
    return (this.numbers[this.at++] ?? 0) % limit;
  }

  get left(): boolean {
    return this.at < this.numbers.length;
  }
}
