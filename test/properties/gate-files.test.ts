// Random programs against the file system and against a model that knows nothing of inodes: they must agree on every content,
// and on every byte that is accounted.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPEN } from '../../wasm-runtime/src/gate/descriptors.ts';
import { Errno } from '../../wasm-runtime/src/gate/errno.ts';
import type { FileSystem } from '../../wasm-runtime/src/gate/files.ts';
import { newFiles } from '../unit/gate/guest.ts';

const LIMITS = { max_bytes: 4000, max_nodes: 12 };
const NAMES = ['a', 'b', '__proto__'];

/** What a name stands for; files are shared by their names and descriptors. */
interface ModelFile {
  bytes: number[];
}
type ModelNode = ModelFile | Map<string, ModelNode>;
interface ModelOpen {
  file: ModelFile;
  offset: number;
  append: boolean;
}

class Model {
  readonly root = new Map<string, ModelNode>();
  readonly opened = new Map<number, ModelOpen>();

  find(path: readonly string[]): ModelNode | undefined {
    let node: ModelNode | undefined = this.root;
    for (const name of path) {
      if (!(node instanceof Map)) return undefined;
      node = node.get(name);
    }
    return node;
  }

  parent(path: readonly string[]): Map<string, ModelNode> | undefined {
    const node = this.find(path.slice(0, -1));
    return node instanceof Map ? node : undefined;
  }

  /** Every file and directory that exists, by a name or by a descriptor. */
  nodes(): Set<ModelNode> {
    const found = new Set<ModelNode>();
    const visit = (node: ModelNode): void => {
      found.add(node);
      if (node instanceof Map) for (const entry of node.values()) visit(entry);
    };
    visit(this.root);
    found.delete(this.root);
    for (const { file } of this.opened.values()) found.add(file);
    return found;
  }

  bytes(): number {
    let sum = 0;
    for (const node of this.nodes()) if (!(node instanceof Map)) sum += node.bytes.length;
    return sum;
  }

  resize(file: ModelFile, size: number): boolean {
    if (this.bytes() - file.bytes.length + size > LIMITS.max_bytes && size > file.bytes.length) return false;
    while (file.bytes.length < size) file.bytes.push(0);
    file.bytes.length = size;
    return true;
  }
}

type Command = { [Kind in keyof Steps]: { kind: Kind } & Parameters<Steps[Kind]>[2] }[keyof Steps];

