/**
 * A file of an engine that the sandbox frame keeps for its workers, as a module: the one that it is, or one that holds it. It is compiled
 * once; where workers cannot share modules, they get its bytes.
 */
import { holdingModule } from '../engines/given.ts';
import { snapshotModule } from '../engines/snapshot.ts';
import type { FileForm } from './frame-messages.ts';

const AS_MODULE: Readonly<Record<FileForm, (file: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>>> = {
  module: (file) => file,
  snapshot: snapshotModule,
  bytes: (bytes) => holdingModule({ bytes }),
};

export class KeptModule {
  #arrived: () => void = () => undefined;
  readonly #here = new Promise<void>((resolve) => (this.#arrived = resolve));
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #module: Promise<WebAssembly.Module> | undefined;

  /**
   * Its bytes, which were checked.
   * @param shared whether workers can share modules; undefined: nobody knows yet
   */
  take(file: Uint8Array<ArrayBuffer>, form: FileForm, shared: boolean | undefined): void {
    const bytes = AS_MODULE[form](file);
    if (shared !== true) this.#bytes = bytes;
    if (shared !== false) {
      this.#module = WebAssembly.compile(bytes);
      // Whoever needs it is told.
      this.#module.catch(() => undefined);
    }
    this.#arrived();
  }

  /** When it is here. For a worker that shares modules with the frame, or does not; the others will do as it does. */
  async given(shares: boolean): Promise<WebAssembly.Module | Uint8Array<ArrayBuffer>> {
    await this.#here;
    const given = shares ? await this.#module : this.#bytes;
    if (!given) throw new TypeError('frame: workers differ in what they share');
    return given;
  }

  /** Only what workers will ask for is kept. */
  settle(shares: boolean): void {
    if (shares) this.#bytes = undefined;
    else this.#module = undefined;
  }
}
