/** Environments over HTTP: immutable files by digest, checked before they are used. Runs in the application's page, which is trusted. */
import {
  EnvironmentManifest,
  type EnvironmentEngine,
  type EnvironmentFile,
  type EnvironmentSource,
} from '../environment/manifest.ts';
import { once } from '../environment/once.ts';
import { jsonDigest, nativeDigest } from '../run/digest.ts';
import { RunFailure } from '../run/failure.ts';
import { Check } from '../run/schema.ts';
import { request } from './fetch.ts';
import type { KeptSnapshots } from './kept-snapshots.ts';
import { makeSnapshot } from './make-snapshot.ts';
import type { Host } from './protocol.ts';

export interface FetchedEnvironmentsOptions {
  /** e.g. `/assets/environments`: `<baseUrl>/<hex>/<file>`. */
  baseUrl: string;
  /**
   * Where Python's snapshot is made on a first visit, and kept for later ones, instead of being downloaded. A boot takes a second, and
   * its snapshot has the same bytes on every engine, so the manifest's digest says whether it is the right one.
   */
  snapshots?: { host: Host; kept: KeptSnapshots };
}

export function fetchedEnvironments({ baseUrl, snapshots }: FetchedEnvironmentsOptions): EnvironmentSource {
  const manifests = new Map<string, Promise<EnvironmentManifest>>();
  const files = new Map<string, Promise<Uint8Array>>();
  const folderOf = (envVersion: string) => `${baseUrl}/${envVersion.slice(envVersion.indexOf(':') + 1)}`;
  const load: EnvironmentSource['file'] = async (envVersion, file, onBytes) => {
    const download = () => fetchFile(`${folderOf(envVersion)}/${file.file}`, file, onBytes);
    if (!snapshots) return download();
    const { python } = (await source.manifest(envVersion)).engines;
    if (python.files.snapshot.digest !== file.digest) return download();
    const { host, kept } = snapshots;
    const found = await kept.find(file);
    if (found) return found;
    const bytes = (await madeHere(host, source, envVersion, python)) ?? (await download());
    // Downloaded ones, too: what could not be made once is not tried on every visit.
    void kept.keep(file, bytes);
    return bytes;
  };
  const source: EnvironmentSource = {
    manifest: (envVersion) =>
      once(manifests, envVersion, () => fetchManifest(`${folderOf(envVersion)}/manifest.json`, envVersion)),
    file: (envVersion, file, onBytes) => once(files, file.digest, () => load(envVersion, file, onBytes)),
  };
  return source;
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
    const glue = await source.file(envVersion, files.glue);
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
