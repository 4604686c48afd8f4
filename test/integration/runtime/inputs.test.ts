/** What a program is given under /data, and what it hands out: read by helpers, and checked to be what it is called. Needs a build. */
import { createProgram, run, sha256Digest, type Language } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { currentEnvironment, environments, host } from '../../support/node-runs.ts';

const text = (content: string) => new TextEncoder().encode(content);
const FILES: Readonly<Record<string, { media_type: string; bytes: Uint8Array }>> = {
  '/data/table.csv': { media_type: 'text/csv', bytes: text('name,age\nAda,36\n"Grace, H.",85\n') },
  '/data/deep/value.json': { media_type: 'application/json', bytes: text('{"k": [1, null]}') },
  '/data/raw.bin': { media_type: 'application/octet-stream', bytes: Uint8Array.of(0, 255, 10) },
};

async function printed(language: Language, source: string): Promise<string> {
  const inputs = Object.entries(FILES).map(([path, { media_type, bytes }]) => {
    return { path, media_type, digest: sha256Digest(bytes), size_bytes: bytes.length };
  });
  const steps = [{ object_id: 'a', language, source }];
  const program = createProgram({ env_version: currentEnvironment(), steps, inputs });
  const byDigest = new Map(Object.values(FILES).map(({ bytes }) => [sha256Digest(bytes), bytes]));
  const { record } = await run(program, {
    host,
    environments,
    inputs: (digest) => Promise.resolve(byDigest.get(digest) ?? new Uint8Array(0)),
  });
  if (record.error) throw new Error(record.error.message);
  return record.steps.flatMap(({ outputs }) => outputs.map((one) => (one.type === 'stream' ? one.text : ''))).join('');
}

describe('inputs', () => {
  it('are read in Python', async () => {
    const source = [
      'import io, json, sqlite3',
      'from praxis import inputs',
      'print(inputs.paths())',
      'print(inputs.csv("table.csv"), inputs.csv("/data/table.csv", delimiter="@")[0])',
      'print(inputs.json("deep/value.json"), inputs.bytes("raw.bin"), repr(inputs.text("table.csv")[:8]))',
      'for path in ("tabel.csv", "/etc/passwd", "../job"):',
      '    try: inputs.bytes(path)',
      '    except OSError as error: print(error)',
    ].join('\n');
    expect(await printed('python', source)).toBe(
      [
        "['/data/deep/value.json', '/data/raw.bin', '/data/table.csv']",
        "[{'name': 'Ada', 'age': '36'}, {'name': 'Grace, H.', 'age': '85'}] {'name,age': 'Ada,36'}",
        "{'k': [1, None]} b'\\x00\\xff\\n' 'name,age'",
        'there is no input /data/tabel.csv; the inputs are /data/table.csv, /data/deep/value.json, /data/raw.bin',
        'there is no input /etc/passwd; the inputs are /data/deep/value.json, /data/raw.bin, /data/table.csv',
        'there is no input /data/../job; the inputs are /data/raw.bin, /data/deep/value.json, /data/table.csv',
        '',
      ].join('\n'),
    );
  });

  it('are read in JavaScript', async () => {
    const source =
      'console.log(JSON.stringify([inputs.paths(), inputs.csv("table.csv"), inputs.json("deep/value.json"), [...inputs.bytes("raw.bin")]]))';
    expect(JSON.parse(await printed('javascript', source))).toEqual([
      ['/data/deep/value.json', '/data/raw.bin', '/data/table.csv'],
      [
        { name: 'Ada', age: '36' },
        { name: 'Grace, H.', age: '85' },
      ],
      { k: [1, null] },
      [0, 255, 10],
    ]);
  });

  it('can be a database, which a program reads and does not change', async () => {
    const made = await run(
      createProgram({
        env_version: currentEnvironment(),
        steps: [
          {
            language: 'python',
            source: [
              'import sqlite3, praxis',
              'with sqlite3.connect("made.db") as db:',
              '    db.execute("create table t (x)"); db.executemany("insert into t values (?)", [(n,) for n in range(5)])',
              'db.close()',
              'praxis.artifact("made.db", open("made.db", "rb").read(), "application/vnd.sqlite3")',
            ].join('\n'),
          },
        ],
      }),
      { host, environments },
    );
    const [artifact] = made.record.artifacts;
    if (!artifact) throw new Error(made.record.error?.message ?? 'no database was made');
    const { digest, size_bytes, media_type } = artifact;
    const source = [
      'from praxis import inputs',
      'with inputs.sqlite("made.db") as db:',
      '    print(db.execute("select sum(x) from t").fetchone())',
      '    try: db.execute("delete from t")',
      '    except Exception as error: print(error)',
    ].join('\n');
    const { record } = await run(
      createProgram({
        env_version: currentEnvironment(),
        steps: [{ language: 'python', source }],
        inputs: [{ path: '/data/made.db', digest, size_bytes, media_type }],
      }),
      { host, environments, inputs: (wanted) => Promise.resolve(made.blobs.get(wanted) ?? new Uint8Array(0)) },
    );
    expect(record.steps[0]?.outputs).toMatchObject([{ text: '(10,)\nattempt to write a readonly database\n' }]);
  });
});

/** [media type, content as bytes, whether it may be called that] */
const CONTENTS: readonly [string, string, boolean][] = [
  ['image/png', 'GIF89a', false],
  ['image/png', '\x89PNG\r\n\x1a\n', true],
  ['image/gif', 'GIF89a', true],
  ['image/webp', 'RIFF1234WAVE', false],
  ['image/webp', 'RIFF1234WEBP', true],
  ['image/bmp', 'BM', false],
  ['image/svg+xml', '<svg/>', true],
  ['application/pdf', '%PDF-1.7', true],
  ['application/pdf', 'PDF', false],
  ['text/csv', 'a,b\n', true],
  ['text/csv', 'a\0b', false],
  ['text/plain', '%PDF-1.7', false],
  ['application/json', 'PK\x03\x04', false],
  ['application/octet-stream', '\x89PNG', true],
  ['application/x-own', 'PK\x03\x04', true],
];

describe('an artifact is what it is called', () => {
  const bytes = (content: string) => JSON.stringify([...Buffer.from(content, 'latin1')]);

  it('in Python', async () => {
    const lines = CONTENTS.flatMap(([type, content], index) => [
      `try: praxis.artifact("a${index}", bytes(${bytes(content)}), "${type}"); print(True)`,
      'except ValueError as error: print(False, error)',
    ]);
    const said = await printed('python', ['import praxis', ...lines].join('\n'));
    expect(said).toBe(answers('artifact: its first bytes are not those of '));
  });

  it('in JavaScript', async () => {
    const lines = CONTENTS.map(
      ([type, content], index) =>
        `try { artifact("a${index}", Uint8Array.from(${bytes(content)}), "${type}"); console.log("True") } catch (e) { console.log("False " + e.message) }`,
    );
    expect(await printed('javascript', lines.join('\n'))).toBe(answers('artifact: its first bytes are not those of '));
  });

  const answers = (complaint: string) =>
    CONTENTS.map(([type, , fits]) => `${fits ? 'True' : `False ${complaint}${type}`}\n`).join('');
});

describe('a forged artifact', () => {
  it('that is not what it is called ends the program', async () => {
    const source = 'import os\nos.write(3, b\'{"kind":"artifact","name":"a.png","media_type":"image/png"}\\nGIF89a\')';
    await expect(printed('python', source)).rejects.toThrow('its first bytes are not those of image/png');
  });
});