/** Each does one thing in both worlds; the answer of the model is whether it succeeds. */
const steps = {
  open(
    files: FileSystem,
    model: Model,
    { path, append, truncate }: { path: string[]; append: boolean; truncate: boolean },
  ) {
    const fd = files.opened.table.lowestFree();
    const flags = OPEN.READ_WRITE | OPEN.CREATE | (append ? OPEN.APPEND : 0) | (truncate ? OPEN.TRUNCATE : 0);
    const ok = attempt(() => files.open(files.tree.root, toPath(path), flags, 0o666));
    const parent = model.parent(path);
    let node = model.find(path);
    const name = path.at(-1);
    if (parent === undefined || name === undefined || node instanceof Map) return [ok, false];
    if (node === undefined) {
      if (model.nodes().size >= LIMITS.max_nodes) return [ok, false];
      node = { bytes: [] };
      parent.set(name, node);
    }
    if (truncate) node.bytes = [];
    model.opened.set(fd, { file: node, offset: 0, append });
    return [ok, true];
  },
  mkdir(files: FileSystem, model: Model, { path }: { path: string[] }) {
    const ok = attempt(() => files.makeDirectory(files.tree.root, toPath(path), 0o777));
    const parent = model.parent(path);
    const name = path.at(-1);
    if (parent === undefined || name === undefined || parent.has(name)) return [ok, false];
    if (model.nodes().size >= LIMITS.max_nodes) return [ok, false];
    parent.set(name, new Map());
    return [ok, true];
  },
  unlink(files: FileSystem, model: Model, { path }: { path: string[] }) {
    const ok = attempt(() => files.unlink(files.tree.root, toPath(path)));
    const node = model.find(path);
    if (node === undefined || node instanceof Map) return [ok, false];
    model.parent(path)?.delete(path.at(-1) ?? '');
    return [ok, true];
  },
  rmdir(files: FileSystem, model: Model, { path }: { path: string[] }) {
    const ok = attempt(() => files.removeDirectory(files.tree.root, toPath(path)));
    const node = model.find(path);
    if (path.length === 0 || !(node instanceof Map) || node.size > 0) return [ok, false];
    model.parent(path)?.delete(path.at(-1) ?? '');
    return [ok, true];
  },
  rename(files: FileSystem, model: Model, { path, to }: { path: string[]; to: string[] }) {
    const ok = attempt(() => files.rename(files.tree.root, toPath(path), files.tree.root, toPath(to)));
    const node = model.find(path);
    const target = model.find(to);
    const [from, into] = [model.parent(path), model.parent(to)];
    if (path.length === 0 || to.length === 0 || node === undefined || from === undefined || into === undefined)
      return [ok, false];
    if (node === target) return [ok, true];
    if (target !== undefined && node instanceof Map !== target instanceof Map) return [ok, false];
    if (target instanceof Map && target.size > 0) return [ok, false];
    if (node instanceof Map && path.every((name, index) => to[index] === name)) return [ok, false];
    from.delete(path.at(-1) ?? '');
    into.set(to.at(-1) ?? '', node);
    return [ok, true];
  },
  write(files: FileSystem, model: Model, { pick, data }: { pick: number; data: number[] }) {
    const [fd, open] = descriptor(model, pick);
    const ok = attempt(() => files.opened.write(fd, [Uint8Array.from(data)]));
    if (open === undefined) return [ok, false];
    if (data.length === 0) return [ok, true];
    const start = open.append ? open.file.bytes.length : open.offset;
    if (!model.resize(open.file, Math.max(open.file.bytes.length, start + data.length))) return [ok, false];
    open.file.bytes.splice(start, data.length, ...data);
    open.offset = start + data.length;
    return [ok, true];
  },
  read(files: FileSystem, model: Model, { pick, count }: { pick: number; count: number }) {
    const [fd, open] = descriptor(model, pick);
    const target = new Uint8Array(count);
    const ok = attempt(() => {
      const read = files.opened.read(fd, [target.subarray(0, count >> 1), target.subarray(count >> 1)]);
      const expected = open?.file.bytes.slice(open.offset, open.offset + count) ?? [];
      expect([...target.subarray(0, read)]).toEqual(expected);
    });
    if (open === undefined) return [ok, false];
    open.offset += Math.max(0, Math.min(count, open.file.bytes.length - open.offset));
    return [ok, true];
  },
  seek(files: FileSystem, model: Model, { pick, offset, whence }: { pick: number; offset: number; whence: 0 | 1 | 2 }) {
    const [fd, open] = descriptor(model, pick);
    const ok = attempt(() => files.opened.seek(fd, offset, whence));
    if (open === undefined) return [ok, false];
    const to = offset + (whence === 0 ? 0 : whence === 1 ? open.offset : open.file.bytes.length);
    if (to < 0) return [ok, false];
    open.offset = to;
    return [ok, true];
  },
  truncate(files: FileSystem, model: Model, { pick, size }: { pick: number; size: number }) {
    const [fd, open] = descriptor(model, pick);
    const ok = attempt(() => files.opened.truncate(fd, size));
    return [ok, open !== undefined && model.resize(open.file, size)];
  },
  dup(files: FileSystem, model: Model, { pick }: { pick: number }) {
    const [fd, open] = descriptor(model, pick);
    const free = files.opened.table.lowestFree();
    const ok = attempt(() => files.opened.duplicate(fd));
    if (open !== undefined) model.opened.set(free, open);
    return [ok, open !== undefined];
  },
  dup2(files: FileSystem, model: Model, { pick, target }: { pick: number; target: number }) {
    const [fd, open] = descriptor(model, pick);
    const ok = attempt(() => files.opened.duplicateTo(fd, target, false));
    if (open === undefined || fd === target) return [ok, false];
    model.opened.set(target, open);
    return [ok, true];
  },
  close(files: FileSystem, model: Model, { pick }: { pick: number }) {
    const [fd, open] = descriptor(model, pick);
    const ok = attempt(() => files.opened.close(fd));
    model.opened.delete(fd);
    return [ok, open !== undefined];
  },
};
type Steps = typeof steps;

