/** What the meter must know of a module before it can rewrite a function: index spaces, signatures, memories. */
import { skipConstantExpression } from './constant-expression.ts';
import { COUNTER_EXPORT } from './counter.ts';
import { MeterError } from './error.ts';
import { BinaryReader } from './reader.ts';
import { readSections, SECTION, type Section } from './sections.ts';

export interface FunctionType {
  readonly parameterCount: number;
  /** Result types, one byte each. */
  readonly results: Uint8Array;
}

/** Offsets of a function's body: local declarations, instructions and final `end`. */
export interface BodyRange {
  readonly start: number;
  readonly end: number;
}

export interface ModuleShape {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly types: readonly FunctionType[];
  readonly importedFunctionCount: number;
  /** Type index of each function that the module defines. */
  readonly functionTypes: readonly number[];
  readonly bodies: readonly BodyRange[];
  readonly importedGlobalCount: number;
  /** Imported and defined. */
  readonly globalCount: number;
}

const EXTERNAL_KINDS = ['function', 'table', 'memory', 'global', 'tag'] as const;

/** @throws MeterError */
export function readModule(bytes: Uint8Array): ModuleShape {
  const sections = readSections(bytes);
  const open = (id: number): BinaryReader => {
    const section = sections.find((candidate) => candidate.id === id);
    return section === undefined
      ? new BinaryReader(bytes, 0, 0, 'absent section')
      : new BinaryReader(bytes, section.contentStart, section.end, section.subject);
  };
  const types = vector(open(SECTION.type), readType);
  const imported = { function: 0, table: 0, memory: 0, global: 0, tag: 0 };
  vector(open(SECTION.import), (reader) => {
    reader.string();
    reader.string();
    imported[readImport(reader, types.length)]++;
  });
  const functionTypes = vector(open(SECTION.function), (reader) => {
    return reader.index(types.length, 'type');
  });
  vector(open(SECTION.table), readTableType);
  const memories = vector(open(SECTION.memory), (reader) => readMemoryType(reader));
  if (imported.memory + memories.length > 1) open(SECTION.memory).refuse('more than one memory');
  vector(open(SECTION.tag), (reader) => readTagType(reader, types.length));
  const functionCount = imported.function + functionTypes.length;
  const definedGlobals = vector(open(SECTION.global), (reader) => {
    reader.valueType();
    reader.byte();
    skipConstantExpression(reader, functionCount);
  });
  const globalCount = imported.global + definedGlobals.length;
  vector(open(SECTION.export), (reader) => readExport(reader, functionCount, globalCount));
  const bodies = vector(open(SECTION.code), (reader) => {
    const length = reader.u32();
    const start = reader.position;
    reader.skip(length);
    return { start, end: reader.position };
  });
  if (bodies.length !== functionTypes.length)
    open(SECTION.code).fail(`${bodies.length} bodies for ${functionTypes.length} functions`);
  vector(open(SECTION.element), (reader) => readElements(reader, functionCount));
  vector(open(SECTION.data), (reader) => readData(reader, functionCount));
  const start = open(SECTION.start);
  if (start.end !== 0) start.index(functionCount, 'function');
  return {
    bytes,
    sections,
    types,
    importedFunctionCount: imported.function,
    functionTypes,
    bodies,
    importedGlobalCount: imported.global,
    globalCount,
  };
}

/** Reads a whole section that is one vector. An absent section is an empty one. */
function vector<T>(reader: BinaryReader, readItem: (reader: BinaryReader) => T): T[] {
  const items: T[] = [];
  if (reader.end === 0) return items;
  const count = reader.count();
  for (let index = 0; index < count; index++) items.push(readItem(reader));
  reader.finish();
  return items;
}

function readType(reader: BinaryReader): FunctionType {
  const offset = reader.position;
  const form = reader.byte();
  if (form !== 0x60) reader.refuse('a type that is not a function type (garbage collection)', offset);
  const parameterCount = reader.count();
  for (let index = 0; index < parameterCount; index++) reader.valueType();
  const resultCount = reader.count();
  const start = reader.position;
  for (let index = 0; index < resultCount; index++) reader.valueType();
  return { parameterCount, results: reader.bytes.subarray(start, reader.position) };
}

