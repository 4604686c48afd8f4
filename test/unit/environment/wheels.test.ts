/** Where wheels are looked for and in which order, with a server of this machine as upstream and made-up wheels. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wheelPlaces } from '../../../wasm-runtime/src/environment/wheel-cache.ts';
import { obtainWheels, type WheelOptions, WheelsUnavailable } from '../../../wasm-runtime/src/environment/wheels.ts';
import { storedZip } from '../../../wasm-runtime/src/environment/zip.ts';
import { digestOf, madeUpDefinition, madeUpWheel, text } from '../../support/wheels.ts';

const [SIX, SEVEN] = [madeUpWheel('six'), madeUpWheel('seven')];
const INDEXED = madeUpWheel('eight', 'index');
const MIRROR = { project: 'a-mirror', version: '2.0', folder: 'a_mirror/files' };
const MIRROR_FILE = 'a_mirror-2.0-py3-none-any.whl';

let folder: string;
let cache: string;
let log: string[];
let server: Server | undefined;
let asked: string[];
let downloads: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'praxis-wheels-test-'));
  cache = join(folder, 'cache');
  [log, asked, downloads] = [[], [], []];
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Upstream: what it has by name, or how it answers. @returns its address by the interpreter's version */
async function upstream(answers: Record<string, Uint8Array> | RequestListener): Promise<(version: string) => string> {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (typeof answers === 'function') return answers(request, response);
    const bytes = answers[basename(request.url ?? '')];
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return (version) => `http://127.0.0.1:${port}/v${version}/full/`;
}

/** An index that has these files, by requirement. */
function index(has: Record<string, Record<string, Uint8Array>>): Pick<WheelOptions, 'pip'> {
  return {
    pip: async (args) => {
      const requirement = args.at(-1) ?? '';
      downloads.push(requirement);
      const files = has[requirement];
      if (!files) throw new Error(`ERROR: No matching distribution found for ${requirement}`);
      const into = args[args.indexOf('--dest') + 1] ?? '';
      for (const [file, bytes] of Object.entries(files)) await writeFile(join(into, file), bytes);
    },
  };
}

const mirrorBytes = (files: Record<string, Uint8Array>) =>
  storedZip(Object.entries(files).map(([name, bytes]) => ({ name: `${MIRROR.folder}/${name}`, bytes }))).archive;

const NOTHING = { ...index({}), mirrors: {}, cdn: () => 'http://127.0.0.1:9/' };
const obtain = (wheels: (typeof SIX)[], options: Partial<WheelOptions>) =>
  obtainWheels(madeUpDefinition(wheels.map(({ wheel }) => wheel)), {
    ...NOTHING,
    cache,
    log: (line) => log.push(line),
    ...index({}),
    ...options,
  });
const failing = (wheels: (typeof SIX)[], options: Partial<WheelOptions>) =>
  obtain(wheels, options).then(
    () => expect.unreachable('they were had'),
    (error: unknown) => {
      if (!(error instanceof WheelsUnavailable)) throw error;
      return error;
    },
  );
const given = async (files: Record<string, Uint8Array>) => {
  const place = join(folder, 'given');
  await mkdir(place, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(place, file), bytes);
  return place;
};

