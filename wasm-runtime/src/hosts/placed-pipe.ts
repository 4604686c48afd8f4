/**
 * A pipe from a sandbox process whose bytes are read to where they stay. Node's own pipes give them in buffers of 64 KiB, from which they
 * would have to be copied, and which would be new memory each time: for 10 MB that takes a quarter as long as hashing them.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Whoever reads the pipe. */
export interface PlacedReader {
  /** Where the next bytes shall go. Asked for each time before some are read. */
  place(): Uint8Array;
  /** They are there: the beginning of the place. @returns false to read nothing more */
  took(bytes: Uint8Array): boolean;
}

export interface PlacedPipe {
  reading: Socket;
  /** For a process to write to; to be destroyed here once the process has it. */
  writing: Socket;
}

const TOKEN_BYTES = 32;
/** Both ends are in this process. */
const LIMIT_MS = 2000;

/** @returns null where there is no such pipe: elsewhere than on Linux, or where the system refuses one */
export async function openPlacedPipe(reader: PlacedReader): Promise<PlacedPipe | null> {
  if (process.platform !== 'linux') return null;
  // A name in no file system, gone with its socket. Node can make no pair of sockets that are connected from the start.
  const path = `\0praxis-${randomBytes(16).toString('hex')}`;
  const token = randomBytes(TOKEN_BYTES);
  const server = createServer();
  let reading: Socket | undefined;
  try {
    server.listen(path);
    await once(server, 'listening');
    const accepted = ownConnection(server, token);
    const onread = {
      buffer: () => reader.place(),
      callback: (count: number, place: Uint8Array) => reader.took(place.subarray(0, count)),
    };
    reading = connect({ path, onread });
    // A process that is ended while it writes.
    reading.on('error', () => undefined);
    reading.write(token);
    return { reading, writing: await accepted };
  } catch {
    reading?.destroy();
    return null;
  } finally {
    server.close();
  }
}

/** Names can be listed by others on this machine: ours is the connection that says the token. Others are closed. */
export function ownConnection(server: Server, token: Buffer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const finish = (own?: Socket) => {
      clearTimeout(timer);
      for (const socket of sockets) if (socket !== own) socket.destroy();
      if (own) resolve(own);
      else reject(new Error('pipe: not connected'));
    };
    const timer = setTimeout(finish, LIMIT_MS);
    server.on('error', () => finish());
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (said: Buffer) => {
        // Nothing more was written, and nothing more is read here.
        socket.pause();
        if (said.equals(token)) finish(socket);
        else socket.destroy();
      });
    });
  });
}
