/**
 * What steps and modules can import: modules of the runtime, libraries of the environment, and the program's own inputs. Names and texts
 * are the program's, and hostile; nothing here leads out of the sandbox, since there is nothing but these maps to look in.
 */
import type { Libraries } from './libraries.ts';

/**
 * Modules of the runtime by the names that programs import them by, and the files of `guest/` that they are. They are part of
 * the snapshot.
 */
export const BUILT_IN = { praxis: 'module-praxis.js', 'praxis:json': 'module-json.js' } as const;

/** What a module of JSON imports; nobody else can. */
const JSON_MODULE = 'praxis:json';
/** What an import that found nothing is called: no module has this name. */
export const NOWHERE = 'praxis:nowhere';
const PUBLIC: readonly string[] = ['praxis'];
const FOLDER = '/data/';
const FILE_URL = 'file://';
const SCRIPT = /\.m?js$/;
const JSON_FILE = /\.json$/;
/** Longest specifier, UTF-8 bytes: the longest path of an input takes less, also with its bytes as %XX. */
export const MAX_SPECIFIER = 4096;
/** Bytes of one module. */
const MAX_MODULE = 4 << 20;
/** How many modules an error names, and how much of a name. */
const MAX_LISTED = 10;
const MAX_SHOWN = 100;

export interface ImportProblem {
  message: string;
  /** As Node has it. */
  code: 'ERR_MODULE_NOT_FOUND' | 'ERR_UNSUPPORTED_ESM_URL_SCHEME' | 'ERR_UNKNOWN_FILE_EXTENSION' | 'ERR_INVALID_MODULE';
  /** There is no such module: the run ends as one that lacks a package. */
  missing: boolean;
}

/** Either the name that the engine knows the module by, or why there is none. */
export type Resolution = { readonly name: string } | { readonly problem: ImportProblem };

export class Modules {
  readonly #inputs: ReadonlyMap<string, Uint8Array>;
  readonly #libraries: Libraries;
  /** Programs choose these names: a step is none of a library's modules, whatever it is called. */
  readonly #steps = new Set<string>();

  constructor(inputs: ReadonlyMap<string, Uint8Array>, libraries: Libraries) {
    this.#inputs = inputs;
    this.#libraries = libraries;
  }

