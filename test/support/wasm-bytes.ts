/** Writes pieces of WebAssembly modules for tests, as plain arrays of bytes. */

export const I32 = 0x7f;
export const I64 = 0x7e;

export class Bytes {
  readonly values: number[] = [];

  push(...bytes: readonly number[]): void {
    this.values.push(...bytes);
  }
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...unsigned(Math.floor(value / 0x80))];
}

/** Signed LEB128. */
export function signed(value: number): number[] {
  if (value >= -0x40 && value < 0x40) return [value & 0x7f];
  return [(value & 0x7f) + 0x80, ...signed(Math.floor(value / 0x80))];
}

export function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** A module of the given sections. */
export function moduleOf(...sections: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
}
