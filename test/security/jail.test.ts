/** A replay child that is fully taken over, inside the jail: what it tries, wall by wall, and the same without a jail. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectJail, jailParts } from '../../server/src/replay/jail.ts';
import { COMPROMISED, outcomes, type Attempt, type Confinement } from './jail/run.ts';

const jail = await detectJail();

/** What the test holds outside, for the sandbox to reach for. */
interface Outside {
  folder: string;
  tcpPort: string;
  udpPort: string;
  socketPath: string;
  secretPath: string;
  writablePath: string;
}

interface Row {
  what: string;
  attempt: (outside: Outside) => Attempt;
  /** What is expected by confinement. Without `none` there is no control: it would do harm. */
  expected: Partial<Record<Confinement, unknown>>;
}

const row = (
  what: string,
  attempt: Row['attempt'],
  whole: unknown,
  filtered: unknown,
  bare: unknown,
  ...none: unknown[]
) => ({
  what,
  attempt,
  expected: { whole, filtered, namespaces: bare, ...(none.length > 0 ? { none: none[0] } : {}) },
});

/** Node does not recognise this error of getifaddrs. */
const UNKNOWN = 'ERR_SYSTEM_ERROR';
const DENIED = 'ERR_ACCESS_DENIED';
const ABSTRACT = `\0praxis-jail-test-${process.pid}`;
/** From Node 25 on its permissions stand before the filter. */
const NO_SOCKET: unknown = expect.stringMatching(/^(ENOSYS|ERR_ACCESS_DENIED)$/);
const NO_NAME: unknown = expect.stringMatching(/^(EAI_AGAIN|ERR_ACCESS_DENIED)$/);
const containing = (...values: string[]): unknown => expect.arrayContaining(values);

/** Columns: all walls; without Node's permissions; namespaces alone; no jail. */
const ROWS: Row[] = [
  // First: later attempts open some.
  row('has a file open', () => ['descriptors'], [], [], []),
  row('connects over TCP', ({ tcpPort }) => ['tcp', tcpPort], NO_SOCKET, 'ENOSYS', 'ECONNREFUSED', 'done'),
  // In a namespace of its own a datagram leaves for nowhere; below, the listener outside has heard nothing.
  row('sends over UDP', ({ udpPort }) => ['udp', udpPort], NO_SOCKET, 'ENOSYS', 'done', 'done'),
  row('looks up a name', () => ['resolve'], NO_NAME, 'EAI_AGAIN', 'EAI_AGAIN', 'done'),
  row('connects to a socket file', (o) => ['connect_path', o.socketPath], NO_SOCKET, 'ENOSYS', 'ENOENT', 'done'),
  row('connects to an abstract socket', () => ['connect_path', ABSTRACT], NO_SOCKET, 'ENOSYS', 'ECONNREFUSED', 'done'),
  row('listens', () => ['listen'], NO_SOCKET, 'ENOSYS', 'done', 'done'),
  row('lists network interfaces', () => ['interfaces'], UNKNOWN, UNKNOWN, ['lo'], containing('lo')),

  row('reads /etc/passwd', () => ['read', '/etc/passwd'], DENIED, 'ENOENT', 'ENOENT', 'done'),
  row('reads a file of the project', () => ['read', path.resolve('package.json')], DENIED, 'ENOENT', 'ENOENT', 'done'),
  row('reads a secret', ({ secretPath }) => ['read', secretPath], DENIED, 'ENOENT', 'ENOENT', 'done'),
  row('reads the environment of process 1', () => ['read', '/proc/1/environ'], DENIED, 'ENOENT', 'ENOENT'),
  row('reads its own environment in /proc', () => ['read', '/proc/self/environ'], DENIED, 'ENOENT', 'ENOENT', 'done'),
  row('reads a device', () => ['list', '/dev'], DENIED, 'ENOENT', 'ENOENT', containing('null')),
  row('lists processes', () => ['list', '/proc'], DENIED, 'ENOENT', 'ENOENT', containing('1', 'self')),
  row('lists the root', () => ['list', '/'], DENIED, containing('node'), containing('node'), containing('etc', 'proc')),

  row('writes in the root', () => ['write', '/written'], DENIED, 'EROFS', 'EROFS'),
  row('writes a file', ({ writablePath }) => ['write', writablePath], DENIED, 'EROFS', 'ENOENT', 'done'),
  row('writes in shared memory', () => ['write', '/dev/shm/praxis'], DENIED, 'EROFS', 'ENOENT'),
  row('changes its own script', () => ['append', '/sandbox.cjs'], DENIED, 'EROFS', 'EROFS'),
  row('changes Node', () => ['write', '/node'], DENIED, 'EROFS', expect.stringMatching(/^(EROFS|ETXTBSY)$/)),
  row('makes a folder', () => ['folder', '/made'], DENIED, 'ENOSYS', 'EROFS'),
  row('makes a link', () => ['link', '/link', '/node'], DENIED, 'ENOSYS', 'EROFS'),
  row('renames', () => ['rename', '/node', '/other'], DENIED, 'ENOSYS', 'EROFS'),
  row('changes modes', () => ['mode', '/sandbox.cjs'], DENIED, 'ENOSYS', 'EROFS'),

  row('reads environment variables', () => ['environment'], ['PWD'], ['PWD'], ['PWD'], containing('PRAXIS_CANARY')),
  row('signals a process outside', () => ['kill', String(process.pid), '0'], 'ENOSYS', 'ENOSYS', 'ESRCH', 'done'),
  row('signals process 1 of its namespace', () => ['kill', '1', '0'], 'ENOSYS', 'ENOSYS', 'done'),
  row('changes its priority', () => ['priority', '0'], 'ENOSYS', 'ENOSYS', 'done', 'done'),
  row('becomes root', () => ['become_root'], 'ENOSYS', 'ENOSYS', 'EINVAL'),

  row('starts a process', () => ['spawn'], DENIED, 'EPERM', 'done', 'done'),
  // Threads are part of what V8 needs, so the filter allows them; they are behind the same walls.
  row('starts a thread', () => ['thread'], DENIED, 'done', 'done', 'done'),
  row('evaluates text', () => ['evaluate'], 'EvalError', 'EvalError', 'EvalError', 'done'),
  row('opens an inspector', () => ['inspect'], DENIED, 'NO_INSPECTOR', 'done', 'done'),
  row('reaches internals of Node', () => ['internals'], DENIED, 'done', 'done', 'done'),
  row(
    'loads native code',
    () => ['library', libraryPath],
    'ERR_DLOPEN_DISABLED',
    'ERR_DLOPEN_DISABLED',
    'ERR_DLOPEN_DISABLED',
    'ERR_DLOPEN_FAILED',
  ),
];

