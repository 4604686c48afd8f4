/**
 * Makes the snapshot of an engine by booting it where it is needed, in a sandbox that does nothing else. Trusted side: what comes back
 * is the sandbox's word, and of use only with the digest of the environment's manifest.
 */
import type { Language } from '../run/program.ts';
import { RunFailure } from '../run/failure.ts';
import type { BootFiles, Host } from './protocol.ts';
import { checkFromSandbox } from './validate.ts';

/** A boot takes a second or so; a machine on which it takes this long is better off with a download. */
const MAKE_LIMIT_MS = 60_000;

/**
 * @param files may still be on their way, while the sandbox starts
 * @throws RunFailure when no snapshot was made, and whatever `files` is rejected with
 */
export async function makeSnapshot(
  host: Host,
  engine: Language,
  { glue, files }: { glue: Uint8Array; files: Promise<BootFiles> },
): Promise<Uint8Array<ArrayBuffer>> {
  const connection = await host.open({ glue, cpu_ms: MAKE_LIMIT_MS });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const bootFiles = await files;
    return await new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
      const fail = (detail: string) => reject(new RunFailure('ENGINE_FAILED', `${engine} was not booted: ${detail}`));
      timer = setTimeout(() => fail('it took too long'), MAKE_LIMIT_MS);
      connection.onExit(({ detail }) => fail(detail));
      connection.onMessage((raw) => {
        const message = checkFromSandbox(raw);
        // It came by a message, and shared memory is not sent there.
        if (message?.kind === 'made' && message.engine === engine) resolve(message.snapshot as Uint8Array<ArrayBuffer>);
        else fail(message?.kind === 'failed' ? message.error.message : 'it sent something else');
      });
      connection.send({ kind: 'make', engine, files: bootFiles });
    });
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}
