/** Reads the WebAssembly binary format. The bytes are not trusted: every read is bounded, every failure a MeterError. */
import { hexByte, MeterError } from './error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class BinaryReader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte, from the start of the module. */
  position: number;
  readonly end: number;
  /** What is being read, for messages: the name of a section. */
  readonly subject: string;

  constructor(bytes: Uint8Array, start: number, end: number, subject: string) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.subject = subject;
  }

  fail(reason: string, offset: number = this.position): never {
    throw new MeterError('MALFORMED', this.subject, offset, reason);
  }

  refuse(reason: string, offset: number = this.position): never {
    throw new MeterError('UNSUPPORTED', this.subject, offset, reason);
  }

  byte(): number {
    const byte = this.position < this.end ? this.bytes[this.position] : undefined;
    if (byte === undefined) this.fail('unexpected end');
    this.position++;
    return byte;
  }

  /** An index into a space of so many. Past the end stands, once metered, what the rewriter added: a module must not reach it. */
  index(count: number, kind: string): number {
    const offset = this.position;
    const index = this.u32();
    if (index >= count) this.fail(`${kind} ${index} does not exist`, offset);
    return index;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const start = this.position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      // The fifth byte holds the last four bits.
      if (shift === 28 && byte > 0x0f) this.fail('integer too large', start);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    this.fail('integer too long', start);
  }

  /** Passes over a signed LEB128 of at most `bits` bits. */
  skipSigned(bits: 32 | 33 | 64): void {
    const start = this.position;
    for (let read = 0; read < bits; read += 7) {
      if (this.byte() < 0x80) return;
    }
    this.fail('integer too long', start);
  }

  /** The length of a vector whose items take at least one byte each: a count beyond that cannot be honest. */
  count(): number {
    const start = this.position;
    const count = this.u32();
    if (count > this.end - this.position) this.fail(`${count} items do not fit`, start);
    return count;
  }

  skip(length: number): void {
    if (length > this.end - this.position) this.fail('unexpected end');
    this.position += length;
  }

  string(): string {
    const start = this.position;
    const length = this.u32();
    const from = this.position;
    this.skip(length);
    try {
      return utf8.decode(this.bytes.subarray(from, this.position));
    } catch {
      return this.fail('not UTF-8', start);
    }
  }

  /** A value type of WebAssembly 2.0: numbers, v128, funcref, externref. */
  valueType(): number {
    const start = this.position;
    const type = this.byte();
    if (!isValueType(type)) this.refuse(`value type ${hexByte(type)}`, start);
    return type;
  }

  finish(): void {
    if (this.position !== this.end) this.fail(`${this.end - this.position} bytes left over`);
  }
}

export const VALUE_TYPE = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
} as const;

export function isValueType(byte: number): boolean {
  return (
    (byte >= VALUE_TYPE.v128 && byte <= VALUE_TYPE.i32) || byte === VALUE_TYPE.funcref || byte === VALUE_TYPE.externref
  );
}
