/** Puts a metered module together from the original's sections and its rewritten functions. */
import { depthCounted, readCallGraph } from './calls.ts';
import { BodyDecoder, MAXIMUM_LOCALS } from './decode.ts';
import { COUNTER_EXPORT, COUNTER_MODULE, MAX_DEPTH, MAX_FUEL, packCounter } from './counter.ts';
import { BodyEmitter } from './emit.ts';
import { MeterError } from './error.ts';
import { exhaustedBody } from './exhausted.ts';
import { FlowGraph } from './flow.ts';
import { BranchHints } from './hints.ts';
import { type ModuleShape, readMemoryType, readModule, type Surroundings } from './module.ts';
import { OpenNans } from './open-nans.ts';
import { OPCODE } from './opcodes.ts';
import { Placement } from './placement.ts';
import { BinaryReader, VALUE_TYPE } from './reader.ts';
import { MODULE_HEADER, rankOf, SECTION, type Section } from './sections.ts';
import { Segments } from './segments.ts';
import { ResultTypes } from './result-types.ts';
import { lookingFunctions } from './unseen.ts';
import { BinaryWriter } from './writer.ts';

/** More than a program can use in days: a host sets the counter before each call. */
export const DEFAULT_INITIAL_FUEL: bigint = MAX_FUEL;
/**
 * Counted frames. An ordinary RecursionError of CPython 3.14 needs a little over 1,000 of them, and Node 20's default
 * stack of 984 KiB overflowed at 1,212 in the deepest recursion tried (`__getattr__`).
 */
export const DEFAULT_MAX_DEPTH = 1100;
const MAXIMUM_PAGES = 65_536;
/** Engines refuse a longer function body (WebAssembly JavaScript interface, implementation limits). */
const MAXIMUM_BODY_BYTES = 7_654_321;
/** Locals that `emit.ts` adds at most. */
const ADDED_LOCALS = 5;

export interface MeterOptions {
  /**
   * Most pages of 64 KiB that a memory defined in the module may grow to, 0 to 65,536. An imported memory is not
   * touched: whoever makes it sets its maximum.
   */
  readonly memoryMaximumPages?: number;
  /** Counted frames that may be live at once, 0 to 2,047. */
  readonly maxDepth?: number;
  /** Initial fuel, 0 to 2^50-1. It is what a start function runs on. */
  readonly initialFuel?: bigint;
}

/**
 * Rewrites `bytes` so that the module counts as `cost.ts` says. The result exports a mutable global, `__counter` (i64),
 * which holds the fuel that is left and the frames that may still be entered (`counter.ts` takes it apart). It is the
 * host's to set between calls; the guest has no way to name it. After a call, however it ended, fuel is negative when it
 * ran out, and depth when frames did; either way the instance is done for. An exception that leaves an export leaves
 * the depth where it was.
 *
 * Side effect free and deterministic: the same bytes and options give the same bytes. What the original computes, the
 * result computes; a valid module gives a valid one. Whether `bytes` is valid is left to the engine, except where an
 * invalid module could become valid.
 *
 * @throws MeterError when the module is malformed, uses what the meter does not know, or wants more than it may have.
 * @throws RangeError when an option is out of range.
 */
export function meterModule(bytes: Uint8Array, options: MeterOptions = {}): Uint8Array<ArrayBuffer> {
  const { memoryMaximumPages, maxDepth = DEFAULT_MAX_DEPTH, initialFuel = DEFAULT_INITIAL_FUEL } = options;
  if (memoryMaximumPages !== undefined) expectInteger('memoryMaximumPages', memoryMaximumPages, MAXIMUM_PAGES);
  expectInteger('maxDepth', maxDepth, MAX_DEPTH);
  if (initialFuel < 0n || initialFuel > MAX_FUEL)
    throw new RangeError(`expected initialFuel from 0 to ${MAX_FUEL}, got ${initialFuel}`);

  const module = readModule(bytes);
  const counter = module.globalCount;
  const replacements = new Replacements(bytes);
  replacements.append(SECTION.global, (out) => writeCounter(out, initialFuel, maxDepth));
  replacements.append(SECTION.export, (out) => writeExport(out, counter));
  if (memoryMaximumPages !== undefined && module.sections.some((section) => section.id === SECTION.memory)) {
    replacements.set(SECTION.memory, (section) => cappedMemory(bytes, section, memoryMaximumPages));
  }
  return rewrite(module, { counter, firstMovedGlobal: Number.POSITIVE_INFINITY }, replacements);
}

/**
 * Rewrites a library that is linked to a metered module at run time, such as Emscripten's side modules, which import memory and table.
 * It counts in that module's counter, which it imports as `env.__counter`. What it imports must be metered functions, or
 * functions of a host that keeps the counter; only `invoke_*` may catch what a guest has thrown. Two libraries may not call each other
 * in a circle by imports: a circle through the table is counted. Where it imports a function that it exports itself, as C++ does with
 * what templates make, and its surroundings have none of that name, it calls its own.
 *
 * @throws MeterError as `meterModule`, and where a constant names a global that the library defines
 */
