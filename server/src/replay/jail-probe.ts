/** Trying out a jail: starts a process inside that tries the walls, and says in words which of them do not hold. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type, type Static } from 'typebox';
import { Check } from 'typebox/value';
import { jailLaunch, rootEntries, type JailedScript, type JailParts } from './jail-command.ts';
import { runToEnd } from './jail-process.ts';

/** `.ts` when it runs from sources, `.js` when it has been built; inside it is a module by its name. */
const SCRIPT = fileURLToPath(new URL(`./jail-probe-process${path.extname(import.meta.url)}`, import.meta.url));
const NAME = 'sandbox.mjs';
const CPU_MS = 20_000;

/** What each attempt gave: its value, or the code of its error. */
const Findings = Type.Object({
  files: Type.Unknown(),
  write: Type.Unknown(),
  network: Type.Unknown(),
  environment: Type.Array(Type.String()),
  user: Type.Unknown(),
  process: Type.Unknown(),
  filter: Type.Unknown(),
  child: Type.Unknown(),
  work: Type.Unknown(),
});
type Findings = Static<typeof Findings>;

/** The probe did not come to an end, so nothing is known about the walls. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
}

/** @returns what is wrong with the jail, nothing when it holds. @throws ProbeFailure */
export async function findFaults(parts: JailParts): Promise<string[]> {
  const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  try {
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    // Once with namespaces alone and once with everything, so that no wall stands in front of another.
    const bare = await probe(parts, port, ['filter', 'permission']);
    const whole = await probe(parts, port, []);
    return [...faultsOfNamespaces(parts, bare), ...faultsOfWhole(whole)];
  } finally {
    listener.close();
  }
}

async function probe(parts: JailParts, port: number, without: NonNullable<JailedScript['without']>): Promise<Findings> {
  const launch = jailLaunch(parts, { script: SCRIPT, name: NAME, cpu_ms: CPU_MS, without, args: [String(port)] });
  const { stdout, stderr, ending, succeeded } = await runToEnd(launch);
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  // Node begins with the place of an error.
  const first = lines.find((line) => /error|^bwrap:|^prlimit:/i.test(line)) ?? lines[0] ?? '';
  if (!succeeded) throw new ProbeFailure(first === '' ? ending : `${first.slice(0, 300)} (${ending})`);
  let findings: unknown;
  try {
    findings = JSON.parse(stdout);
  } catch {
    findings = null;
  }
  if (!Check(Findings, findings)) throw new ProbeFailure('it gave no findings');
  return findings;
}

function faultsOfNamespaces({ libraries }: JailParts, found: Findings): string[] {
  const files = JSON.stringify(found.files);
  return [
    ...(files === JSON.stringify(rootEntries(libraries, NAME)) ? [] : [`files of this machine are visible: ${files}`]),
    ...(found.write === 'EROFS' ? [] : [`files can be written (${String(found.write)})`]),
    ...(found.network === 'ECONNREFUSED'
      ? []
      : [`the network of this machine can be reached (${String(found.network)})`]),
    // bubblewrap sets PWD; to a path inside.
    ...(found.environment.every((name) => name === 'PWD') ? [] : ['environment variables are visible']),
    ...(found.user === 65534 ? [] : [`it runs as user ${String(found.user)}`]),
    // Process 1 is bubblewrap's.
    ...(found.process === 2 ? [] : ['it has no process namespace of its own']),
  ];
}

function faultsOfWhole(found: Findings): string[] {
  return [
    ...(found.filter === 'ENOSYS' ? [] : [`system calls are not filtered (${String(found.filter)})`]),
    // Later versions of Node forbid it before the system call.
    ...(found.network === 'ENOSYS' || found.network === DENIED
      ? []
      : [`sockets can be made (${String(found.network)})`]),
    ...([found.files, found.write, found.child].every((result) => result === DENIED)
      ? []
      : ['the permissions of Node are not taken away']),
    ...(found.work === WORK_DONE ? [] : [`what an engine needs does not work (${String(found.work)})`]),
  ];
}

const DENIED = 'ERR_ACCESS_DENIED';
/** Bytes and objects that the probe ends up with. */
const WORK_DONE = 2 ** 26 + 300_000;
