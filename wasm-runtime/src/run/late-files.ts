/** The late parts of engines' file images, which a kernel's steps do not wait for: few of them ever read there. */
import { readBytes } from '../environment/file-bytes.ts';
import type { EnvironmentSource } from '../environment/manifest.ts';
import type { Language } from './program.ts';

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
