/** What a library says of itself, for whoever links it: the `dylink.0` section of WebAssembly's tool conventions. */
import { readCount } from '../module-bytes.ts';

const MEMORY_INFO = 1;
const NEEDED = 2;

export interface Dylink {
  /** Bytes of memory, and their alignment as a power of 2. */
  memorySize: number;
  memoryAlign: number;
  /** Entries of the function table. */
  tableSize: number;
  /** Names of the libraries that it needs. */
  needed: string[];
}

/** @throws TypeError when there is no such section, or it is cut short */
export function readDylink(library: WebAssembly.Module): Dylink {
  const [section] = WebAssembly.Module.customSections(library, 'dylink.0');
  if (!section) throw new TypeError('it is no library: it has no dylink.0 section');
  const bytes = new Uint8Array(section);
  const read: Dylink = { memorySize: 0, memoryAlign: 0, tableSize: 0, needed: [] };
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at];
    const size = readCount(bytes, at + 1);
    const numbers = { at: size.end };
    const next = (): number => {
      const { value, end } = readCount(bytes, numbers.at);
      numbers.at = end;
      return value;
    };
    if (kind === MEMORY_INFO) {
      [read.memorySize, read.memoryAlign, read.tableSize] = [next(), next(), next()];
    } else if (kind === NEEDED) {
      for (let left = next(); left > 0; left--) {
        const length = next();
        read.needed.push(new TextDecoder().decode(bytes.subarray(numbers.at, numbers.at + length)));
        numbers.at += length;
      }
    }
    at = size.end + size.value;
  }
  return read;
}
