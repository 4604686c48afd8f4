/** What others may use of the server: the application, and everything that it is put together from. */
export { createApp, type App } from './app.ts';
export { DEFAULT_CONFIGURATION, type ServerConfiguration } from './configuration.ts';
export type { Dependencies, ReplayAvailability } from './dependencies.ts';
