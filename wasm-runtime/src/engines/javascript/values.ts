/**
 * Reads QuickJS's values where they lie in linear memory, without running anything of the guest. Every number read is
 * hostile: addresses are checked before use, and lengths before anything is made of them.
 */
import type { GuestMemory } from '../../gate/memory.ts';
import type { Layout } from './layout.ts';

const WIDE = 0x8000_0000;
const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });
const BYTES_PER_PROPERTY = 8;
const FLAG_SHIFT = 26;
/** Globals that are looked at; no program declares more. */
const MAX_PROPERTIES = 1 << 20;

/** Flags of a property, as JS_PROP_* say. */
const FLAG = { configurable: 1, writable: 2, type: 0x30, variable: 0x20 } as const;

export interface Property {
  /** Address of the 32 bits with the flags. */
  flagsAddress: number;
  flags: number;
  /** The name. */
  atom: number;
  /** Address of the value: for a variable, a pointer to its cell. */
  slot: number;
}

export class Values {
  readonly #memory: GuestMemory;
  readonly #layout: Layout;

  constructor(memory: GuestMemory, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  /** @param value address of a JSValue, for all that follow */
  tag(value: number): number {
    return this.#memory.view(value, 8).getInt32(4, true);
  }

  is(value: number, tag: 'string' | 'object' | 'int' | 'bool' | 'null' | 'undefined' | 'exception'): boolean {
    return this.tag(value) === this.#layout[`tag_${tag}`];
  }

  /** The number of an int, the truth of a bool; undefined for anything else. */
  int(value: number): number | undefined {
    return this.is(value, 'int') || this.is(value, 'bool') ? this.#memory.view(value, 8).getInt32(0, true) : undefined;
  }

  /** Length of a flat string in UTF-16 code units; undefined when it is none. */
  textLength(value: number): number | undefined {
    if (!this.is(value, 'string')) return undefined;
    return (this.#word(this.#pointer(value) + this.#layout.string_length) & ~WIDE) >>> 0;
  }

  /** Text of a flat string, lone surrogates replaced; undefined when it is none or longer than `maxLength` code units. */
  text(value: number, maxLength: number): string | undefined {
    const length = this.textLength(value);
    if (length === undefined || length > maxLength) return undefined;
    const string = this.#pointer(value);
    const characters = string + this.#layout.string_characters;
    if (this.#word(string + this.#layout.string_length) & WIDE)
      return utf16.decode(this.#memory.bytes(characters, length * 2).slice());
    // Latin-1, which the Encoding standard has no decoder for: its bytes are the code units.
    return utf16.decode(new Uint16Array(this.#memory.bytes(characters, length)));
  }

  /** A part of an ArrayBuffer, until the guest runs again; undefined when it is none or the part is not within it. */
  bufferPart(value: number, offset: number, length: number): Uint8Array | undefined {
    const { object_class, object_data, class_array_buffer, buffer_length, buffer_data } = this.#layout;
    if (!this.is(value, 'object')) return undefined;
    const object = this.#pointer(value);
    if (this.#memory.view(object + object_class, 2).getUint16(0, true) !== class_array_buffer) return undefined;
    const buffer = this.#word(object + object_data);
    if (offset < 0 || length < 0 || offset + length > this.#word(buffer + buffer_length)) return undefined;
    if (length === 0) return new Uint8Array(0);
    return this.#memory.bytes(this.#word(buffer + buffer_data) + offset, length);
  }

  /** The named properties that are variables: cells which functions may share. */
  variables(value: number): Property[] {
    const { object_shape, object_properties, shape_count, shape_properties } = this.#layout;
    if (!this.is(value, 'object')) return [];
    const object = this.#pointer(value);
    const shape = this.#word(object + object_shape);
    const slots = this.#word(object + object_properties);
    const found: Property[] = [];
    const count = Math.min(this.#word(shape + shape_count), MAX_PROPERTIES);
    for (let index = 0; index < count; index++) {
      const flagsAddress = shape + shape_properties + index * BYTES_PER_PROPERTY;
      const flags = this.#word(flagsAddress) >>> FLAG_SHIFT;
      const atom = this.#word(flagsAddress + 4);
      if (atom !== 0 && (flags & FLAG.type) === FLAG.variable) {
        found.push({ flagsAddress, flags, atom, slot: slots + index * BYTES_PER_PROPERTY });
      }
    }
    return found;
  }

  /** Lets two properties exchange their cells. Both stay referenced once. */
  swapCells(a: Property, b: Property): void {
    const cell = this.#word(a.slot);
    this.#memory.setUint32(a.slot, this.#word(b.slot));
    this.#memory.setUint32(b.slot, cell);
  }

  /** A variable that `var` or `function` declared cannot be deleted or declared otherwise; from now on it can. */
  makeConfigurable(property: Property): void {
    this.#memory.setUint32(
      property.flagsAddress,
      (this.#word(property.flagsAddress) | (FLAG.configurable << FLAG_SHIFT)) >>> 0,
    );
  }

  isConfigurable(property: Property): boolean {
    return (property.flags & FLAG.configurable) !== 0;
  }

  isWritable(property: Property): boolean {
    return (property.flags & FLAG.writable) !== 0;
  }

  #pointer(value: number): number {
    return this.#word(value);
  }

  #word(address: number): number {
    return this.#memory.view(address, 4).getUint32(0, true);
  }
}
