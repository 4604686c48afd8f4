/** Blobs as files under one folder: `sha256/ab/<hex>` for content, `incoming/<id>` for what is not verified yet. */
import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull, Problem } from '../errors.ts';
import { type BlobStore, digestHex, HEAD_BYTES, type Staged } from './blob-store.ts';

/** What is used of the file system, so that tests can fill a disk. */
export type FileSystem = Pick<typeof nodeFs, 'mkdir' | 'open' | 'readdir' | 'rename' | 'rm' | 'stat' | 'readFile'>;

const INCOMING_ID = /^[0-9a-f-]{36}$/;

export function localFiles(root: string, fs: FileSystem = nodeFs): BlobStore {
  const incomingDirectory = join(root, 'incoming');

  const contentDirectory = (hex: string): string => join(root, 'sha256', hex.slice(0, 2));
  const contentPath = (digest: string): string => {
    const hex = digestHex(digest);
    return join(contentDirectory(hex), hex);
  };
  const incomingPath = (id: string): string => {
    if (!INCOMING_ID.test(id)) throw new TypeError('expected a UUID as the id of an upload');
    return join(incomingDirectory, id);
  };

  async function exists(path: string): Promise<boolean> {
    return fs.stat(path).then(
      () => true,
      () => false,
    );
  }

  /** A rename is durable only once the folder that names the file has been written too. */
  async function syncDirectory(path: string): Promise<void> {
    const directory = await fs.open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  async function stage(id: string, source: AsyncIterable<Uint8Array>, maximumBytes: number): Promise<Staged> {
    const path = incomingPath(id);
    const hash = createHash('sha256');
    const head: Uint8Array[] = [];
    let size = 0;
    try {
      await fs.mkdir(incomingDirectory, { recursive: true, mode: 0o700 });
      // wx: one id, one writer.
      const file = await fs.open(path, 'wx', 0o600);
      try {
        for await (const chunk of source) {
          if (size < HEAD_BYTES) head.push(chunk.subarray(0, HEAD_BYTES - size));
          size += chunk.byteLength;
          if (size > maximumBytes)
            throw new Problem('too_large', { detail: `More than the announced ${maximumBytes} bytes arrived.` });
          hash.update(chunk);
          await writeAll(file, chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) await fs.rm(path, { force: true });
      throw asProblem(error);
    }
    return { digest: `sha256:${hash.digest('hex')}`, size_bytes: size, head: Buffer.concat(head) };
  }

  async function commit(id: string, digest: string): Promise<void> {
    const target = contentPath(digest);
    const directory = contentDirectory(digestHex(digest));
    try {
      await fs.mkdir(directory, { recursive: true, mode: 0o700 });
      await fs.rename(incomingPath(id), target);
      await syncDirectory(directory);
    } catch (error) {
      if (isMissing(error)) {
        if (await exists(target)) return;
        throw new Problem('upload_incomplete');
      }
      throw asProblem(error);
    }
  }

  return {
    stage,
    commit,
    async discard(id) {
      await fs.rm(incomingPath(id), { force: true });
    },
    async discardBefore(timeMs) {
      const names = await fs.readdir(incomingDirectory).catch((): string[] => []);
      for (const name of names) {
        const path = join(incomingDirectory, name);
        const changed = await fs.stat(path).then(
          (stats) => stats.mtimeMs,
          () => Infinity,
        );
        if (changed < timeMs) await fs.rm(path, { force: true });
      }
    },
    async put(bytes) {
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (await exists(contentPath(digest))) return digest;
      const id = crypto.randomUUID();
      try {
        await stage(id, once(bytes), bytes.byteLength);
        await commit(id, digest);
      } catch (error) {
        await fs.rm(incomingPath(id), { force: true });
        throw error;
      }
      return digest;
    },
    async has(digest) {
      return exists(contentPath(digest));
    },
    async read(digest) {
      try {
        return await fs.readFile(contentPath(digest));
      } catch (error) {
        throw isMissing(error) ? new Problem('not_found') : error;
      }
    },
    async open(digest) {
      try {
        const file = await fs.open(contentPath(digest), 'r');
        const { size } = await file.stat();
        return { size_bytes: size, stream: file.createReadStream() };
      } catch (error) {
        throw isMissing(error) ? new Problem('not_found') : error;
      }
    },
  };
}

async function writeAll(file: nodeFs.FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.byteLength) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.byteLength - offset);
    offset += bytesWritten;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function asProblem(error: unknown): unknown {
  return isDiskFull(error) ? new Problem('storage_full') : error;
}
