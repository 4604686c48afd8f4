/** Which files of tests share a run: starting, unpacking and importing take some twenty seconds, so a run for each file would take hours. */

export interface TestFile {
  name: string;
  size_bytes: number;
}

export interface Batch {
  /** Their folder, and which part of it. */
  name: string;
  files: string[];
}

/** Of sources; a larger file is alone. */
const MAX_BYTES = 450_000;

const partsOf = (name: string): string[] => name.split('/');

/** Files of one part of the library (`numpy/lib`), in their order, up to a size. */
export function batchesOf(files: readonly TestFile[], depth: number): Batch[] {
  const groups = new Map<string, TestFile[]>();
  for (const file of files) {
    const group = partsOf(file.name).slice(0, depth).join('/');
    groups.set(group, [...(groups.get(group) ?? []), file]);
  }
  return [...groups].flatMap(([name, members]) => {
    const parts = split(members);
    return parts.map((part, index) => ({
      name: parts.length === 1 ? name : `${name}, ${index + 1} of ${parts.length}`,
      files: part,
    }));
  });
}

function split(files: readonly TestFile[]): string[][] {
  const parts: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const { name, size_bytes } of files) {
    if (size + size_bytes > MAX_BYTES) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(name);
    size += size_bytes;
  }
  return parts;
}