function readImport(reader: BinaryReader, typeCount: number): (typeof EXTERNAL_KINDS)[number] {
  const kind = readKind(reader);
  if (kind === 'function') reader.index(typeCount, 'type');
  else if (kind === 'table') readTableType(reader);
  else if (kind === 'memory') readMemoryType(reader);
  else if (kind === 'tag') readTagType(reader, typeCount);
  else {
    reader.valueType();
    reader.byte();
  }
  return kind;
}

function readKind(reader: BinaryReader): (typeof EXTERNAL_KINDS)[number] {
  const offset = reader.position;
  const kind = EXTERNAL_KINDS[reader.byte()];
  if (kind === undefined) reader.fail('unknown kind of import or export', offset);
  return kind;
}

function readTableType(reader: BinaryReader): void {
  const offset = reader.position;
  const element = reader.valueType();
  if (element !== 0x70 && element !== 0x6f) reader.fail('a table of numbers', offset);
  readLimits(reader);
}

interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

/** Limits in pages of 64 KiB. */
export function readMemoryType(reader: BinaryReader): Limits {
  return readLimits(reader);
}

function readLimits(reader: BinaryReader): Limits {
  const offset = reader.position;
  const flags = reader.byte();
  if ((flags & 2) !== 0) reader.refuse('shared memory (threads)', offset);
  if ((flags & 4) !== 0) reader.refuse('64-bit memory or table (memory64)', offset);
  if (flags > 1) reader.refuse(`limits with flags ${flags}`, offset);
  const minimum = reader.u32();
  return { minimum, maximum: flags === 1 ? reader.u32() : undefined };
}

function readTagType(reader: BinaryReader, typeCount: number): void {
  const offset = reader.position;
  if (reader.byte() !== 0) reader.fail('unknown tag attribute', offset);
  reader.index(typeCount, 'type');
}

function readExport(reader: BinaryReader, functionCount: number, globalCount: number): void {
  const offset = reader.position;
  const name = reader.string();
  if (name === COUNTER_EXPORT) {
    throw new MeterError('NAME_TAKEN', reader.subject, offset, `the module already exports ${name}`);
  }
  const kind = readKind(reader);
  const index = reader.u32();
  // An index one past the end would name a counter once it is there.
  if (kind === 'global' && index >= globalCount) reader.fail(`global ${index} does not exist`, offset);
  if (kind === 'function' && index >= functionCount) reader.fail(`function ${index} does not exist`, offset);
}

function readElements(reader: BinaryReader, functionCount: number): void {
  const offset = reader.position;
  const flags = reader.u32();
  if (flags > 7) reader.refuse(`element segment with flags ${flags}`, offset);
  const active = (flags & 1) === 0;
  const explicit = (flags & 2) !== 0;
  const expressions = (flags & 4) !== 0;
  if (active && explicit) reader.u32();
  if (active) skipConstantExpression(reader, functionCount);
  if (!active || explicit) {
    // A reference type before expressions, an element kind (always 0) before function indexes.
    if (expressions) reader.valueType();
    else if (reader.byte() !== 0) reader.refuse('unknown kind of elements', offset);
  }
  const count = reader.count();
  for (let index = 0; index < count; index++) {
    if (expressions) skipConstantExpression(reader, functionCount);
    else reader.index(functionCount, 'function');
  }
}

function readData(reader: BinaryReader, functionCount: number): void {
  const offset = reader.position;
  const flags = reader.u32();
  if (flags > 2) reader.fail(`data segment with flags ${flags}`, offset);
  if (flags === 2 && reader.u32() !== 0) reader.refuse('more than one memory', offset);
  if (flags !== 1) skipConstantExpression(reader, functionCount);
  reader.skip(reader.u32());
}
