/** Environments over HTTP: immutable files by digest, checked before they are used. Runs in the application's page, which is trusted. */
import {
  EnvironmentManifest,
  type EnvironmentEngine,
  type EnvironmentFile,
  type EnvironmentSource,
} from '../environment/manifest.ts';
import { readBytes, type FileBytes } from '../environment/file-bytes.ts';
import { once } from '../environment/once.ts';
import { jsonDigest, nativeDigest } from '../run/digest.ts';
import { RunFailure } from '../run/failure.ts';
import { Check } from '../run/schema.ts';
import { request } from './fetch.ts';
import type { KeptFiles } from './kept-files.ts';
import { makeSnapshot } from './make-snapshot.ts';
import type { Host } from './protocol.ts';

export interface FetchedEnvironmentsOptions {
  /** e.g. `/assets/environments`: `<baseUrl>/<hex>/<file>`. */
  baseUrl: string;
  /** Where files that Python starts with are kept for later visits, ready to be used. */
  kept?: KeptFiles;
  /**
   * Where Python's snapshot is made on a first visit, instead of being downloaded. A boot takes a second, and its snapshot has the same
   * bytes on every engine, so the manifest's digest says whether it is the right one.
   */
  maker?: Host;
}

export function fetchedEnvironments({ baseUrl, kept, maker }: FetchedEnvironmentsOptions): EnvironmentSource {
  const manifests = new Map<string, Promise<EnvironmentManifest>>();
  const files = new Map<string, Promise<FileBytes>>();
  const folderOf = (envVersion: string) => `${baseUrl}/${envVersion.slice(envVersion.indexOf(':') + 1)}`;
  /** From the network, or from a boot. */
  const get: EnvironmentSource['file'] = async (envVersion, file, onBytes) => {
    const { python } = (await source.manifest(envVersion)).engines;
    const made =
      maker && file.digest === python.files.snapshot.digest ? await madeHere(maker, source, envVersion, python) : null;
    const bytes = made ?? (await fetchFile(`${folderOf(envVersion)}/${file.file}`, file, onBytes));
    if (kept) void keep(kept, python, file, bytes);
    return bytes;
  };
  const load: EnvironmentSource['file'] = async (envVersion, file, onBytes) => {
    const blob = await kept?.find(file);
    if (!kept || !blob) return get(envVersion, file, onBytes);
    return {
      blob,
      digest: file.digest,
      async bytes() {
        const bytes = new Uint8Array(await blob.arrayBuffer().catch(() => new ArrayBuffer(0)));
        if (bytes.length === file.size_bytes && (await nativeDigest(bytes)) === file.digest) return bytes;
        await kept.forget(file);
        return readBytes(await get(envVersion, file));
      },
    };
  };
  const source: EnvironmentSource = {
    manifest: (envVersion) =>
      once(manifests, envVersion, () => fetchManifest(`${folderOf(envVersion)}/manifest.json`, envVersion)),
    file: (envVersion, file, onBytes) => once(files, file.digest, () => load(envVersion, file, onBytes)),
  };
  return source;
}

/**
 * Keeps what Python starts with. The snapshot at once, even one that was downloaded: what could not be made once is not tried on every
 * visit. The others have been in the browser's own cache since the first visit, which has enough to do; they are kept, unpacked,
 * for a reader who comes back.
 */
async function keep(
  kept: KeptFiles,
  { files }: EnvironmentEngine,
  file: EnvironmentFile,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { module, image, libraries, snapshot } = files;
  const isSnapshot = file.digest === snapshot.digest;
  const isOther = [module, image, libraries].some((other) => other?.digest === file.digest);
  if (isSnapshot || (isOther && (await kept.find(snapshot)))) await kept.keep(file, bytes);
}

/** The snapshot, booted here; null when it did not come out as the manifest says, for whatever reason: there is another way to it. */
async function madeHere(
  host: Host,
  source: EnvironmentSource,
  envVersion: string,
  { files }: EnvironmentEngine,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!files.glue || !files.image) return null;
  const { module, image } = files;
  const bootFiles = (async () => ({
    module: await source.file(envVersion, module),
    image: await source.file(envVersion, image),
  }))();
  // Whoever asked for these files is told, too.
  bootFiles.catch(() => undefined);
  try {
    const glue = await readBytes(await source.file(envVersion, files.glue));
    const made = await makeSnapshot(host, 'python', { glue, files: bootFiles });
    return (await nativeDigest(made)) === files.snapshot.digest ? made : null;
  } catch {
    return null;
  }
}

async function fetchManifest(url: string, envVersion: string): Promise<EnvironmentManifest> {
  const response = await request(url);
  if (!response.ok) throw new RunFailure('ENVIRONMENT_UNKNOWN', `the environment ${envVersion} is not on this server`);
  const manifest: unknown = await response.json().catch(() => null);
  if (!Check(EnvironmentManifest, manifest) || `${manifest.name}@${jsonDigest(manifest)}` !== envVersion) {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `the manifest of ${envVersion} does not have its digest`);
  }
  return manifest;
}

async function fetchFile(
  url: string,
  file: EnvironmentFile,
  onBytes?: (received: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(url);
  if (!response.ok || !response.body)
    throw new RunFailure(
      'HOST_FAILED',
      `${file.file} could not be loaded (${response.status}); reload the page to try again`,
    );
  const bytes = new Uint8Array(file.size_bytes);
  let received = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length > bytes.length)
      throw new RunFailure('ENVIRONMENT_UNKNOWN', `${file.file} is longer than its manifest says`);
    bytes.set(value, received);
    received += value.length;
    onBytes?.(received);
  }
  if (received !== bytes.length || (await nativeDigest(bytes)) !== file.digest) {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `${file.file} does not have the digest that its manifest says`);
  }
  return bytes;
}
