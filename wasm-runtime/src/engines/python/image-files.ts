/** The file image in a guest's file system. Some of its files lack a part until it comes, and some are libraries that can be opened. */
import type { ImageFile, Range } from '../../environment/image.ts';
import type { FileSystem } from '../../gate/files.ts';
import { bytesOf, type Given } from '../given.ts';
import type { LibraryModules } from './libraries.ts';

/** Libraries that a snapshot has opened leave an empty file of that name. */
const LIBRARY_ENDING = '.so';

export interface ImageEvents {
  /** Told of each file that is read for the first time. */
  onRead?: (path: string) => void;
  /** A program reads what has not come yet: does not return. */
  lacking: () => never;
}

export class ImageFiles {
  readonly #tree: FileSystem;
  readonly #events: ImageEvents;
  /** Paths of libraries: those that no snapshot has opened. */
  readonly #libraries = new Set<string>();
  /** Bytes of all parts that come late. */
  #lateBytes = 0;
  #late: Given | undefined;

  constructor(tree: FileSystem, files: readonly ImageFile[], events: ImageEvents) {
    this.#tree = tree;
    this.#events = events;
    for (const { path, bytes, late } of files) {
      if (path.endsWith(LIBRARY_ENDING) && bytes.length + (late?.end ?? 0) > 0) this.#libraries.add(path);
      if (late) this.#mountLate(path, bytes, late);
      else if (events.onRead) this.#mountWatched(path, bytes, events.onRead);
      else tree.mountFile(path, bytes);
    }
  }

  /** From now on, what lacked a part is whole. @throws TypeError where nothing lacks one */
  complete(late: Given): void {
    if (this.#lateBytes === 0) throw new TypeError('python: no file lacks anything');
    this.#late = late;
  }

  /**
   * The library at that path. Nothing that a program writes lies in the image, or takes the place of what does.
   * @param charge takes the fuel that compiling costs
   */
  library(path: string, charge: (units: number) => void): ReturnType<LibraryModules['find']> {
    if (!this.#libraries.has(path)) return undefined;
    const bytes = this.#tree.readFile(path);
    charge(bytes.length);
    // A copy, in a plain buffer.
    return { path, module: new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>) };
  }

  #mountWatched(path: string, bytes: Uint8Array, onRead: (path: string) => void): void {
    const complete = this.#tree.mountIncomplete(path, bytes, {
      start: 0,
      end: bytes.length,
      wanted: () => {
        onRead(path);
        complete(bytes);
      },
    });
  }

  /** Few programs read there, so nothing is copied for the others. */
  #mountLate(path: string, bytes: Uint8Array, { start, end }: Range): void {
    const offset = this.#lateBytes;
    this.#lateBytes += end - start;
    const complete = this.#tree.mountIncomplete(path, bytes, {
      start,
      end,
      wanted: () => {
        if (!this.#late) return this.#events.lacking();
        // A module that holds the bytes gives a copy of them: taken once.
        const here = bytesOf(this.#late);
        this.#late = here;
        complete(here.subarray(offset, offset + end - start));
      },
    });
  }
}
