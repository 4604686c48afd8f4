/** Starts the server that all end-to-end tests share, and stops it after the last one. */
import { detectJail } from '../../server/src/replay/jail.ts';
import { startServer } from './server-process.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  // Containers without user namespaces cannot have the jail; its own tests say so, and the rest can still be tested.
  const jail = await detectJail();
  if (!jail.available) console.log(`end-to-end: replaying without a jail here: ${jail.reason}`);
  const server = await startServer(jail.available ? [] : ['--unjailed-replay']);
  // Workers load the configuration again, and read the address from here.
  process.env['PRAXIS_TEST_URL'] = server.url;
  return server.stop;
}
