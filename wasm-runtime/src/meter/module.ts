/** What the meter must know of a module before it can rewrite a function: index spaces, signatures, memories. */
import { type ConstantIndexes, skipConstantExpression } from './constant-expression.ts';
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
  /** One byte per imported function: 1 when a call of it may run code that counts depth on its own and is left by exceptions. */
  readonly callsBack: Uint8Array;
  /** For each imported function, the one of the module itself that calls of it go to instead; else itself. */
  readonly callees: Int32Array;
  /** Type index of each function that the module defines. */
  readonly functionTypes: readonly number[];
  readonly bodies: readonly BodyRange[];
  readonly importedGlobalCount: number;
  /** Imported and defined. */
  readonly globalCount: number;
}

/** Emscripten's wrappers that catch what a function throws, where exceptions are JavaScript's. */
const CATCHES = /^invoke_/;

const EXTERNAL_KINDS = ['function', 'table', 'memory', 'global', 'tag'] as const;

/** What a library is linked to. */
export interface Surroundings {
  /** Whether they give a function of that name, rather than a library that exports one itself. */
  provides(name: string): boolean;
}

/**
 * @param library given when it is linked to another metered module: then what it imports is metered, but for what catches exceptions
 * @throws MeterError
 */
export function readModule(bytes: Uint8Array, library?: Surroundings): ModuleShape {
  const sections = readSections(bytes);
  const open = (id: number): BinaryReader => {
    const section = sections.find((candidate) => candidate.id === id);
    return section === undefined
      ? new BinaryReader(bytes, 0, 0, 'absent section')
      : new BinaryReader(bytes, section.contentStart, section.end, section.subject);
  };
  const types = vector(open(SECTION.type), readType);
  const imported = { function: 0, table: 0, memory: 0, global: 0, tag: 0 };
  const importedFunctions: string[] = [];
  vector(open(SECTION.import), (reader) => {
    reader.string();
    const offset = reader.position;
    const name = reader.string();
    if (library && name === COUNTER_EXPORT) refuseName(reader, offset, `the module already imports ${name}`);
    const kind = readImport(reader, types.length);
    if (kind === 'function') importedFunctions.push(name);
    imported[kind]++;
  });
  const functionTypes = vector(open(SECTION.function), (reader) => {
    return reader.index(types.length, 'type');
  });
  vector(open(SECTION.table), readTableType);
  const memories = vector(open(SECTION.memory), (reader) => readMemoryType(reader));
  if (imported.memory + memories.length > 1) open(SECTION.memory).refuse('more than one memory');
  vector(open(SECTION.tag), (reader) => readTagType(reader, types.length));
  const functionCount = imported.function + functionTypes.length;
  // In a library, the globals that it defines get other indexes.
  const indexes = { functions: functionCount, globals: library ? imported.global : Number.POSITIVE_INFINITY };
  const definedGlobals = vector(open(SECTION.global), (reader) => {
    reader.valueType();
    reader.byte();
    skipConstantExpression(reader, indexes);
  });
  const globalCount = imported.global + definedGlobals.length;
  const exported = new Map(
    vector(open(SECTION.export), (reader) => readExport(reader, functionCount, globalCount)).flatMap((entry) =>
      entry.kind === 'function' ? [[entry.name, entry.index]] : [],
    ),
  );
  const bodies = vector(open(SECTION.code), (reader) => {
    const length = reader.u32();
    const start = reader.position;
    reader.skip(length);
    return { start, end: reader.position };
  });
  if (bodies.length !== functionTypes.length)
    open(SECTION.code).fail(`${bodies.length} bodies for ${functionTypes.length} functions`);
  vector(open(SECTION.element), (reader) => readElements(reader, indexes));
  vector(open(SECTION.data), (reader) => readData(reader, indexes));
  const start = open(SECTION.start);
  if (start.end !== 0) start.index(functionCount, 'function');
  return {
    bytes,
    sections,
    types,
    importedFunctionCount: imported.function,
    callsBack: Uint8Array.from(importedFunctions, (name) => (!library || CATCHES.test(name) ? 1 : 0)),
    callees: Int32Array.from(importedFunctions, (name, index) => {
      return library && !library.provides(name) ? (exported.get(name) ?? index) : index;
    }),
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

function readExport(
  reader: BinaryReader,
  functionCount: number,
  globalCount: number,
): { name: string; kind: (typeof EXTERNAL_KINDS)[number]; index: number } {
  const offset = reader.position;
  const name = reader.string();
  if (name === COUNTER_EXPORT) refuseName(reader, offset, `the module already exports ${name}`);
  const kind = readKind(reader);
  const index = reader.u32();
  // An index one past the end would name a counter once it is there.
  if (kind === 'global' && index >= globalCount) reader.fail(`global ${index} does not exist`, offset);
  if (kind === 'function' && index >= functionCount) reader.fail(`function ${index} does not exist`, offset);
  return { name, kind, index };
}

function readElements(reader: BinaryReader, indexes: ConstantIndexes): void {
  const offset = reader.position;
  const flags = reader.u32();
  if (flags > 7) reader.refuse(`element segment with flags ${flags}`, offset);
  const active = (flags & 1) === 0;
  const explicit = (flags & 2) !== 0;
  const expressions = (flags & 4) !== 0;
  if (active && explicit) reader.u32();
  if (active) skipConstantExpression(reader, indexes);
  if (!active || explicit) {
    // A reference type before expressions, an element kind (always 0) before function indexes.
    if (expressions) reader.valueType();
    else if (reader.byte() !== 0) reader.refuse('unknown kind of elements', offset);
  }
  const count = reader.count();
  for (let index = 0; index < count; index++) {
    if (expressions) skipConstantExpression(reader, indexes);
    else reader.index(indexes.functions, 'function');
  }
}

function readData(reader: BinaryReader, indexes: ConstantIndexes): void {
  const offset = reader.position;
  const flags = reader.u32();
  if (flags > 2) reader.fail(`data segment with flags ${flags}`, offset);
  if (flags === 2 && reader.u32() !== 0) reader.refuse('more than one memory', offset);
  if (flags !== 1) skipConstantExpression(reader, indexes);
  reader.skip(reader.u32());
}

function refuseName(reader: BinaryReader, offset: number, reason: string): never {
  throw new MeterError('NAME_TAKEN', reader.subject, offset, reason);
}
