/** Why the meter refuses a module. Modules come from outside: every refusal is one of these, never an untyped error. */

/**
 * `MALFORMED`: the bytes are not a WebAssembly module. `UNSUPPORTED`: they may be, but use something the meter does not
 * know how to count. `MEMORY_MINIMUM`: the module demands more memory than it may have. `NAME_TAKEN`: it already
 * exports a counter's name. `TOO_LARGE`: it passes a limit that engines put on modules, or would once metered.
 */
export type MeterErrorCode = 'MALFORMED' | 'UNSUPPORTED' | 'MEMORY_MINIMUM' | 'NAME_TAKEN' | 'TOO_LARGE';

export class MeterError extends Error {
  override readonly name = 'MeterError';
  readonly code: MeterErrorCode;
  /** The section or the instruction that is refused, by its name in the specification. */
  readonly subject: string;
  /** Where it stands, in bytes from the start of the module. */
  readonly offset: number;

  constructor(code: MeterErrorCode, subject: string, offset: number, reason: string) {
    super(`${subject} at byte ${offset}: ${reason}`);
    this.code = code;
    this.subject = subject;
    this.offset = offset;
  }
}

/** `0x0b`, `0xfd`, …: how the specification writes a byte. */
export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
