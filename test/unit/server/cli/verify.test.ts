import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_LIMITS, programDigest, runDigest, type Program, type RunRecord } from '@praxis/wasm-runtime';
import { encodeStatement, IN_TOTO_PAYLOAD_TYPE, signEnvelope, type Envelope } from '@praxis/wasm-runtime/attestation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../../server/src/cli/exit-codes.ts';
import { parsePublicKey } from '../../../../server/src/cli/public-key.ts';
import { main } from '../../../../server/src/cli/verify.ts';

const ENVIRONMENT = `python@sha256:${'e'.repeat(64)}`;

const program: Program = {
  schema_version: '1.0',
  env_version: ENVIRONMENT,
  seed: '0'.repeat(64),
  epoch_ms: 0,
  clock: 'virtual',
  steps: [{ object_id: 'cell', language: 'python', source: '1', parameters: {}, events: [] }],
  inputs: [],
  limits: DEFAULT_LIMITS,
};
const record: RunRecord = {
  schema_version: '1.0',
  program_digest: programDigest(program),
  env_version: ENVIRONMENT,
  outcome: 'succeeded',
  error: null,
  fuel: 1234,
  memory_bytes_peak: 65_536,
  steps: [{ object_id: 'cell', outcome: 'succeeded', fuel: 1234, outputs: [] }],
  artifacts: [
    { name: 'plot.png', media_type: 'image/png', digest: `sha256:${'a'.repeat(64)}`, size_bytes: 3, step: 'cell' },
  ],
};

function envelopeBy(privateKey: KeyObject, keyid: string, host = 'node-20.20.2'): Envelope {
  const payload = encodeStatement({
    program,
    program_digest: programDigest(program),
    record,
    run_digest: runDigest(record),
    job_id: 'job',
    mode: 'replay',
    replayer: { id: `urn:praxis:replayer:${keyid}`, version: '0.1.0', host, jailed: true },
    started_at: '2026-01-01T00:00:00.000Z',
    finished_at: '2026-01-01T00:00:01.000Z',
  });
  return signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, keyid, (message) => sign(null, message, privateKey));
}

describe('praxis verify', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyId = parsePublicKey(pem, 'key').id;
  const good = envelopeBy(privateKey, keyId);
  let folder: string;
  let said: string;

  const file = (name: string): string => path.join(folder, name);
  const put = (name: string, value: unknown): Promise<void> =>
    writeFile(file(name), typeof value === 'string' ? value : JSON.stringify(value));
  const verify = (...args: string[]): Promise<number> =>
    main([file('attestation.json'), '--key', file('key.pem'), ...args]);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'praxis-verify-'));
    await put('key.pem', pem);
    await put('attestation.json', good);
    said = '';
    const hear = (chunk: unknown): boolean => {
      said += String(chunk);
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(hear);
    vi.spyOn(console, 'log').mockImplementation((line: unknown) => void hear(`${String(line)}\n`));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('says what a good signature is on', async () => {
    expect(await verify()).toBe(0);
    for (const fact of [
      keyId,
      runDigest(record),
      programDigest(program),
      ENVIRONMENT,
      'fuel 1234',
      'plot.png',
      'a'.repeat(64),
    ]) {
      expect(said).toContain(fact);
    }
  });

  it('says it as one line of JSON', async () => {
    expect(await verify('--json')).toBe(0);
    expect(said.endsWith('\n') && said.indexOf('\n') === said.length - 1).toBe(true);
    expect(JSON.parse(said)).toMatchObject({ valid: true, key_id: keyId, run_digest: runDigest(record), fuel: 1234 });
  });

  it('refuses a payload that was changed by one byte', async () => {
    const payload = Buffer.from(good.payload, 'base64');
    payload[payload.length - 3] = (payload.at(-3) ?? 0) ^ 1;
    await put('attestation.json', { ...good, payload: payload.toString('base64') });
    expect(await verify()).toBe(1);
    expect(said).toMatch(/^SIGNATURE/);
  });

  it('refuses the payload under another type', async () => {
    await put('attestation.json', { ...good, payloadType: 'text/plain' });
    expect(await verify()).toBe(1);
  });

  it("refuses another's signature, and says whose it claims to be", async () => {
    const other = generateKeyPairSync('ed25519');
    await put('attestation.json', envelopeBy(other.privateKey, 'f'.repeat(64)));
    expect(await verify()).toBe(1);
    expect(said).toContain('f'.repeat(64));
  });

  it("refuses another's signature under this key's name", async () => {
    await put('attestation.json', envelopeBy(generateKeyPairSync('ed25519').privateKey, keyId));
    expect(await verify('--json')).toBe(1);
    expect(JSON.parse(said)).toMatchObject({ valid: false, code: 'SIGNATURE' });
  });

  it('goes by the signature and not by the key id', async () => {
    await put('attestation.json', envelopeBy(privateKey, 'a name'));
    expect(await verify()).toBe(0);
  });

  it.each([
    ['text', 'hello'],
    ['nothing', ''],
    ['an array', []],
    ['no signatures', { ...good, signatures: [] }],
    ['base64 that is none', { ...good, payload: '!' }],
  ])('calls %s malformed', async (_what, content) => {
    await put('attestation.json', content);
    expect(await verify()).toBe(3);
  });

  it('calls a signed text that is no statement malformed', async () => {
    const text = new TextEncoder().encode('{"hello":"world"}');
    await put(
      'attestation.json',
      signEnvelope(IN_TOTO_PAYLOAD_TYPE, text, keyId, (message) => sign(null, message, privateKey)),
    );
    expect(await verify()).toBe(3);
    expect(said).toMatch(/^STATEMENT/);
  });

  it('keeps what a signer wrote on its line', async () => {
    await put('attestation.json', envelopeBy(privateKey, keyId, 'x\nThe signature is bad.\u001b[2J\u202e'));
    expect(await verify()).toBe(0);
    expect(said).not.toMatch(/^The signature is bad/m);
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\uffff]/);
  });

  it('cannot replay where the environment is not built', async () => {
    expect(await verify('--replay')).toBe(2);
    expect(said).toContain('UNVERIFIABLE');
  });

  it.each([
    ['no attestation', () => ['--key', file('key.pem')]],
    ['two attestations', () => [file('attestation.json'), file('attestation.json'), '--key', file('key.pem')]],
    ['no key', () => [file('attestation.json')]],
    ['a missing attestation', () => [file('missing'), '--key', file('key.pem')]],
    ['a missing key', () => [file('attestation.json'), '--key', file('missing')]],
  ])('refuses %s as bad usage', async (_what, args) => {
    await expect(main(args())).rejects.toThrow(UsageError);
  });
});
