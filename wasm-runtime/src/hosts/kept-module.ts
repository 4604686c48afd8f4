/** A module that the sandbox frame keeps for its workers. It is compiled once; where workers cannot share it, they get its bytes. */
export class KeptModule {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #module: Promise<WebAssembly.Module> | undefined;

  /** @param shared undefined: nobody knows yet whether workers can share modules */
  constructor(bytes: Uint8Array<ArrayBuffer>, shared: boolean | undefined) {
    if (shared !== false) this.#compile(bytes);
    if (shared !== true) this.#bytes = bytes;
  }

  /** For a worker that shares modules with the frame, or does not; the others will do as it does. */
  given(shares: boolean): Promise<WebAssembly.Module | Uint8Array<ArrayBuffer>> {
    this.settle(shares);
    const given = shares ? this.#module : this.#bytes && Promise.resolve(this.#bytes);
    return given ?? Promise.reject(new TypeError('frame: workers differ in what they share'));
  }

  /** Only what workers will ask for is kept. */
  settle(shares: boolean): void {
    if (shares) this.#bytes = undefined;
    else this.#module = undefined;
  }

  #compile(bytes: Uint8Array<ArrayBuffer>): void {
    this.#module = WebAssembly.compile(bytes);
    // Whoever needs it is told.
    this.#module.catch(() => undefined);
  }
}
