/** Calls of a file system in a program's words. */
import type { FileSystem } from '../../../wasm-runtime/src/gate/files.ts';
import type { DirectoryNode, FileStatus } from '../../../wasm-runtime/src/gate/inodes.ts';

/** @returns the bytes of a text in UTF-8 */
export const text = (value: string) => new TextEncoder().encode(value);

/** The calls as from a program whose working directory is the root. */
export function shell(files: FileSystem) {
  const root: DirectoryNode = files.tree.root;
  return {
    root,
    open: (path: string, flags: number = 0, mode = 0o666) => files.open(root, path, flags, mode),
    mkdir: (path: string) => files.makeDirectory(root, path, 0o777),
    link: (target: string, path: string) => files.makeLink(target, root, path),
    unlink: (path: string) => files.unlink(root, path),
    rmdir: (path: string) => files.removeDirectory(root, path),
    rename: (from: string, to: string) => files.rename(root, from, root, to),
    stat: (path: string): FileStatus => files.status(root, path, true),
    write: (path: string, content: string) => files.writeFile(path, text(content)),
    read: (path: string) => new TextDecoder().decode(files.readFile(path)),
    paths: () => files.list().map((entry) => entry.path),
  };
}
