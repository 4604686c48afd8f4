/**
 * The dynamic linker: compiled libraries that CPython opens are modules of the environment, metered like CPython itself and counting in
 * its counter. What is opened is found by its path alone: no file that a program writes is ever code. The conventions are those of
 * Emscripten's linker (WebAssembly tool conventions, "DynamicLinking"), whose code is not in the sandbox.
 *
 * Everything that the linker decides is kept beside a snapshot, so that restored libraries lie where they were.
 */
import type { ImportFunction } from '../../gate/gate.ts';
import { GuestMemory } from '../../gate/memory.ts';
import { COUNTER_EXPORT } from '../../meter/counter.ts';
import { type Dylink, readDylink } from './dylink.ts';

/** The compiled libraries of an environment. */
export interface LibraryModules {
  /** Path and module of the library at that path, or of that bare name. */
  find(pathOrName: string): { path: string; module: WebAssembly.Module } | undefined;
}

/** What libraries are linked to. */
export interface MainModule {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  /** How many entries of the table are its own, the first. */
  readonly ownTableLength: number;
  readonly stackPointer: WebAssembly.Global;
  /** Where its data begins: to be added to the addresses that it exports. */
  readonly memoryBase: number;
  exported(name: string): WebAssembly.ExportValue | undefined;
  /** A function of the host; null where the gate knows none of that name. */
  hostFunction(name: string): ImportFunction | null;
  /** What stands for the address of a function of the host, which has none in the table; 0 where libraries cannot ask for one. */
  hostAddress(name: string): number;
  /** Ends the guest, which called a function that is nowhere. */
  refuseCall(name: string): never;
  /** Ends the guest, which tried to load code that is not the environment's. */
  refuseCode(what: string): never;
  call(name: string, ...args: number[]): number;
  charge(units: number): void;
}

/** Opened libraries as a snapshot keeps them. */
export interface LibrariesState {
  table_length: number;
  opened: OpenedLibrary[];
  /** Addresses of symbols that libraries asked for: of data in memory, of functions in the table. */
  symbols: [name: string, address: number][];
  /** Functions that were put into the table: of which library (-1 is the main module), and under which name. */
  slots: [slot: number, library: number, name: string][];
}

interface OpenedLibrary {
  path: string;
  /** Address of the loader's own structure; 0 for one that was opened because another needs it. */
  handle: number;
  memory_base: number;
  table_base: number;
  table_size: number;
  /** Its symbols are there for libraries opened later. */
  global: boolean;
  /** Places in the list of those that it needs. */
  needs: number[];
}

interface Library {
  library: OpenedLibrary;
  exports: WebAssembly.Exports;
}

/** `struct dso` of Emscripten's libc. */
const DSO = { flags: 4, allocated: 8, memoryBase: 12, memorySize: 16, tableBase: 20, tableSize: 24, name: 36 } as const;
const RTLD_GLOBAL = 256;
/** What the host does for each import and export of a library, in instructions. */
const SYMBOL_FUEL = 300;
/** Names that concern the linker alone. */
const INTERNAL =
  /^__(?:wasm_apply_data_relocs|wasm_call_ctors|dso_handle|tls_|set_stack_limits|em_js_|start_em_|stop_em_|counter)/;

/** A library cannot be opened; the program sees an ImportError or OSError. */
class CannotOpen extends Error {
  override readonly name = 'CannotOpen';
}

export class Libraries {
  readonly #main: MainModule;
  readonly #memory: GuestMemory;
  readonly #modules: LibraryModules;
  readonly #opened: Library[] = [];
  readonly #symbols = new Map<string, WebAssembly.Global<'i32'>>();
  readonly #slots: LibrariesState['slots'] = [];
  /** Slots of functions of a library, or of -1, by their names as WebAssembly gives them: their indexes. */
  readonly #byIndex = new Map<number, Map<string, number>>();

  constructor(main: MainModule, modules: LibraryModules) {
    this.#main = main;
    this.#memory = new GuestMemory(() => main.memory);
    this.#modules = modules;
  }

  get count(): number {
    return this.#opened.length;
  }

  /** `_dlopen_js`. @returns 0 where it cannot be opened, and the loader then knows why */
  open(handle: number): number {
    const name = this.#memory.path((handle >>> 0) + DSO.name);
    const global = (this.#structure(handle).getInt32(DSO.flags, true) & RTLD_GLOBAL) !== 0;
    try {
      this.#load(name, handle, global);
      return 1;
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error;
      this.#fail(error.message);
      return 0;
    }
  }

  /** `_dlsym_js`. @returns its address; 0 where there is none, and the loader then knows why */
  symbol(handle: number, namePointer: number): number {
    const name = this.#memory.text(namePointer);
    const at = this.#opened.findIndex(({ library }) => library.handle === handle);
    const opened = this.#opened[at];
    if (!opened) return this.#main.refuseCode(`the symbol ${name}`);
    const value = opened.exports[name];
    if (value === undefined || INTERNAL.test(name)) {
      this.#fail(`there is no symbol ${name} in ${opened.library.path}`);
      return 0;
    }
    this.#main.charge(SYMBOL_FUEL);
    return this.#addressOf(at, name, value);
  }

  save(): LibrariesState {
    return {
      table_length: this.#main.table.length,
      opened: this.#opened.map(({ library }) => library),
      // Addresses of the host's functions are given by name at each start.
      symbols: [...this.#symbols].map(([name, { value }]) => [
        name,
        value === this.#main.hostAddress(name) ? 0 : value,
      ]),
      slots: this.#slots,
    };
  }