  /** What a step can import: the runtime's own modules, libraries, and inputs that are modules. */
  get names(): string[] {
    return [...PUBLIC, ...this.#libraries.names, ...this.#files];
  }

  get #files(): string[] {
    return [...this.#inputs.keys()].filter((path) => SCRIPT.test(path) || JSON_FILE.test(path)).sort();
  }

  /** A step of that name imports from now on. */
  noteStep(name: string): void {
    this.#steps.add(name);
  }

  /**
   * @param importer the module or step that imports
   * @param charge pays for looking for near matches, in instructions
   */
  resolve(specifier: string, importer: string, charge: (units: number) => void): Resolution {
    const library = this.#steps.has(importer) ? undefined : this.#libraries.libraryOf(importer);
    const named = this.#libraries.named(specifier, library !== undefined);
    if (named !== undefined) return { name: named };
    if (library !== undefined) return this.#inLibrary(library, specifier, importer);
    if (PUBLIC.includes(specifier)) return { name: specifier };
    if (specifier === JSON_MODULE && JSON_FILE.test(importer) && this.#inputs.has(importer)) return { name: specifier };
    const isFile = this.#inputs.has(importer);
    const path = pathOf(specifier, isFile ? importer : FOLDER);
    const asked = { specifier, from: isFile ? ` from ${quoted(importer)}` : '' };
    if (path === null) {
      const scheme = /^[a-z][a-z\d+.-]*:/i.exec(specifier)?.[0];
      const inside = this.#libraries.names.find((name) => specifier.startsWith(`${name}/`));
      const why =
        scheme && scheme !== 'file:'
          ? `modules do not come from ${quoted(scheme)}`
          : inside === undefined
            ? 'there is no such module'
            : `of ${inside} there is nothing but '${inside}' itself`;
      return {
        problem: this.#missing(asked, why, scheme ? 'ERR_UNSUPPORTED_ESM_URL_SCHEME' : 'ERR_MODULE_NOT_FOUND', charge),
      };
    }
    if (!this.#inputs.has(path)) {
      const why = path === specifier ? 'there is no such file' : `there is no ${shortened(path)}`;
      return { problem: this.#missing(asked, why, 'ERR_MODULE_NOT_FOUND', charge) };
    }
    if (SCRIPT.test(path) || JSON_FILE.test(path)) return { name: path };
    const message = `cannot import ${quoted(specifier)}: a module's name ends with .js, .mjs or .json`;
    return { problem: { message, code: 'ERR_UNKNOWN_FILE_EXTENSION', missing: false } };
  }

  /** Whether the text of a name that `resolve` gave is still to come. */
  isAwaited(name: string): boolean {
    return !this.#libraries.areHere && this.#libraries.isModule(name);
  }

  /** The text that the engine compiles for a name that `resolve` gave. */
  text(name: string): { readonly text: string } | { readonly problem: ImportProblem } {
    const library = this.#libraries.take(name);
    if (library) return { text: new TextDecoder().decode(library) };
    const bytes = this.#inputs.get(name);
    if (!bytes) return { problem: invalid(name, 'is not a file') };
    if (bytes.length > MAX_MODULE)
      return { problem: invalid(name, `has ${bytes.length} bytes, more than the ${MAX_MODULE} of the largest module`) };
    const text = new TextDecoder().decode(bytes);
    // A string of JSON is one of JavaScript, too (ECMA-262, since 2019): nothing of the text becomes code.
    if (JSON_FILE.test(name)) {
      const [content, path] = [text, name.toWellFormed()].map((part) => JSON.stringify(part));
      return { text: `import{parse}from"${JSON_MODULE}";export default parse(${content},${path});` };
    }
    // The engine takes text up to a NUL, and would leave the rest out in silence.
    if (text.includes('\0')) return { problem: invalid(name, 'has a NUL character') };
    const script = text.startsWith('#!') ? `//${text.slice(2)}` : text;
    // The engine leaves import.meta empty. Where it may be asked for, its first line begins with an assignment, whose columns count.
    return { text: script.includes('meta') ? `import.meta.url=${JSON.stringify(urlOf(name))};${script}` : script };
  }

  /** The build has imported every library, so that what a module of one imports is there: only code that it makes finds nothing. */
  #inLibrary(library: string, specifier: string, importer: string): Resolution {
    const path = /^\.{1,2}\//.test(specifier) ? pathOf(specifier, `/${importer}`)?.slice(1) : undefined;
    if (path !== undefined && this.#libraries.libraryOf(path) === library) return { name: path };
    const message = `cannot import ${quoted(specifier)} from ${quoted(importer)}: it is no module of ${library}`;
    return { problem: { message, code: 'ERR_MODULE_NOT_FOUND', missing: true } };
  }

  #missing(
    { specifier, from }: { specifier: string; from: string },
    why: string,
    code: ImportProblem['code'],
    charge: (units: number) => void,
  ): ImportProblem {
    const names = /^[./]/.test(specifier) ? [...PUBLIC, ...this.#files, ...this.#libraries.names] : this.names;
    const wanted = stem(specifier);
    charge(names.length * (wanted.length + 1) * MAX_SHOWN);
    const near = names
      .map((name) => ({ name, distance: distance(wanted, stem(name)) }))
      .filter((match) => match.distance <= wanted.length / 3)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
      .map(({ name }) => name);
    const listed = [...near, ...names.filter((name) => !near.includes(name))];
    const more = listed.length > MAX_LISTED ? ` and ${listed.length - MAX_LISTED} more` : '';
    const there = `these are: ${listed.slice(0, MAX_LISTED).map(shortened).join(', ')}${more}`;
    return {
      message: `cannot import ${quoted(specifier)}${from}: ${why}; ${there}; there is no network`,
      code,
      missing: true,
    };
  }
}

/** @returns null for what is no path: a bare name, or a URL of anything but a file */
function pathOf(specifier: string, importer: string): string | null {
  const isUrl = specifier.startsWith(FILE_URL);
  if (!isUrl && !/^\.{0,2}\//.test(specifier)) return null;
  let path = isUrl ? specifier.slice(FILE_URL.length) : specifier;
  try {
    if (isUrl) path = decodeURIComponent(path);
  } catch {
    return null;
  }
  const parts = path.startsWith('/') ? [] : importer.split('/').slice(1, -1);
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const urlOf = (path: string): string =>
  FILE_URL + path.toWellFormed().split('/').map(encodeURIComponent).join('/'); // prettier-ignore

const invalid = (name: string, why: string): ImportProblem => ({
  message: `cannot import ${quoted(name)}: it ${why}`,
  code: 'ERR_INVALID_MODULE',
  missing: false,
});

const shortened = (text: string): string =>
  (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text).toWellFormed();
const quoted = (text: string): string => `'${shortened(text)}'`;

/** What people mistype: the last part, without its ending. */
const stem = (name: string): string =>
  name.slice(-MAX_SHOWN).replace(/^.*\//s, '').replace(/\.\w+$/, ''); // prettier-ignore

/** Levenshtein's. Both texts have at most `MAX_SHOWN` characters. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
