/**
 * The libraries of an environment: published modules that programs import by name. Which names there are lies in the snapshot; the
 * modules themselves come in a pack of their own, when somebody imports one. Both were checked by digest. Code of a library is guest
 * code, with no more rights than a step's.
 */
import { packSections, unpackSections } from '../../environment/image.ts';
import { bytesOf, type Given } from '../given.ts';

/** What the snapshot says of a library. */
export interface LibraryName {
  /** As programs and other libraries import it. */
  name: string;
  /** Its first module, a path inside its package. */
  module: string;
  /** Programs can import it, too. */
  is_public: boolean;
}

export interface LibraryPackage {
  name: string;
  /** Modules and the texts of its licence, by path inside the package. */
  files: readonly { path: string; bytes: Uint8Array }[];
}

/** Only these are modules; what else a pack holds is for people. */
export const MODULE_FILE = /\.m?js$/;

export function packJavaScriptLibraries(libraries: readonly LibraryPackage[]): Uint8Array {
  return packSections(
    libraries.map(({ name, files }) => [name, files.map(({ path, bytes }) => [path, bytes.length])]),
    libraries.flatMap(({ files }) => files.map(({ bytes }) => bytes)),
  );
}

/** The inverse; bytes are views. @throws TypeError when it is not a pack. Its bytes were checked by digest before; this guards against a mix-up only. */
export function unpackJavaScriptLibraries(pack: Uint8Array): LibraryPackage[] {
  const { header, body } = unpackSections(pack);
  if (!Array.isArray(header)) throw new TypeError('libraries: expected a list');
  let offset = 0;
  return header.map((entry: unknown) => {
    const [name, listed] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof name !== 'string' || !Array.isArray(listed)) throw new TypeError('libraries: expected [name, files]');
    const files = listed.map((file: unknown) => {
      const [path, length] = Array.isArray(file) ? (file as unknown[]) : [];
      if (typeof path !== 'string' || typeof length !== 'number')
        throw new TypeError('libraries: expected [path, size]');
      const bytes = body.subarray(offset, (offset += length));
      if (bytes.length !== length) throw new TypeError(`libraries: ${name}/${path} is cut short`);
      return { path, bytes };
    });
    return { name, files };
  });
}

/** A module of the pack: whose it is, and its text as bytes. */
interface LibraryModule {
  library: string;
  bytes: Uint8Array;
}

export class Libraries {
  /** Those that programs can import, in the order of the definition. */
  readonly names: readonly string[];
  readonly #known: ReadonlyMap<string, LibraryName>;
  readonly #onLoad: (module: string) => void;
  #pack: Given | undefined;
  /** By the names that the engine knows them by, `library/path`. Nobody unpacks what nobody imports. */
  #modules: ReadonlyMap<string, LibraryModule> | undefined;

  /** @param onLoad told the name of each module whose text is taken */
  constructor(known: readonly LibraryName[], onLoad: (module: string) => void = () => undefined) {
    this.#known = new Map(known.map((library) => [library.name, library]));
    this.names = known.filter(({ is_public }) => is_public).map(({ name }) => name);
    this.#onLoad = onLoad;
  }

  /** Takes the pack. */
  give(pack: Given): void {
    this.#pack = pack;
  }

  /** False: whoever asks for a module's text has to wait for the pack. */
  get areHere(): boolean {
    return this.#pack !== undefined;
  }

  /** The module that a name stands for, in a program or in another library. */
  named(name: string, inLibrary: boolean): string | undefined {
    const library = this.#known.get(name);
    return library && (inLibrary || library.is_public) ? `${library.name}/${library.module}` : undefined;
  }

  /** Whether the engine could know a module of a library by that name. */
  isModule(name: string): boolean {
    return [...this.#known.values()].some((library) => name.startsWith(`${library.name}/`));
  }

  /** The library whose module this is. Before the pack is here, none of its modules can have been loaded. */
  libraryOf(module: string): string | undefined {
    return this.#unpacked().get(module)?.library;
  }

  /** @returns undefined when there is no such module */
  take(module: string): Uint8Array | undefined {
    const bytes = this.#unpacked().get(module)?.bytes;
    if (bytes) this.#onLoad(module);
    return bytes;
  }

  #unpacked(): ReadonlyMap<string, LibraryModule> {
    if (this.#modules || !this.#pack) return this.#modules ?? new Map<string, LibraryModule>();
    const modules = unpackJavaScriptLibraries(bytesOf(this.#pack)).flatMap(({ name, files }) =>
      files
        .filter(({ path }) => MODULE_FILE.test(path))
        .map(({ path, bytes }) => [`${name}/${path}`, { library: name, bytes }] as const),
    );
    this.#modules = new Map(modules);
    return this.#modules;
  }
}
