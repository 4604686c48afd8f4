/** The late files of engines: the part of Python's library that few steps read, and the libraries of JavaScript. */
import { readBytes } from '../environment/file-bytes.ts';
import type { EnvironmentSource } from '../environment/manifest.ts';
import type { Language, ProgramStep } from './program.ts';

/**
 * Whether a step may import: without the word it cannot, unless it makes up code. A step that then asks for a library starts over, which
 * nobody can tell from its record.
 */
export function mayImport({ language, source }: Pick<ProgramStep, 'language' | 'source'>): boolean {
  return language === 'python' || source.includes('import');
}

/** For kernels, whose steps do not wait for what few of them ever need. */
export class LateFiles {
  readonly #environments: EnvironmentSource;
  readonly #envVersion: string;
  readonly #arrived = new Map<Language, Uint8Array>();

  constructor(environments: EnvironmentSource, envVersion: string) {
    this.#environments = environments;
    this.#envVersion = envVersion;
  }

  /** Undefined until they are here. */
  get(engine: Language): Uint8Array | undefined {
    return this.#arrived.get(engine);
  }

  /** @throws RunFailure when they cannot be had */
  async fetch(engine: Language): Promise<void> {
    const { late } = (await this.#environments.manifest(this.#envVersion)).engines[engine].files;
    if (late) this.#arrived.set(engine, await readBytes(await this.#environments.file(this.#envVersion, late)));
  }
}
