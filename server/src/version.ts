/** The version of this server, for attestations. */
import { readFileSync } from 'node:fs';

// Both `src` and `dist` lie beside the package's manifest. Safe: it is our own file.
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

export const VERSION = manifest.version;
