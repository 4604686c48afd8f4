/** Starts the server that all end-to-end tests share, and stops it after the last one. */
import { startServer } from './server-process.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  const server = await startServer();
  // Workers load the configuration again, and read the address from here.
  process.env['PRAXIS_TEST_URL'] = server.url;
  return server.stop;
}