describe('wheels', () => {
  it('come from the folder first, and nobody else is asked', async () => {
    const place = await given({ [SIX.wheel.file]: SIX.bytes });
    const cdn = await upstream({ [SIX.wheel.file]: SIX.bytes });
    const [six] = await obtain([SIX], { folder: place, cdn });
    expect(six).toEqual({ wheel: SIX.wheel, bytes: SIX.bytes, from: place });
    expect([asked, downloads]).toEqual([[], []]);
  });

  it('come from upstream by the version of the interpreter, in the order of the definition', async () => {
    const cdn = await upstream({ [SIX.wheel.file]: SIX.bytes, [SEVEN.wheel.file]: SEVEN.bytes });
    const obtained = await obtain([SEVEN, SIX], { cdn, folder: join(folder, 'none') });
    expect(obtained.map(({ wheel, from }) => [wheel.name, from])).toEqual([
      ['seven', cdn('1.2.3')],
      ['six', cdn('1.2.3')],
    ]);
    expect(asked.toSorted()).toEqual([`/v1.2.3/full/${SEVEN.wheel.file}`, `/v1.2.3/full/${SIX.wheel.file}`]);
  });

  it('come from the mirror after upstream, in one download', async () => {
    const cdn = await upstream({});
    const files = { [SIX.wheel.file]: SIX.bytes, [SEVEN.wheel.file]: SEVEN.bytes };
    const has = { 'a-mirror==2.0': { [MIRROR_FILE]: mirrorBytes(files) } };
    const obtained = await obtain([SIX, SEVEN], { cdn, ...index(has), mirrors: { '1.2.3': MIRROR } });
    expect(obtained.map(({ bytes }) => bytes)).toEqual([SIX.bytes, SEVEN.bytes]);
    expect(downloads).toEqual(['a-mirror==2.0']);
    expect(asked).toHaveLength(2);
  });

  it('come from the mirror that lies in the folder, with no download', async () => {
    const place = await given({ [MIRROR_FILE]: mirrorBytes({ [SIX.wheel.file]: SIX.bytes }) });
    await obtain([SIX], { folder: place, mirrors: { '1.2.3': MIRROR } });
    expect(downloads).toEqual([]);
  });

  it('of the mirror are kept for other definitions, too', async () => {
    const files = { [SIX.wheel.file]: SIX.bytes, [SEVEN.wheel.file]: SEVEN.bytes };
    const has = { 'a-mirror==2.0': { [MIRROR_FILE]: mirrorBytes(files) } };
    await obtain([SIX], { ...index(has), mirrors: { '1.2.3': MIRROR } });
    const [seven] = await obtain([SEVEN], {});
    expect(seven?.from).toBe('cache');
  });

  it('of an index come from pip, and never from upstream', async () => {
    const cdn = await upstream({ [INDEXED.wheel.file]: INDEXED.bytes });
    const has = { 'eight==1.0': { [INDEXED.wheel.file]: INDEXED.bytes } };
    const [eight] = await obtain([INDEXED], { cdn, ...index(has) });
    expect(eight).toMatchObject({ bytes: INDEXED.bytes, from: 'pip download' });
    expect(asked).toEqual([]);
  });

  it('are none for a definition without any, and nobody is asked', async () => {
    expect(await obtain([], { cdn: await upstream({}) })).toEqual([]);
    expect([asked, downloads]).toEqual([[], []]);
  });
});

describe('wrong bytes', () => {
  it('are refused by name with both digests, and the next source is asked', async () => {
    const wrong = text('something else');
    const place = await given({ [SIX.wheel.file]: wrong });
    const cdn = await upstream({ [SIX.wheel.file]: SIX.bytes });
    const [six] = await obtain([SIX], { folder: place, cdn });
    expect(six).toMatchObject({ bytes: SIX.bytes, from: cdn('1.2.3') });
    const [line] = log;
    for (const part of [SIX.wheel.file, place, digestOf(wrong), SIX.wheel.sha256]) expect(line).toContain(part);
  });

  it('of every source are refused, and never kept', async () => {
    const wrong = text('something else');
    const cdn = await upstream({ [SIX.wheel.file]: wrong });
    const has = { 'a-mirror==2.0': { [MIRROR_FILE]: mirrorBytes({ [SIX.wheel.file]: wrong }) } };
    const { failures } = await failing([SIX], { cdn, ...index(has), mirrors: { '1.2.3': MIRROR } });
    expect(failures.map(({ source }) => source)).toEqual([cdn('1.2.3'), 'pip download a-mirror==2.0']);
    for (const { reason } of failures) expect(reason).toContain(digestOf(wrong));
    expect(await readdir(join(cache, 'wheels')).catch(() => [])).not.toContain(SIX.wheel.sha256);
  });
});

describe('the cache', () => {
  const place = () => join(cache, 'wheels', SIX.wheel.sha256, SIX.wheel.file);

  it('has what was obtained before, by digest, and nothing beside it', async () => {
    await obtain([SIX], { folder: await given({ [SIX.wheel.file]: SIX.bytes }) });
    expect(new Uint8Array(await readFile(place()))).toEqual(SIX.bytes);
    expect(await readdir(join(place(), '..'))).toEqual([SIX.wheel.file]);
    expect((await obtain([SIX], {}))[0]).toEqual({ wheel: SIX.wheel, bytes: SIX.bytes, from: 'cache' });
  });

  it.each([
    ['changed', text('damaged')],
    ['cut short', SIX.bytes.subarray(0, 20)],
    ['empty', text('')],
  ])('is not believed: a file that is %s is obtained again and put right', async (_what, bytes) => {
    await mkdir(join(place(), '..'), { recursive: true });
    await writeFile(place(), bytes);
    const cdn = await upstream({ [SIX.wheel.file]: SIX.bytes });
    expect((await obtain([SIX], { cdn }))[0]).toMatchObject({ bytes: SIX.bytes, from: cdn('1.2.3') });
    expect(log[0]).toContain('is damaged');
    expect(new Uint8Array(await readFile(place()))).toEqual(SIX.bytes);
  });

  it('is written by two at once without harm', async () => {
    const folderOfBoth = await given({ [SIX.wheel.file]: SIX.bytes });
    await Promise.all(Array.from({ length: 8 }, () => obtain([SIX], { folder: folderOfBoth })));
    expect(await readdir(join(place(), '..'))).toEqual([SIX.wheel.file]);
  });

  it('is not needed: where nothing can be written, wheels are obtained all the same', async () => {
    await writeFile(cache, 'a file where the folder should be');
    const [six] = await obtain([SIX], { folder: await given({ [SIX.wheel.file]: SIX.bytes }) });
    expect(six?.bytes).toEqual(SIX.bytes);
    expect(log.join('\n')).toContain('could not be kept');
  });
});

