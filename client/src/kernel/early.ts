/**
 * What a page starts before the rest of its code is there: the frame of its sandboxes, and the files that Python starts with. Both are on
 * their way while everything else is fetched and drawn, and neither needs this page's processor much.
 */
import type { EnvironmentFile } from '@praxis/wasm-runtime';
import { createBrowserHost, fetchedEnvironments, keptFiles } from '@praxis/wasm-runtime/browser';
import { givenEnvironments } from './given-environment.ts';

export const host = createBrowserHost({
  frameUrl: '/frames/sandbox',
  workerUrl: '/frames/worker.js',
  firstFrame: 'sandbox-frame',
});
export const environments = fetchedEnvironments({ baseUrl: '/assets/environments', kept: keptFiles(), maker: host });

/** Bytes of the files that Python starts with: what is on its way, and how much of it is here. */
export interface Arrival {
  received_bytes: number;
  total_bytes: number;
}

interface Fetching {
  onArrival: (arrival: Arrival) => void;
  last: Arrival;
  done: Promise<unknown>;
}
const fetching = new Map<string, Fetching>();

/** Fetches what Python starts with, or goes on doing so. On a first visit its snapshot is made; that is no part of the arrival. */
export function fetchPython(
  envVersion: string,
  onArrival: (arrival: Arrival) => void = () => undefined,
): Promise<unknown> {
  const known = fetching.get(envVersion);
  if (known) {
    known.onArrival = onArrival;
    onArrival(known.last);
    return known.done;
  }
  const mine: Fetching = { onArrival, last: { received_bytes: 0, total_bytes: 0 }, done: Promise.resolve() };
  mine.done = begin(envVersion, (arrival) => {
    mine.last = arrival;
    mine.onArrival(arrival);
  });
  fetching.set(envVersion, mine);
  // A failure is forgotten, so that the next who asks tries again.
  mine.done.catch(() => fetching.delete(envVersion));
  return mine.done;
}

async function begin(envVersion: string, tell: (arrival: Arrival) => void): Promise<void> {
  const { files } = (await environments.manifest(envVersion)).engines.python;
  // A snapshot that a page cannot make is one of them.
  const snapshotComes = files.glue ? undefined : files.snapshot;
  const downloads = [files.module, files.image, files.libraries, snapshotComes].filter((file) => file !== undefined);
  const total_bytes = downloads.reduce((sum, file) => sum + file.size_bytes, 0);
  const received = downloads.map(() => 0);
  const coming = downloads.map((file, index) =>
    environments.file(envVersion, file, (bytes) => {
      received[index] = bytes;
      tell({ received_bytes: received.reduce((sum, each) => sum + each, 0), total_bytes });
    }),
  );
  const of = (file: EnvironmentFile | undefined) => (file ? coming[downloads.indexOf(file)] : undefined);
  const [module, image] = [of(files.module), of(files.image)];
  const snapshot = of(snapshotComes) ?? environments.file(envVersion, files.snapshot);
  host.expect({ snapshot, ...(module ? { module } : {}), ...(image ? { image } : {}) });
  await Promise.all([...coming, snapshot]);
}

const { likely } = givenEnvironments();
if (likely !== null) {
  host.expect({});
  // Whoever opens the kernel is told of a failure.
  fetchPython(likely).catch(() => undefined);
}