export function meterLibrary(bytes: Uint8Array, surroundings: Surroundings): Uint8Array<ArrayBuffer> {
  const module = readModule(bytes, surroundings);
  const counter = module.importedGlobalCount;
  const replacements = new Replacements(bytes);
  replacements.append(SECTION.import, writeCounterImport);
  replacements.set(SECTION.export, (section) => movedExports(bytes, section, counter));
  return rewrite(module, { counter, firstMovedGlobal: counter }, replacements);
}

interface Globals {
  /** Index of the counter in the metered module. */
  readonly counter: number;
  /** Globals of the original from this index on move up by one. */
  readonly firstMovedGlobal: number;
}

function rewrite(module: ModuleShape, globals: Globals, replacements: Replacements): Uint8Array<ArrayBuffer> {
  const resultTypes = new ResultTypes(module.types);
  const { code, hints, exhaustedType } = rewriteCode(module, globals, resultTypes);
  const { added } = resultTypes;
  if (added.length > 0) replacements.append(SECTION.type, (out) => writeTypes(out, added), added.length);
  if (module.bodies.length > 0) replacements.set(SECTION.code, () => code);
  if (exhaustedType !== undefined) replacements.append(SECTION.function, (out) => out.u32(exhaustedType));
  return assemble(module, replacements, hints);
}

/** What sections become, by id. */
class Replacements extends Map<number, (section: Section | undefined) => BinaryWriter> {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
  }

  /** A section that is one vector, copied with items added at its end. */
  append(id: number, write: (out: BinaryWriter) => void, added = 1): void {
    this.set(id, (section) => withItems(this.#bytes, section, added, write));
  }
}

function expectInteger(name: string, value: number, maximum: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new RangeError(`expected ${name} to be an integer from 0 to ${maximum}, got ${value}`);
  }
}

interface RewrittenCode {
  readonly code: BinaryWriter;
  /** Type of the function of `exhausted.ts`, which follows the module's own, if any of these calls it. */
  readonly exhaustedType: number | undefined;
  /** Content of a custom section to stand before it, if there is any. */
  readonly hints: BinaryWriter | undefined;
}

function rewriteCode(
  module: ModuleShape,
  { counter, firstMovedGlobal }: Globals,
  resultTypes: ResultTypes,
): RewrittenCode {
  const decoder = new BodyDecoder(module);
  const calls = readCallGraph(module, decoder);
  const countsDepth = depthCounted(calls);
  const looks = lookingFunctions(calls, countsDepth);
  const segments = new Segments(decoder);
  const body = new BinaryWriter(1 << 16);
  const graph = new FlowGraph(decoder, segments);
  const placement = new Placement();
  const nans = new OpenNans(decoder, module.bytes);
  const emitter = new BodyEmitter(body, module.bytes, { body: decoder, segments, placement, nans }, counter);
  // Counting code makes a function about a third larger.
  const code = new BinaryWriter(Math.ceil(module.bytes.length * 1.4));
  const hints = new BranchHints();
  const counts = countsDepth.includes(1);
  code.u32(module.bodies.length + (counts ? 1 : 0));
  for (const [index, range] of module.bodies.entries()) {
    const type = module.types[module.functionTypes[index] ?? 0];
    if (type === undefined) throw new MeterError('MALFORMED', 'function section', range.start, 'type does not exist');
    decoder.decode(range, type.parameterCount);
    if (decoder.localCount + ADDED_LOCALS > MAXIMUM_LOCALS) {
      throw new MeterError('TOO_LARGE', 'locals', range.start, `more than ${MAXIMUM_LOCALS} with those for counting`);
    }
    segments.analyse();
    if (segments.accumulates) {
      graph.build(type.results.length > 0);
      placement.place(graph, decoder.count, segments.weights[0] ?? 0);
    }
    nans.analyse(type.parameterCount, segments.reachable);
    body.clear();
    emitter.emit({
      countsDepth: countsDepth[index] === 1,
      looksAtExit: looks[index] === 1,
      imports: module,
      firstMovedGlobal,
      exhausted: module.importedFunctionCount + module.bodies.length,
      resultType: () => resultTypes.blockType(type),
    });
    if (body.size > MAXIMUM_BODY_BYTES)
      throw new MeterError('TOO_LARGE', 'code section', range.start, 'function too long once metered');
    code.u32(body.size);
    code.append(body.view());
    hints.add(module.importedFunctionCount + index, emitter.code.traps);
  }
  if (counts) {
    const exhausted = exhaustedBody(counter);
    code.u32(exhausted.size);
    code.append(exhausted.view());
  }
  return { code, hints: hints.section(), exhaustedType: counts ? resultTypes.index(new Uint8Array(0)) : undefined };
}

