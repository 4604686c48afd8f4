/** Answers the engine when it looks for a module. Names come from its memory, and are hostile. */
import { GuestTrap } from '../../gate/trap.ts';
import type { Pointers } from './boot.ts';
import type { QuickJs } from './instance.ts';
import type { Libraries } from './libraries.ts';
import { MAX_SPECIFIER, Modules, NOWHERE, type ImportProblem } from './modules.ts';

/** Longest name of an importing module or step, UTF-8 bytes. */
const MAX_IMPORTER = 4096;
/** A module that looks whether the engine has another one, and is refused itself: see `#has`. */
const PROBE = { name: 'praxis:probe', source: 'import"praxis:wanted";import"praxis:nowhere";' } as const;

/** What one import() or declaration has made the engine load. */
interface Attempt {
  /** Names in order; the first is the one that was asked for. */
  loaded: string[];
  /** One of them imports one of them that was there already. */
  isCyclic: boolean;
}

export interface ModuleLoaderOptions {
  engine: QuickJs;
  pointers: Pointers;
  inputs: ReadonlyMap<string, Uint8Array>;
  libraries: Libraries;
  /** Ends the run. */
  outOfMemory: () => never;
}

export class ModuleLoader {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  readonly #modules: Modules;
  readonly #outOfMemory: () => never;
  /** What the engine asked for last: it loads at once what it does not have yet. */
  #wanted: { readonly path: string; readonly name: string } | { readonly problem: ImportProblem } | undefined;
  #attempt: Attempt = { loaded: [], isCyclic: false };
  /** Where the engine's stack is when it does what import() asks; deeper within modules that import modules. */
  #rootStack = 0;
  #probe: { readonly name: string; asked: boolean; isThere: boolean } | undefined;
  /** Names that differ from paths, and the other way round. */
  readonly #names = new Map<string, string>();
  readonly #paths = new Map<string, string>();

  constructor({ engine, pointers, inputs, libraries, outOfMemory }: ModuleLoaderOptions) {
    this.#engine = engine;
    this.#pointers = pointers;
    this.#modules = new Modules(inputs, libraries);
    this.#outOfMemory = outOfMemory;
  }

  /** What a step can import. */
  get names(): readonly string[] {
    return this.#modules.names;
  }

  /** A step of that name runs from now on. */
  noteStep(name: string): void {
    this.#modules.noteStep(name);
  }

  /** @returns the address of the name that the engine shall know the module by; it frees it */
  resolve(importer: number, specifier: number): number {
    if (this.#probe) {
      const { asked, name } = this.#probe;
      // It goes on to its second import only with the first one.
      this.#probe.isThere = asked;
      this.#probe.asked = true;
      return this.#newText(asked ? NOWHERE : name);
    }
    const from = this.#text(importer, MAX_IMPORTER);
    const asked = this.#text(specifier, MAX_SPECIFIER);
    this.#noteAttempt();
    const found = this.#modules.resolve(asked, this.#paths.get(from) ?? from, (units) =>
      this.#engine.gate.charge(units),
    );
    if ('problem' in found) {
      this.#wanted = found;
      return this.#newText(NOWHERE);
    }
    const name = this.#names.get(found.name) ?? found.name;
    this.#wanted = { path: found.name, name };
    if (this.#attempt.loaded.includes(name)) this.#attempt.isCyclic = true;
    return this.#newText(name);
  }

  /** @returns the address of the module's text, which the engine frees; 0 when it has an exception instead */
  load(): number {
    if (this.#probe) return 0;
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (!wanted) throw new GuestTrap('violation', 'ENGINE_FAULT', 'the engine failed on this program, which ended it');
    if ('path' in wanted && this.#modules.isAwaited(wanted.path))
      this.#engine.gate.latch(new GuestTrap('files', 'PROTOCOL', 'the step imports a library, and none is here yet'));
    const module = 'problem' in wanted ? wanted : this.#modules.text(wanted.path);
    if ('problem' in module) {
      this.#throw(module.problem);
      return 0;
    }
    if ('name' in wanted) this.#attempt.loaded.push(wanted.name);
    return this.#newText(module.text);
  }

  /**
   * The engine frees a module when one that it imports cannot be loaded. Others, which import it in a circle, stay and hold its
   * address, so nothing may find them again: they are loaded anew under another name. None of them has run.
   */
  #noteAttempt(): void {
    const stack = this.#engine.call('emscripten_stack_get_current') >>> 0;
    if (stack < this.#rootStack) return;
    this.#rootStack = stack;
    const { loaded, isCyclic } = this.#attempt;
    this.#attempt = { loaded: [], isCyclic: false };
    const [root] = loaded;
    if (!isCyclic || root === undefined || this.#has(root)) return;
    for (const name of loaded) {
      const path = this.#paths.get(name) ?? name;
      // No path has an empty part.
      const next = `${path}//${this.#paths.size + 2}`;
      this.#names.set(path, next);
      this.#paths.set(next, path);
    }
  }

  /** Whether the engine has a module: if so, it does not ask for its text. Neither is linked or run. */
  #has(name: string): boolean {
    const { context } = this.#pointers;
    const probe = { name, asked: false, isThere: false };
    this.#probe = probe;
    const value = this.#engine.evaluate(context, PROBE.source, PROBE.name, 'module');
    this.#probe = undefined;
    if (value === 0) this.#outOfMemory();
    const exception = this.#engine.call('QTS_ResolveException', context, value) >>> 0;
    for (const address of [exception, value]) {
      if (address !== 0) this.#engine.call('QTS_FreeValuePointer', context, address);
    }
    return probe.isThere;
  }

  /** The prelude throws; the engine finds the exception when we return. */
  #throw(problem: ImportProblem): void {
    const engine = this.#engine;
    const { context, refuseImport } = this.#pointers;
    const text = this.#newText(JSON.stringify(problem));
    const value = engine.call('QTS_NewString', context, text) >>> 0;
    engine.call('free', text);
    if (value === 0) this.#outOfMemory();
    const answer = engine.apply(context, refuseImport, value);
    engine.call('QTS_FreeValuePointer', context, value);
    if (answer === 0) this.#outOfMemory();
    // It stands for the exception, which stays.
    engine.call('QTS_FreeValuePointer', context, answer);
  }

  #newText(text: string): number {
    const { address } = this.#engine.allocateText(text);
    return address === 0 ? this.#outOfMemory() : address;
  }

  /** Text up to a NUL; of a longer one as much as shows that it is too long. */
  #text(address: number, maxBytes: number): string {
    const { memory, linear, gate } = this.#engine;
    const start = address >>> 0;
    const window = memory.bytes(start, Math.min(maxBytes + 1, Math.max(0, linear.buffer.byteLength - start)));
    const end = window.indexOf(0);
    const bytes = end < 0 ? window : window.subarray(0, end);
    gate.charge(bytes.length);
    // Decoders do not take views of every kind of memory.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.slice());
  }
}