  /** Links again what was opened. Memory has the snapshot's size already, and gets its content afterwards. @throws TypeError */
  restore(state: LibrariesState): void {
    const { table } = this.#main;
    if (state.table_length > table.length) table.grow(state.table_length - table.length);
    for (const [name, address] of state.symbols) {
      this.#symbols.set(name, symbolAt(address || this.#main.hostAddress(name)));
    }
    for (const library of state.opened) {
      const found = this.#modules.find(library.path);
      if (!found) throw new TypeError(`python: the environment lacks the library ${library.path}`);
      this.#opened.push({ library, exports: this.#instantiate(found.module, library, this.#opened.length) });
    }
    for (const [slot, at, name] of state.slots) {
      const value = at < 0 ? this.#main.exported(name) : this.#opened[at]?.exports[name];
      if (typeof value !== 'function')
        throw new TypeError(`python: the snapshot speaks of a function ${name} that is nowhere`);
      table.set(slot, value);
      this.#slots.push([slot, at, name]);
    }
  }

  #load(pathOrName: string, handle: number, global: boolean): number {
    const known = this.#opened.findIndex(({ library }) => library.path === pathOrName);
    const there = this.#opened[known]?.library;
    if (there) {
      if (handle !== 0) there.handle = handle;
      there.global ||= global;
      return known;
    }
    const found = this.#modules.find(pathOrName);
    if (!found) return this.#main.refuseCode(pathOrName);
    const { path, module } = found;
    if (path !== pathOrName) return this.#load(path, handle, global);
    const dylink = readDylink(module);
    const needs = dylink.needed.map((name) => this.#load(name, 0, false));
    const library = { path, handle, global, needs, ...this.#makeRoom(dylink, handle) };
    const at = this.#opened.length;
    const exports = this.#instantiate(module, library, at);
    this.#opened.push({ library, exports });
    this.#defineSymbols(at, exports);
    for (const name of ['__wasm_apply_data_relocs', '__wasm_call_ctors']) {
      const run = exports[name];
      if (typeof run === 'function') (run as ImportFunction)();
    }
    return at;
  }

  #makeRoom(
    { memorySize, memoryAlign, tableSize }: Dylink,
    handle: number,
  ): Pick<OpenedLibrary, 'memory_base' | 'table_base' | 'table_size'> {
    const { table } = this.#main;
    this.#main.charge(memorySize + tableSize * SYMBOL_FUEL);
    let memoryBase = 0;
    if (memorySize > 0) {
      memoryBase = this.#main.call('emscripten_builtin_memalign', Math.max(16, 2 ** memoryAlign), memorySize) >>> 0;
      if (memoryBase === 0) throw new CannotOpen('there is no memory left for a library');
      this.#memory.bytes(memoryBase, memorySize).fill(0);
    }
    const tableBase = table.length;
    if (tableSize > 0) table.grow(tableSize);
    if (handle !== 0) {
      const view = this.#structure(handle);
      view.setInt8(DSO.allocated, 1);
      view.setUint32(DSO.memoryBase, memoryBase, true);
      view.setUint32(DSO.memorySize, memorySize, true);
      view.setUint32(DSO.tableBase, tableBase, true);
      view.setUint32(DSO.tableSize, tableSize, true);
    }
    return { memory_base: memoryBase, table_base: tableBase, table_size: tableSize };
  }

