// Stands in for a sandbox that is fully taken over: plain Node code inside the jail. Its argument is JSON: a list of attempts, each a
// list of a name and its arguments. It says what each of them gave.
'use strict';
const childProcess = require('node:child_process');
const dgram = require('node:dgram');
const dns = require('node:dns');
const { once } = require('node:events');
const fs = require('node:fs');
const inspector = require('node:inspector');
const net = require('node:net');
const os = require('node:os');
const { Worker } = require('node:worker_threads');

/** An answer of Node's own checks or of the kernel, as a code. */
function codeOf(error) {
  return error.info?.code ?? error.code ?? error.name;
}

function connect(target) {
  const socket = net.connect(target);
  return once(socket, 'connect').then(() => void socket.destroy());
}

function write(bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

/** Frames of the sandbox's protocol: lengths of head and parts, little-endian. */
function frame(head, partLengths = []) {
  const json = Buffer.from(typeof head === 'number' ? '' : JSON.stringify(head));
  const prefix = Buffer.alloc(8 + 4 * partLengths.length);
  prefix.writeUInt32LE(typeof head === 'number' ? head : json.length, 0);
  prefix.writeUInt32LE(partLengths.length, 4);
  partLengths.forEach((length, index) => prefix.writeUInt32LE(length, 8 + 4 * index));
  return Buffer.concat([prefix, json]);
}

const KEEP_RUNNING = Symbol('keep running');

const attempts = {
  // Network.
  tcp: ([port]) => connect({ port: Number(port), host: '127.0.0.1' }),
  udp: async ([port]) => {
    const socket = dgram.createSocket('udp4');
    const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
    const sent = new Promise((resolve, reject) => {
      socket.send('canary', Number(port), '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([failed, sent]).finally(() => socket.close());
  },
  resolve: () => dns.promises.lookup('localhost').then(() => undefined),
  connect_path: ([file]) => connect({ path: file }),
  listen: async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  },
  // Files.
  read: ([file]) => void fs.readFileSync(file),
  list: ([folder]) => fs.readdirSync(folder).toSorted(),
  write: ([file]) => fs.writeFileSync(file, 'changed by a sandbox'),
  append: ([file]) => fs.appendFileSync(file, ''),
  folder: ([folder]) => fs.mkdirSync(folder),
  link: ([file, target]) => fs.symlinkSync(target, file),
  rename: ([from, to]) => fs.renameSync(from, to),
  mode: ([file]) => fs.chmodSync(file, 0o777),
  /** Open descriptors that are no pipe, socket, event of a loop (which have no type), or /dev/null (device 1:3). */
  descriptors: () => {
    const strange = [];
    for (let descriptor = 0; descriptor < 1024; descriptor++) {
      try {
        const { mode, rdev } = fs.fstatSync(descriptor);
        const type = mode & fs.constants.S_IFMT;
        const known = [0, fs.constants.S_IFIFO, fs.constants.S_IFSOCK].includes(type) || rdev === 0x103;
        if (!known) strange.push(descriptor);
      } catch {
        // Not open.
      }
    }
    return strange;
  },
  // The machine and its processes.
  environment: () => Object.keys(process.env).toSorted(),
  host: () => ({ name: os.hostname(), user: process.getuid(), group: process.getgid(), executable: process.execPath }),
  interfaces: () => Object.keys(os.networkInterfaces()),
  kill: ([pid, signal]) => void process.kill(Number(pid), signal === '0' ? 0 : signal),
  priority: ([pid]) => os.setPriority(Number(pid), 1),
  become_root: () => process.setuid(0),
  // More code, more processes.
  spawn: () => {
    const { error } = childProcess.spawnSync(process.execPath, ['--eval', '0'], { stdio: 'inherit' });
    if (error) throw error;
  },
  thread: async () => {
    const worker = new Worker('0', { eval: true });
    await once(worker, 'exit');
  },
  // oxlint-disable-next-line no-eval -- whether it works is the question
  evaluate: () => void eval('1'),
  inspect: () => {
    inspector.open(0, '127.0.0.1');
    if (inspector.url() === undefined) throw Object.assign(new Error(), { code: 'NO_INSPECTOR' });
    inspector.close();
  },
  internals: () => void process.binding('fs'),
  library: ([file]) => process.dlopen({ exports: {} }, file),
  // Resources.
  /** Takes memory that nobody looks at until it is refused or `count` MiB are there. */
  memory: ([count]) => {
    const kept = [];
    for (let taken = 0; taken < Number(count); taken += 16) kept.push(new Uint8Array(16 << 20));
  },
  webassembly_memory: ([count]) => {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 65536 });
    for (let taken = 0; taken < Number(count); taken += 16) memory.grow(256);
  },
  heap: () => {
    for (const kept = []; ;) kept.push({ kept: kept.length });
  },
  burn: () => {
    for (;;);
  },
  burn_stubbornly: () => {
    process.on('SIGXCPU', () => undefined);
    for (;;);
  },
  hang: () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE']) process.on(signal, () => undefined);
    setInterval(() => undefined, 1000);
    write(Buffer.from('hanging'));
    return KEEP_RUNNING;
  },
  crash: () => process.abort(),
  // What it says to its host.
  noise: () => {
    for (const noise = Buffer.alloc(65536, 0xff); ;) write(noise);
  },
  endless_frame: () => {
    // Within the caps of one head and of one part, and without an end in sight.
    write(
      frame(
        { kind: 'done' },
        Array.from({ length: 1000 }, () => 1 << 30),
      ),
    );
    for (const part = Buffer.alloc(65536); ;) write(part);
  },
  endless_messages: () => {
    for (const begun = frame({ kind: 'begun' }); ;) write(begun);
  },
};

async function outcomeOf([name, ...args]) {
  // Some refusals come from Node's own callbacks.
  const uncaught = new Promise((_, reject) => process.once('uncaughtException', reject));
  try {
    return (await Promise.race([attempts[name](args), uncaught])) ?? 'done';
  } catch (error) {
    return codeOf(error);
  } finally {
    process.removeAllListeners('uncaughtException');
  }
}

void (async () => {
  const outcomes = [];
  // One after the other: an attempt must not borrow from another.
  for (const attempt of JSON.parse(process.argv[2])) outcomes.push(await outcomeOf(attempt));
  if (outcomes.includes(KEEP_RUNNING)) return;
  write(Buffer.from(JSON.stringify(outcomes)));
  process.exit(0);
})();
