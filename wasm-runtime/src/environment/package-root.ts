/** Where this package lies, from its sources and from its compiled output alike. Node only. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

/** `src/environment` is two folders below it, `dist/lib/environment` three. */
export const PACKAGE_ROOT = path.resolve(here, import.meta.url.endsWith('.ts') ? '../..' : '../../..');
