/**
 * A file of an engine that the sandbox frame keeps for its workers. Code is compiled once. What is no code is given as bytes, a copy for
 * each worker; when nobody waits any more it becomes a module that holds it, which workers share and none of them can change. Where
 * workers cannot share modules, they get bytes of everything.
 */
import { holdingModule } from '../engines/given.ts';
import { snapshotModule } from '../engines/snapshot.ts';
import { compileLibraries, type CompiledLibraries } from '../engines/python/library-pack.ts';
import type { FileForm, GivenFile } from './frame-messages.ts';

/**
 * From the first use of a file, ms. Making a module of a snapshot takes ten times as long as copying it, and a page has its first output
 * meanwhile.
 */
const HOLD_AFTER_MS = 2000;

type Code = WebAssembly.Module | CompiledLibraries;

/** How code becomes what workers share. */
const COMPILE = {
  module: (file) => WebAssembly.compile(file),
  libraries: compileLibraries,
} satisfies Partial<Record<FileForm, (file: Uint8Array<ArrayBuffer>) => Promise<Code>>>;

/** How what is no code becomes a module that holds it. */
const HOLDING: Readonly<
  Record<Exclude<FileForm, keyof typeof COMPILE>, (file: Uint8Array) => Uint8Array<ArrayBuffer>>
> = {
  snapshot: snapshotModule,
  bytes: (bytes) => holdingModule({ bytes }),
};

export class KeptModule {
  #arrived: () => void = () => undefined;
  readonly #here = new Promise<void>((resolve) => (this.#arrived = resolve));
  #form: FileForm = 'bytes';
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #code: Promise<Code> | undefined;
  #holding: WebAssembly.Module | undefined;
  #willHold = false;

  /**
   * Its bytes, which were checked.
   * @param shared whether workers can share modules; undefined: nobody knows yet
   */
  take(file: Uint8Array<ArrayBuffer>, form: FileForm, shared: boolean | undefined): void {
    this.#form = form;
    if (!isCode(form) || shared !== true) this.#bytes = file;
    if (isCode(form) && shared !== false) {
      this.#code = COMPILE[form](file);
      // Whoever needs it is told.
      this.#code.catch(() => undefined);
    }
    this.#arrived();
  }

  /**
   * When it is here: a module, or bytes for one worker alone. For a worker that shares modules with the frame, or does not; the others
   * will do as it does.
   */
  async given(shares: boolean): Promise<GivenFile> {
    await this.#here;
    if (shares && !isCode(this.#form)) this.#holdLater();
    const given = (shares ? ((await this.#code) ?? this.#holding) : undefined) ?? this.#bytes?.slice();
    if (!given) throw new TypeError('frame: workers differ in what they share');
    return given;
  }

  /** Only what workers will ask for is kept. */
  settle(shares: boolean): void {
    if (!isCode(this.#form)) return;
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
    if (!this.#bytes || isCode(this.#form)) return;
    this.#holding = await WebAssembly.compile(HOLDING[this.#form](this.#bytes));
    this.#bytes = undefined;
  }
}

function isCode(form: FileForm): form is keyof typeof COMPILE {
  return form in COMPILE;
}