function attempt(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

function toPath(path: readonly string[]): string {
  return `/job/${path.join('/')}`;
}

/** Mostly one that is open, sometimes none. */
function descriptor(model: Model, pick: number): [number, ModelOpen | undefined] {
  const fds = [...model.opened.keys()];
  const fd = fds[pick % (fds.length + 1)] ?? 200;
  return [fd, model.opened.get(fd)];
}

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const pick = fc.nat(20);
const size = fc.oneof({ weight: 4, arbitrary: fc.nat(300) }, fc.nat(5000));
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('open' as const), path, append: fc.boolean(), truncate: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mkdir' as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unlink' as const), path }) },
  fc.record({ kind: fc.constant('rmdir' as const), path }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), path, to: path }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      pick,
      data: fc.array(fc.nat(255), { maxLength: 200 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), pick, count: fc.nat(300) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('seek' as const),
      pick,
      offset: fc.integer({ min: -200, max: 1000 }),
      whence: fc.constantFrom(0 as const, 1 as const, 2 as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate' as const), pick, size }) },
  fc.record({ kind: fc.constant('dup' as const), pick }),
  fc.record({ kind: fc.constant('dup2' as const), pick, target: fc.nat(10) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), pick }) },
);

/** One command in both worlds: whether it succeeded here and there. */
function perform(files: FileSystem, model: Model, made: Command): unknown {
  // The command's kind names the step that takes it.
  const step = steps[made.kind] as (files: FileSystem, model: Model, command: Command) => unknown;
  return step(files, model, made);
}

function contents(model: Model): [string, number[] | null][] {
  const found: [string, number[] | null][] = [];
  const visit = (node: ModelNode, at: string): void => {
    if (!(node instanceof Map)) {
      found.push([at, node.bytes]);
      return;
    }
    if (at !== '/job') found.push([at, null]);
    for (const [name, entry] of node) visit(entry, `${at}/${name}`);
  };
  visit(model.root, '/job');
  return found;
}

function fresh(): { files: FileSystem; model: Model } {
  const files = newFiles();
  files.mountDirectory('/job');
  files.seal(LIMITS, ['/job']);
  return { files, model: new Model() };
}

describe('the file system', () => {
  it('agrees with a model after every step of a random program', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (program) => {
        const { files, model } = fresh();
        for (const made of program) {
          const [here, there] = perform(files, model, made) as [boolean, boolean];
          expect({ made, succeeded: here }).toEqual({ made, succeeded: there });
          expect([files.tree.quota.bytes, files.tree.quota.nodes]).toEqual([model.bytes(), model.nodes().size]);
        }
        const listed = files.list('/job').map(({ path: at, kind }): [string, number[] | null] => {
          return [at, kind === 'file' ? [...files.readFile(at)] : null];
        });
        const sort = (list: [string, number[] | null][]) => list.toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(sort(listed)).toEqual(sort(contents(model)));
      }),
      { numRuns: 600 },
    );
  });

  it('accounts for nothing once everything is removed and closed', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (program) => {
        const { files, model } = fresh();
        for (const made of program) perform(files, model, made);
        for (const { path: at, kind } of files.list('/job').reverse()) {
          if (kind === 'directory') files.removeDirectory(files.tree.root, at);
          else files.unlink(files.tree.root, at);
        }
        for (const { fd } of files.opened.table.entries()) files.opened.close(fd);
        expect([files.tree.quota.bytes, files.tree.quota.nodes]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });
});