  #instantiate(module: WebAssembly.Module, library: OpenedLibrary, at: number): WebAssembly.Exports {
    const imports: Record<string, WebAssembly.ModuleImports> = {};
    const entries = WebAssembly.Module.imports(module);
    this.#main.charge(entries.length * SYMBOL_FUEL);
    for (const { module: from, name, kind } of entries) {
      const into = (imports[from] ??= Object.create(null) as WebAssembly.ModuleImports);
      into[name] =
        from === 'GOT.mem' || from === 'GOT.func'
          ? this.#symbol(name, library)
          : kind === 'function'
            ? this.#functionFor(name, library, at)
            : this.#linked(name, library);
    }
    return new WebAssembly.Instance(module, imports).exports;
  }

  /** What is neither function nor symbol. */
  #linked(name: string, library: OpenedLibrary): WebAssembly.ImportValue {
    switch (name) {
      case 'memory':
        return this.#main.memory;
      case '__indirect_function_table':
        return this.#main.table;
      case '__stack_pointer':
        return this.#main.stackPointer;
      case '__memory_base':
        return library.memory_base;
      case '__table_base':
        return library.table_base;
      default: {
        const value = this.#main.exported(name);
        if (
          value === undefined ||
          typeof value === 'function' ||
          (value instanceof WebAssembly.Global && name !== COUNTER_EXPORT)
        ) {
          throw new CannotOpen(`the library asks for ${name}, which is not there`);
        }
        return value;
      }
    }
  }

  #functionFor(name: string, library: OpenedLibrary, at: number): ImportFunction {
    const value = this.#main.exported(name);
    // Exported functions take and return numbers.
    if (typeof value === 'function') return value as ImportFunction;
    const found = this.#main.hostFunction(name) ?? this.#exportedBy(name, library);
    if (found) return found;
    // One that it exports itself, and that no other has: the meter has it called directly, but it can be taken by address.
    return (...args: unknown[]) => {
      const own = this.#opened[at]?.exports[name];
      return typeof own === 'function' ? (own as ImportFunction)(...args) : this.#main.refuseCall(name);
    };
  }

  /** A function of those libraries whose symbols this one sees. */
  #exportedBy(name: string, library: OpenedLibrary): ImportFunction | null {
    const value = this.#opened[this.#whoHas(name, library, 'function')]?.exports[name];
    return typeof value === 'function' ? (value as ImportFunction) : null;
  }

  /** Place of the first opened library that exports the name, of those whose symbols this one sees; -1 for none. */
  #whoHas(name: string, { needs }: OpenedLibrary, kind?: 'function'): number {
    return this.#opened.findIndex(({ library, exports }, at) => {
      const value = library.global || needs.includes(at) ? exports[name] : undefined;
      return value !== undefined && (kind === undefined || typeof value === kind);
    });
  }

  /** The address that a library asks for. Where nobody has the symbol yet, it is 0 until somebody has. */
  #symbol(name: string, library: OpenedLibrary): WebAssembly.Global<'i32'> {
    const known = this.#symbols.get(name);
    if (known && known.value !== 0) return known;
    const value = known ?? symbolAt(0);
    this.#symbols.set(name, value);
    const exported = this.#main.exported(name);
    if (exported !== undefined) value.value = this.#addressOf(-1, name, exported);
    else {
      const at = this.#whoHas(name, library);
      const theirs = this.#opened[at]?.exports[name];
      value.value = theirs === undefined ? this.#main.hostAddress(name) : this.#addressOf(at, name, theirs);
    }
    return value;
  }

  /** Symbols that were asked for, and that this library has. */
  #defineSymbols(at: number, exports: WebAssembly.Exports): void {
    const names = Object.keys(exports);
    this.#main.charge(names.length * SYMBOL_FUEL);
    for (const name of names) {
      const symbol = this.#symbols.get(name);
      const value = exports[name];
      if (symbol && value !== undefined && symbol.value === 0 && !INTERNAL.test(name)) {
        symbol.value = this.#addressOf(at, name, value);
      }
    }
  }

  #addressOf(at: number, name: string, value: WebAssembly.ExportValue): number {
    if (value instanceof WebAssembly.Global) {
      return Number(value.value) + (at < 0 ? this.#main.memoryBase : (this.#opened[at]?.library.memory_base ?? 0));
    }
    if (typeof value !== 'function') throw new CannotOpen(`${name} has no address`);
    const slots = this.#slotsOf(at);
    const known = slots.get(value.name);
    if (known !== undefined) return known;
    const slot = this.#main.table.grow(1);
    this.#main.table.set(slot, value);
    this.#slots.push([slot, at, name]);
    slots.set(value.name, slot);
    return slot;
  }

  /**
   * A function has one address: where its module has put it into the table. Found by the index that is its name; by identity would not
   * do, since JavaScriptCore gives an export and its table entry different objects.
   */
  #slotsOf(at: number): Map<string, number> {
    const known = this.#byIndex.get(at);
    if (known) return known;
    const { table } = this.#main;
    const opened = this.#opened[at];
    const start = opened?.library.table_base ?? 0;
    const end = start + (opened?.library.table_size ?? this.#main.ownTableLength);
    const slots = new Map<string, number>();
    for (let slot = start; slot < end; slot++) {
      const entry: unknown = table.get(slot);
      if (typeof entry === 'function') slots.set(entry.name, slot);
    }
    for (const [slot, of, name] of this.#slots) {
      const value = of !== at ? undefined : at < 0 ? this.#main.exported(name) : opened?.exports[name];
      if (typeof value === 'function') slots.set(value.name, slot);
    }
    this.#byIndex.set(at, slots);
    return slots;
  }

  #fail(message: string): void {
    const text = new TextEncoder().encode(`${message.replaceAll('%', '%%')}\0`);
    const { stackPointer } = this.#main;
    // The loader keeps a copy.
    const before = stackPointer.value as number;
    const at = (before - text.length) & -16;
    this.#memory.bytes(at, text.length).set(text);
    stackPointer.value = at;
    this.#main.call('__dl_seterr', at, 0);
    stackPointer.value = before;
  }

  /** What the loader knows of a library. @throws Errno where it lies outside of the memory */
  #structure(handle: number): DataView {
    return this.#memory.view(handle, DSO.name);
  }
}

function symbolAt(address: number): WebAssembly.Global<'i32'> {
  return new WebAssembly.Global({ value: 'i32', mutable: true }, address);
}
