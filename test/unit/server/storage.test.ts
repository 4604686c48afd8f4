/** Blobs in local files, on a real file system. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../../server/src/errors.ts';
import { readOrCreateSecret } from '../../../server/src/keys/key-files.ts';
import { openKeyring } from '../../../server/src/keys/keyring.ts';
import { digestHex } from '../../../server/src/storage/blob-store.ts';
import { localFiles } from '../../../server/src/storage/local-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'praxis-blobs-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function* pieces(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield new TextEncoder().encode(part);
}
const HELLO = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const id = (): string => crypto.randomUUID();
const filesOf = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });

describe('blobs', () => {
  it('are staged, hashed while they arrive, and moved to their digest', async () => {
    const store = localFiles(root);
    const upload = id();
    expect(await store.stage(upload, pieces('he', 'l', 'lo'), 5)).toMatchObject({ digest: HELLO, size_bytes: 5 });
    expect(await store.has(HELLO)).toBe(false);
    await store.commit(upload, HELLO);
    expect(new TextDecoder().decode(await store.read(HELLO))).toBe('hello');
    expect(filesOf('incoming')).toEqual([]);
    expect(statSync(join(root, 'sha256', '2c', HELLO.slice(7))).mode & 0o777).toBe(0o600);
    // Completing twice, as after a crash in between, does nothing more.
    await store.commit(upload, HELLO);
  });

  it('that are too long, break off or find the disk full leave nothing', async () => {
    const store = localFiles(root);
    await expect(store.stage(id(), pieces('hello', ' world'), 5)).rejects.toMatchObject({ code: 'too_large' });
    const breaking = (async function* () {
      yield new Uint8Array([1]);
      throw new Problem('bad_request');
    })();
    await expect(store.stage(id(), breaking, 5)).rejects.toMatchObject({ code: 'bad_request' });
    const failing = (code: string) =>
      localFiles(root, { ...fs, rename: () => Promise.reject(Object.assign(new Error(code), { code })) }).put(
        new Uint8Array([1, 2]),
      );
    await expect(failing('ENOSPC')).rejects.toMatchObject({ code: 'storage_full', status: 507 });
    await expect(failing('EDQUOT')).rejects.toMatchObject({ code: 'storage_full' });
    await expect(failing('EIO')).rejects.toThrow('EIO');
    expect(filesOf('incoming')).toEqual([]);
  });

  it('that a killed process left behind are cleared away after a while', async () => {
    const store = localFiles(root);
    await store.stage(id(), pieces('left behind'), 20);
    await store.discardBefore(Date.now() - 60_000);
    expect(filesOf('incoming')).toHaveLength(1);
    await store.discardBefore(Date.now() + 60_000);
    expect(filesOf('incoming')).toEqual([]);
  });

  it('have one writer for one upload', async () => {
    const store = localFiles(root);
    const upload = id();
    await store.stage(upload, pieces('hello'), 5);
    await expect(store.stage(upload, pieces('other'), 5)).rejects.toThrow('EEXIST');
    await store.commit(upload, HELLO);
    expect(new TextDecoder().decode(await store.read(HELLO))).toBe('hello');
  });

  it('that are not there are said not to be', async () => {
    const store = localFiles(root);
    await expect(store.read(HELLO)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.open(HELLO)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.commit(id(), HELLO)).rejects.toMatchObject({ code: 'upload_incomplete' });
  });

  it.each(['sha256:../../etc/passwd', 'sha256:', HELLO.toUpperCase(), `${HELLO}\n`, `md5:${'0'.repeat(64)}`])(
    'never turn %j into a path',
    async (digest) => {
      expect(() => digestHex(digest)).toThrow('expected sha256');
      await expect(localFiles(root).read(digest)).rejects.toThrow('expected sha256');
      await expect(localFiles(root).stage('../../x', pieces(''), 1)).rejects.toThrow('expected a UUID');
    },
  );
});

describe('keys', () => {
  it('are made once, for their owner only', () => {
    const path = join(root, 'keys', 'one.key');
    const first = readOrCreateSecret(path, () => new Uint8Array([1, 2, 3]));
    expect([...readOrCreateSecret(path, () => new Uint8Array([9]))]).toEqual([...first]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'keys')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(root, 'keys'))).toEqual(['one.key']);
  });

  it('that others can read are refused', () => {
    const path = join(root, 'open.key');
    writeFileSync(path, 'x', { mode: 0o644 });
    expect(() => readOrCreateSecret(path, () => new Uint8Array([1]))).toThrow('can be read by other users');
  });

  it('of a server stay the same after a restart', () => {
    const [one, two] = [openKeyring(root), openKeyring(root)];
    expect(one.attestation.keyId).toBe(two.attestation.keyId);
    expect(one.link).toEqual(two.link);
    expect(one.attestation.publicKey.jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: one.attestation.keyId });
  });
});
