/**
 * A file of an engine that the sandbox frame keeps for its workers. Code is compiled once. What is no code is given as bytes, a copy for
 * each worker; when nobody waits any more it becomes a module that holds it, which workers share and none of them can change. Where
 * workers cannot share modules, they get bytes of everything.
 */
import { holdingModule } from '../engines/given.ts';
import { snapshotModule } from '../engines/snapshot.ts';
import type { FileForm } from './frame-messages.ts';

/**
 * From the first use of a file, ms. Making a module of a snapshot takes ten times as long as copying it, and a page has its first output
 * meanwhile.
 */
const HOLD_AFTER_MS = 2000;

const HOLDING: Readonly<Record<Exclude<FileForm, 'module'>, (file: Uint8Array) => Uint8Array<ArrayBuffer>>> = {
  snapshot: snapshotModule,
  bytes: (bytes) => holdingModule({ bytes }),
};

export class KeptModule {
  #arrived: () => void = () => undefined;
  readonly #here = new Promise<void>((resolve) => (this.#arrived = resolve));
  #form: FileForm = 'bytes';
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #code: Promise<WebAssembly.Module> | undefined;
  #holding: WebAssembly.Module | undefined;
  #willHold = false;

  /**
   * Its bytes, which were checked.
   * @param shared whether workers can share modules; undefined: nobody knows yet
   */
  take(file: Uint8Array<ArrayBuffer>, form: FileForm, shared: boolean | undefined): void {
    this.#form = form;
    if (form !== 'module' || shared !== true) this.#bytes = file;
    if (form === 'module' && shared !== false) {
      this.#code = WebAssembly.compile(file);
      // Whoever needs it is told.
      this.#code.catch(() => undefined);
    }
    this.#arrived();
  }

  /**
   * When it is here: a module, or bytes for one worker alone. For a worker that shares modules with the frame, or does not; the others
   * will do as it does.
   */
  async given(shares: boolean): Promise<WebAssembly.Module | Uint8Array<ArrayBuffer>> {
    await this.#here;
    if (shares && this.#form !== 'module') this.#holdLater();
    const given = (shares ? ((await this.#code) ?? this.#holding) : undefined) ?? this.#bytes?.slice();
    if (!given) throw new TypeError('frame: workers differ in what they share');
    return given;
  }

  /** Only what workers will ask for is kept. */
  settle(shares: boolean): void {
    if (this.#form !== 'module') return;
    if (shares) this.#bytes = undefined;
    else this.#code = undefined;
  }

  #holdLater(): void {
    if (this.#willHold) return;
    this.#willHold = true;
    setTimeout(() => {
      this.#hold().catch(() => {
        // Without room for it, copies go on.
      });
    }, HOLD_AFTER_MS);
  }

  async #hold(): Promise<void> {
    if (!this.#bytes || this.#form === 'module') return;
    this.#holding = await WebAssembly.compile(HOLDING[this.#form](this.#bytes));
    this.#bytes = undefined;
  }
}