describe('a machine without a way to upstream', () => {
  it('finds out once, however many files there are', async () => {
    let tries = 0;
    const fetch = async () => {
      tries++;
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
    };
    const many = Array.from({ length: 9 }, (_, index) => madeUpWheel(`wheel${index}`));
    const { failures } = await failing(many, { fetch });
    expect(tries).toBe(1);
    expect(failures).toHaveLength(9);
    for (const { reason } of failures) expect(reason).toContain('cannot be reached (getaddrinfo ENOTFOUND)');
  });

  it('waits no longer than it has to', async () => {
    const cdn = await upstream(() => undefined);
    const { failures } = await failing([SIX, SEVEN], { cdn, connectMs: 50 });
    expect(failures.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 2 }, () => 'it cannot be reached (no answer within 50 ms)'),
    );
    expect(asked).toHaveLength(1);
  });

  it('is told of an answer that breaks off, for that file alone', async () => {
    const cdn = await upstream((request, response) => {
      if (basename(request.url ?? '') === SEVEN.wheel.file) return response.end(SEVEN.bytes);
      response.writeHead(200, { 'content-length': 1000 });
      response.write('abc', () => response.destroy());
    });
    const { failures } = await failing([SIX, SEVEN], { cdn });
    expect(failures.map(({ file }) => file)).toEqual([SIX.wheel.file]);
    expect(failures[0]?.reason).toContain('stopped in the middle');
  });
});

describe('what is said when wheels cannot be had', () => {
  it('is each source with its reason, files that fail alike together, and the one command to run', async () => {
    const cdn = await upstream({});
    const error = await failing([SIX, SEVEN, INDEXED], {
      cdn,
      folder: join(folder, 'none'),
      mirrors: { '1.2.3': MIRROR },
    });
    expect(error.message.replaceAll(folder, 'FOLDER_GIVEN').replaceAll(cdn('1.2.3'), 'CDN/')).toBe(
      [
        '3 wheels of the environment made-up cannot be had:',
        '  six-1.0-py3-none-any.whl, seven-1.0-py3-none-any.whl',
        '    FOLDER_GIVEN/none: it has no such file',
        '    CDN/: it answers 404',
        '    pip download a-mirror==2.0: ERROR: No matching distribution found for a-mirror==2.0',
        '  eight-1.0-py3-none-any.whl',
        '    FOLDER_GIVEN/none: it has no such file',
        '    pip download: ERROR: No matching distribution found for eight==1.0',
        'Put them into a folder FOLDER and run `npx praxis env build made-up --wheels FOLDER`.',
      ].join('\n'),
    );
    expect(downloads.toSorted()).toEqual(['a-mirror==2.0', 'eight==1.0']);
  });

  it('names what an index gave instead', async () => {
    const has = { 'eight==1.0': { 'eight-1.0-py2-none-any.whl': INDEXED.bytes } };
    const { failures } = await failing([INDEXED], index(has));
    expect(failures[0]?.reason).toBe('it gave eight-1.0-py2-none-any.whl instead');
  });

  it('is that a mirror is no archive', async () => {
    const has = { 'a-mirror==2.0': { [MIRROR_FILE]: text('<html>') } };
    const { failures } = await failing([SIX], { ...index(has), mirrors: { '1.2.3': MIRROR } });
    expect(failures.at(-1)?.reason).toBe('zip: there is no directory');
  });
});

describe('the places of this machine', () => {
  it.each([
    [{}, { cache: '/home/me/.cache/praxis' }],
    [{ XDG_CACHE_HOME: '/var/caches' }, { cache: '/var/caches/praxis' }],
    [{ XDG_CACHE_HOME: 'relative' }, { cache: '/home/me/.cache/praxis' }],
    [{ XDG_CACHE_HOME: '/var/caches', PRAXIS_CACHE: '/mine' }, { cache: '/mine' }],
    [{ PRAXIS_WHEELS: '/usb/wheels' }, { cache: '/home/me/.cache/praxis', folder: '/usb/wheels' }],
    [{ PRAXIS_WHEELS: '', PRAXIS_CACHE: '' }, { cache: '/home/me/.cache/praxis' }],
  ])('by %j', (env, places) => {
    expect(wheelPlaces(env, '/home/me')).toEqual(places);
  });
});
