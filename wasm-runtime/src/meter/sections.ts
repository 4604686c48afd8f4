/** Splits a module into its sections and checks their order. */
import { MeterError } from './error.ts';
import { BinaryReader } from './reader.ts';

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** Section names by id. */
const NAMES = [
  'custom section',
  'type section',
  'import section',
  'function section',
  'table section',
  'memory section',
  'global section',
  'export section',
  'start section',
  'element section',
  'code section',
  'data section',
  'data count section',
  'tag section',
] as const;

/** Where each section stands in a module, by id; ids grew out of order. Custom sections stand anywhere. */
const RANKS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6] as const;

/** The place of a section id in the order of a module. */
export function rankOf(id: number): number {
  return RANKS[id] ?? 0;
}

export interface Section {
  readonly id: number;
  /** For messages: `code section`, `custom section "name"`. */
  readonly subject: string;
  /** The name of a custom section, else empty. */
  readonly customName: string;
  /** Offset of the section's id byte. */
  readonly start: number;
  /** Offset of its content. */
  readonly contentStart: number;
  readonly end: number;
}

/** `\0asm`, version 1. */
export const MODULE_HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** @throws MeterError when the module's frame is malformed or a section is unknown, repeated or out of order. */
export function readSections(bytes: Uint8Array): Section[] {
  for (const [index, expected] of MODULE_HEADER.entries()) {
    if (bytes[index] !== expected)
      throw new MeterError('MALFORMED', 'module header', index, 'not a WebAssembly module of version 1');
  }
  const sections: Section[] = [];
  const reader = new BinaryReader(bytes, MODULE_HEADER.length, bytes.length, 'section header');
  let lastRank = 0;
  while (reader.position < reader.end) {
    const start = reader.position;
    const id = reader.byte();
    const subject = NAMES[id];
    if (subject === undefined) throw new MeterError('UNSUPPORTED', `section ${id}`, start, 'unknown section');
    const length = reader.u32();
    const contentStart = reader.position;
    if (length > reader.end - contentStart) throw new MeterError('MALFORMED', subject, start, 'longer than the module');
    const end = contentStart + length;
    reader.position = end;
    if (id === SECTION.custom) {
      const customName = new BinaryReader(bytes, contentStart, end, subject).string();
      sections.push({
        id,
        subject: `custom section ${JSON.stringify(customName)}`,
        customName,
        start,
        contentStart,
        end,
      });
      continue;
    }
    const rank = rankOf(id);
    if (rank <= lastRank) throw new MeterError('MALFORMED', subject, start, 'repeated or out of order');
    lastRank = rank;
    sections.push({ id, subject, customName: '', start, contentStart, end });
  }
  return sections;
}
