/** What `praxis serve` is told, by arguments and environment variables. Pure. */
import { parseArgs } from 'node:util';

export interface ServeOptions {
  host: string;
  port: number;
  data: string;
  /** Origin that browsers use; null on loopback, where it follows from host and port. */
  origin: string | null;
  trustedProxies: number;
  /** Replays without the jail of the operating system; only for machines where nobody else's code runs. */
  unjailedReplay: boolean;
  environments: string | null;
  logLevel: string;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const SERVE_USAGE = `Usage: praxis serve [options]

  --host ADDRESS        interface to listen on (127.0.0.1)         PRAXIS_HOST
  --port NUMBER         port to listen on (8080)                   PRAXIS_PORT
  --data FOLDER         where everything is kept (./data)          PRAXIS_DATA
  --origin URL          address that browsers use; required when   PRAXIS_ORIGIN
                        --host is not this machine alone, and
                        then it has to be https
  --trusted-proxies N   reverse proxies in front of this (0)       PRAXIS_TRUSTED_PROXIES
  --environments FOLDER built environments                         PRAXIS_ENVIRONMENTS
  --log-level LEVEL     fatal, error, warn, info, debug (info)     PRAXIS_LOG_LEVEL
  --unjailed-replay     replay without a jail: guests are then
                        held by WebAssembly alone
`;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);
const LOG_LEVELS = new Set(['fatal', 'error', 'warn', 'info', 'debug', 'silent']);

/** @throws UsageError */
export function readServeOptions(
  args: string[],
  environment: Readonly<Record<string, string | undefined>>,
): ServeOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  const text = (argument: string | undefined, variable: string, otherwise: string): string =>
    argument ?? environment[variable] ?? otherwise;
  const options: ServeOptions = {
    host: text(values.host, 'PRAXIS_HOST', '127.0.0.1'),
    port: integer('--port', text(values.port, 'PRAXIS_PORT', '8080'), 65_535),
    data: text(values.data, 'PRAXIS_DATA', './data'),
    origin: readOrigin(values.origin ?? environment['PRAXIS_ORIGIN']),
    trustedProxies: integer('--trusted-proxies', text(values['trusted-proxies'], 'PRAXIS_TRUSTED_PROXIES', '0'), 10),
    environments: values.environments ?? environment['PRAXIS_ENVIRONMENTS'] ?? null,
    logLevel: text(values['log-level'], 'PRAXIS_LOG_LEVEL', 'info'),
    unjailedReplay: values['unjailed-replay'] ?? false,
  };
  if (!LOG_LEVELS.has(options.logLevel))
    throw new UsageError(`--log-level: expected one of ${[...LOG_LEVELS].join(', ')}`);
  if (!LOOPBACK.has(options.host) && options.origin?.startsWith('https://') !== true) {
    throw new UsageError(
      `--host ${options.host} lets others in: say by --origin which https address they use, and let a proxy end TLS there`,
    );
  }
  return options;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        origin: { type: 'string' },
        'trusted-proxies': { type: 'string' },
        environments: { type: 'string' },
        'log-level': { type: 'string' },
        'unjailed-replay': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}

function integer(name: string, value: string, maximum: number): number {
  const number = Number(value);
  if (!/^\d{1,6}$/.test(value) || number > maximum)
    throw new UsageError(`${name}: expected a number from 0 to ${maximum}, got ${JSON.stringify(value)}`);
  return number;
}

function readOrigin(value: string | undefined): string | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (
    url === null ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.origin !== value.replace(/\/$/, '')
  ) {
    throw new UsageError(`--origin: expected an address such as https://praxis.example, got ${JSON.stringify(value)}`);
  }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname.replace(/^\[|\]$/g, ''))) {
    throw new UsageError('--origin: http is for this machine alone; everybody else needs https');
  }
  return url.origin;
}
