/**
 * The replay worker's own process: started by the supervisor with one JSON argument, ended by a signal or when its parent is gone. Its
 * environment is empty; what it opens are the database, the blobs, the environments and the attestation key.
 */
import { join } from 'node:path';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { DEFAULT_CONFIGURATION } from '../configuration.ts';
import { connect } from '../database/connect.ts';
import { environmentsIn } from '../environments/catalogue.ts';
import { openAttestationSigner } from '../keys/keyring.ts';
import { sqliteQueue } from '../queue/sqlite-queue.ts';
import { localFiles } from '../storage/local-files.ts';
import { databaseFile, keysFolder } from '../wiring.ts';
import { detectJail } from './jail.ts';
import type { WorkerSettings } from './supervisor.ts';
import { wasmReplayer } from './wasm-replayer.ts';
import { ReplayWorker } from './worker.ts';

async function main(settings: WorkerSettings): Promise<number> {
  const log = pino(
    { level: settings.log_level, base: { process: 'replay' } },
    pino.destination({ dest: 2, sync: true }),
  );
  const jail = await detectJail();
  if (!jail.available && !settings.unjailed) {
    log.error({ reason: jail.reason }, 'replay is refused: sandboxes cannot be jailed here');
    return 1;
  }
  const database = connect(databaseFile(settings.data));
  const current = await environmentsIn(settings.environments).current('python');
  const replayer = wasmReplayer({
    environments: settings.environments,
    launch: jail.available ? jail.launch : null,
    expected: current?.env_version ?? null,
    log,
  });
  const worker = new ReplayWorker(
    {
      clock: Date.now,
      newId: uuidv7,
      database,
      blobs: localFiles(join(settings.data, 'blobs')),
      queue: sqliteQueue(database, Date.now, uuidv7),
      log,
      configuration: DEFAULT_CONFIGURATION,
      signer: openAttestationSigner(keysFolder(settings.data)),
    },
    replayer,
  );
  const stop = new AbortController();
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(event, () => stop.abort());
  log.info({ host: replayer.host, jail: jail.available ? jail.describe : 'none' }, 'ready to replay');
  await worker.work(stop.signal);
  await replayer.close();
  await database.destroy();
  return 0;
}

// Safe: the supervisor writes this argument.
process.exitCode = await main(JSON.parse(process.argv[2] ?? '{}') as WorkerSettings);
if (process.connected) process.disconnect();