/** A library that Node itself has loaded: it is there inside and outside, and is not an addon. */
let libraryPath = '';

describe.skipIf(!jail.available)(`in the jail${jail.available ? '' : ` (skipped: ${jail.reason})`}`, () => {
  const results = new Map<Confinement, Map<string, unknown>>();
  const heard = new Map<Confinement, number>();
  const written = new Map<Confinement, boolean>();
  let outside: Outside;
  let scriptBefore: string;
  const close: (() => void)[] = [];

  beforeAll(async () => {
    const parts = await jailParts();
    libraryPath = parts.libraries.find((library) => library.includes('libm.so')) ?? parts.libraries[0] ?? '';
    scriptBefore = await readFile(COMPROMISED, 'utf8');
    let connections = 0;
    const count = (): void => void connections++;
    outside = await makeOutside(count, close);
    process.env['PRAXIS_CANARY'] = 'sing';
    for (const confinement of ['whole', 'filtered', 'namespaces', 'none'] as const) {
      const rows = ROWS.filter(({ expected }) => confinement in expected);
      const said = await outcomes(
        parts,
        confinement,
        rows.map(({ attempt }) => attempt(outside)),
      );
      results.set(confinement, new Map(rows.map(({ what }, index) => [what, said[index]])));
      heard.set(confinement, connections);
      written.set(confinement, existsSync(outside.writablePath));
      connections = 0;
    }
  });

  afterAll(async () => {
    delete process.env['PRAXIS_CANARY'];
    for (const end of close) end();
    await rm(outside.folder, { recursive: true });
  });

  const TITLES: Readonly<Record<Confinement, string>> = {
    whole: 'all walls',
    filtered: "without Node's permissions",
    namespaces: 'namespaces alone',
    none: 'control, without a jail',
  };

  describe.each(Object.entries(TITLES) as [Confinement, string][])('%s: %s', (confinement) => {
    const rows = ROWS.filter(({ expected }) => confinement in expected);
    it.each(rows.map((entry) => [entry.what, entry.expected[confinement]]))('%s', (what, expected) => {
      expect(results.get(confinement)?.get(what)).toEqual(expected);
    });
  });

  it('shows nothing but Node, its libraries and the script', () => {
    const listed = results.get('filtered')?.get('lists the root');
    expect(listed).toEqual(expect.not.arrayContaining(['dev', 'etc', 'home', 'proc', 'root', 'tmp', 'usr', 'var']));
  });

  it('lets nothing through to a listener outside, which the control reaches', () => {
    expect(Object.fromEntries(heard)).toMatchObject({ whole: 0, filtered: 0, namespaces: 0 });
    expect(heard.get('none')).toBeGreaterThanOrEqual(4);
  });

  it('writes no file outside, which the control does', () => {
    expect(Object.fromEntries(written)).toEqual({ whole: false, filtered: false, namespaces: false, none: true });
  });

  it('leaves the script as it was', async () => {
    expect(await readFile(COMPROMISED, 'utf8')).toBe(scriptBefore);
  });
});

async function makeOutside(count: () => void, close: (() => void)[]): Promise<Outside> {
  const folder = await mkdtemp(path.join(tmpdir(), 'praxis-jail-'));
  const secretPath = path.join(folder, 'secret');
  await writeFile(secretPath, 'key', { mode: 0o644 });
  const tcp = await listening(createServer(count), (server) => server.listen(0, '127.0.0.1'), close);
  const socketPath = path.join(folder, 'socket');
  await listening(createServer(count), (server) => server.listen(socketPath), close);
  await listening(createServer(count), (server) => server.listen(ABSTRACT), close);
  const udp = createSocket('udp4').on('message', count).bind(0, '127.0.0.1');
  await once(udp, 'listening');
  close.push(() => udp.close());
  const address = tcp.address();
  const tcpPort = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    folder,
    tcpPort: String(tcpPort),
    udpPort: String(udp.address().port),
    socketPath,
    secretPath,
    writablePath: path.join(folder, 'written'),
  };
}

async function listening(server: Server, start: (server: Server) => Server, close: (() => void)[]): Promise<Server> {
  await once(start(server.on('connection', (socket) => socket.destroy())), 'listening');
  close.push(() => server.close());
  return server;
}