/** A section that is one vector, copied with items added at its end, so that no index shifts. */
function withItems(
  bytes: Uint8Array,
  section: Section | undefined,
  added: number,
  writeAdded: (out: BinaryWriter) => void,
): BinaryWriter {
  const out = new BinaryWriter(section === undefined ? 64 : section.end - section.contentStart + 64);
  if (section === undefined) {
    out.u32(added);
  } else {
    const reader = new BinaryReader(bytes, section.contentStart, section.end, section.subject);
    out.u32(reader.u32() + added);
    out.copy(bytes, reader.position, section.end);
  }
  writeAdded(out);
  return out;
}

const MUTABLE = 1;
const FUNCTION_FORM = 0x60;
const GLOBAL_KIND = 3;

function writeCounter(out: BinaryWriter, fuel: bigint, depth: number): void {
  out.byte(VALUE_TYPE.i64);
  out.byte(MUTABLE);
  out.byte(OPCODE.i64Const);
  out.s64(packCounter({ fuel, depth }));
  out.byte(OPCODE.end);
}

function writeExport(out: BinaryWriter, counter: number): void {
  out.string(COUNTER_EXPORT);
  out.byte(GLOBAL_KIND);
  out.u32(counter);
}

function writeCounterImport(out: BinaryWriter): void {
  out.string(COUNTER_MODULE);
  out.string(COUNTER_EXPORT);
  out.byte(GLOBAL_KIND);
  out.byte(VALUE_TYPE.i64);
  out.byte(MUTABLE);
}

/** The exports, with the new indexes of globals. */
function movedExports(bytes: Uint8Array, section: Section | undefined, firstMoved: number): BinaryWriter {
  const out = new BinaryWriter(section === undefined ? 16 : section.end - section.contentStart + 64);
  if (section === undefined) {
    out.u32(0);
    return out;
  }
  const reader = new BinaryReader(bytes, section.contentStart, section.end, section.subject);
  const count = reader.u32();
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const start = reader.position;
    reader.string();
    const kind = reader.byte();
    out.copy(bytes, start, reader.position);
    const exported = reader.u32();
    out.u32(kind === GLOBAL_KIND && exported >= firstMoved ? exported + 1 : exported);
  }
  return out;
}

function writeTypes(out: BinaryWriter, added: readonly Uint8Array[]): void {
  for (const results of added) {
    out.byte(FUNCTION_FORM);
    out.u32(0);
    out.u32(results.length);
    out.append(results);
  }
}

function cappedMemory(bytes: Uint8Array, section: Section | undefined, maximumPages: number): BinaryWriter {
  const out = new BinaryWriter(16);
  if (section === undefined) return out;
  const reader = new BinaryReader(bytes, section.contentStart, section.end, section.subject);
  const count = reader.u32();
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.position;
    const { minimum, maximum = MAXIMUM_PAGES } = readMemoryType(reader);
    if (minimum > maximumPages) {
      throw new MeterError(
        'MEMORY_MINIMUM',
        section.subject,
        offset,
        `needs ${minimum} pages where ${maximumPages} are allowed`,
      );
    }
    out.byte(1);
    out.u32(minimum);
    out.u32(Math.min(maximum, maximumPages));
  }
  return out;
}

/** Custom sections that speak of code by byte offset, or of a link still to come: wrong once code has moved. */
function isStale(customName: string): boolean {
  return /^(?:sourceMappingURL|external_debug_info|linking|\.debug_.*|reloc\..*|metadata\.code\..*)$/.test(customName);
}

function assemble(
  module: ModuleShape,
  replacements: Map<number, (section: Section | undefined) => BinaryWriter>,
  hints: BinaryWriter | undefined,
): Uint8Array<ArrayBuffer> {
  const out = new BinaryWriter(Math.ceil(module.bytes.length * 1.5));
  out.append(Uint8Array.from(MODULE_HEADER));
  const writeMissingBefore = (rank: number): void => {
    for (const [id, content] of [...replacements].sort(([a], [b]) => rankOf(a) - rankOf(b))) {
      if (rankOf(id) >= rank) continue;
      out.section(id, content(undefined));
      replacements.delete(id);
    }
  };
  for (const section of module.sections) {
    if (section.id === SECTION.custom) {
      if (!isStale(section.customName)) out.copy(module.bytes, section.start, section.end);
      continue;
    }
    writeMissingBefore(rankOf(section.id));
    if (section.id === SECTION.code && hints) out.section(SECTION.custom, hints);
    const content = replacements.get(section.id);
    if (content === undefined) out.copy(module.bytes, section.start, section.end);
    else out.section(section.id, content(section));
    replacements.delete(section.id);
  }
  writeMissingBefore(Number.POSITIVE_INFINITY);
  return out.view().slice();
}
