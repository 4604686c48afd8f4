import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openPlacedPipe, ownConnection } from '../../../wasm-runtime/src/hosts/placed-pipe.ts';

describe.skipIf(process.platform !== 'linux')('a pipe that is read to where its bytes stay', () => {
  test('fills the place that it is given, and asks for one each time', async () => {
    const target = new Uint8Array(200_000);
    let filled = 0;
    let asked = 0;
    const pipe = await openPlacedPipe({
      place() {
        asked++;
        return target.subarray(filled);
      },
      took(bytes) {
        expect(bytes.buffer).toBe(target.buffer);
        expect(bytes.byteOffset).toBe(filled);
        filled += bytes.length;
        return true;
      },
    });
    const sent = new Uint8Array(150_000).map((_, at) => at * 7);
    pipe?.writing.end(sent);
    if (pipe) await once(pipe.reading, 'close');
    expect(filled).toBe(sent.length);
    expect(target.subarray(0, filled)).toEqual(sent);
    expect(asked).toBeGreaterThan(1);
  });

  test('stops when its reader has had enough', async () => {
    let taken = 0;
    const pipe = await openPlacedPipe({ place: () => new Uint8Array(10), took: () => ++taken < 3 });
    pipe?.writing.write(new Uint8Array(1000));
    await expect.poll(() => taken).toBe(3);
    pipe?.reading.destroy();
    await expect.poll(() => pipe?.writing.destroyed).toBe(true);
    expect(taken).toBe(3);
  });
});

test("a connection is its maker's own when it says the token; others are closed", async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Listening on a port, so it has an address of that kind.
  const { port } = server.address() as AddressInfo;
  const own = ownConnection(server, Buffer.from('token'));
  const join = async (said: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    if (said !== '') socket.write(said);
    return socket;
  };
  const strangers = [await join(''), await join('tokem'), await join('token and more')];
  const closed = Promise.all(strangers.map((socket) => once(socket, 'close')));
  const mine = await join('token');
  expect((await own).remotePort).toBe((mine.address() as AddressInfo).port);
  await closed;
  mine.destroy();
  (await own).destroy();
  server.close();
});
