/** Attestations: the envelope, the statement, and everything that can be wrong with them. */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { DEFAULT_LIMITS, type Program, programDigest, runDigest, type RunRecord } from '@praxis/wasm-runtime';
import {
  AttestationError,
  encodeStatement,
  type Envelope,
  IN_TOTO_PAYLOAD_TYPE,
  preAuthEncoding,
  signEnvelope,
  type StatementFacts,
  verifyAttestation,
} from '@praxis/wasm-runtime/attestation';
import { describe, expect, it } from 'vitest';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const KEY = 'key-1';
const signer = (message: Uint8Array): Uint8Array => sign(null, message, privateKey);
const check = (keyid: string, message: Uint8Array, signature: Uint8Array): boolean => {
  if (keyid !== KEY) throw new AttestationError('KEY_UNKNOWN', `unknown key ${keyid}`);
  return verify(null, message, publicKey, signature);
};

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const program: Program = {
  schema_version: '1.0',
  env_version: `python@${digest('e')}`,
  seed: '0'.repeat(64),
  epoch_ms: 0,
  clock: 'virtual',
  steps: [],
  inputs: [{ path: '/data/a.csv', digest: digest('1'), size_bytes: 3, media_type: 'text/csv' }],
  limits: DEFAULT_LIMITS,
};
const record: RunRecord = {
  schema_version: '1.0',
  program_digest: programDigest(program),
  env_version: program.env_version,
  outcome: 'succeeded',
  error: null,
  fuel: 42,
  memory_bytes_peak: 65_536,
  steps: [],
  artifacts: [{ name: 'plot.png', media_type: 'image/png', digest: digest('2'), size_bytes: 9, step: 'a' }],
};
const facts: StatementFacts = {
  program,
  program_digest: programDigest(program),
  record,
  run_digest: runDigest(record),
  job_id: 'job-1',
  mode: 'replay',
  replayer: { id: 'urn:praxis:replayer:x', version: '0.1.0', host: 'node-20', jailed: true },
  started_at: '2026-01-01T00:00:00.000Z',
  finished_at: '2026-01-01T00:00:01.000Z',
};
const envelope = (payload = encodeStatement(facts), type = IN_TOTO_PAYLOAD_TYPE): Envelope =>
  signEnvelope(type, payload, KEY, signer);
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const codeOf = async (value: unknown): Promise<string> => {
  try {
    await verifyAttestation(value, check);
    return 'accepted';
  } catch (error) {
    return error instanceof AttestationError ? error.code : `unexpected: ${String(error)}`;
  }
};

describe('an attestation', () => {
  it('gives back what was attested', async () => {
    const { keyid, attested } = await verifyAttestation(JSON.parse(JSON.stringify(envelope())), check);
    expect(keyid).toBe(KEY);
    expect(attested).toEqual({
      run_digest: facts.run_digest,
      artifacts: [{ name: 'plot.png', digest: digest('2') }],
      program,
      program_digest: facts.program_digest,
      env_version: program.env_version,
      limits: DEFAULT_LIMITS,
      inputs: [{ path: '/data/a.csv', digest: digest('1') }],
      fuel: 42,
      outcome: 'succeeded',
      mode: 'replay',
      job_id: 'job-1',
      replayer: facts.replayer,
      finished_at: facts.finished_at,
    });
  });

  it('is an in-toto statement with SLSA provenance, as other tools expect it', () => {
    const statement = JSON.parse(new TextDecoder().decode(encodeStatement(facts))) as Record<string, unknown>;
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [
        { name: 'record.json', digest: { sha256: facts.run_digest.slice(7) } },
        { name: 'artifacts/plot.png', digest: { sha256: '2'.repeat(64) } },
      ],
    });
  });

  it('is deterministic', () => {
    expect(envelope()).toEqual(envelope());
  });

  it('encodes what is signed as DSSE says', () => {
    // The example of the DSSE specification, section "Test Vectors".
    const encoded = preAuthEncoding('http://example.com/HelloWorld', new TextEncoder().encode('hello world'));
    expect(new TextDecoder().decode(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('accepts the URL-safe alphabet, and one good signature among others', async () => {
    const good = envelope();
    const safe = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');
    expect(await codeOf({ ...good, payload: safe(good.payload) })).toBe('accepted');
    const others = [{ keyid: 'stranger', sig: 'AAAA' }, { keyid: KEY, sig: 'AAAA' }, ...good.signatures];
    expect(await codeOf({ ...good, signatures: others })).toBe('accepted');
  });
});

describe('an attestation is not accepted when', () => {
  it('its program does not have the digest that it names', async () => {
    const statement = new TextDecoder().decode(encodeStatement(facts)).replace(`"seed":"0`, `"seed":"1`);
    expect(await codeOf(envelope(new TextEncoder().encode(statement)))).toBe('STATEMENT');
  });

  const good = envelope();
  const signature = good.signatures[0]?.sig ?? '';
  const other = { ...facts, record: { ...record, fuel: 43 } };

  it.each<[string, unknown, string]>([
    ['it is nothing', null, 'MALFORMED'],
    ['it is a list', [], 'MALFORMED'],
    ['it has no payload', { ...good, payload: undefined }, 'MALFORMED'],
    ['its payload is not base64', { ...good, payload: '*' }, 'MALFORMED'],
    ['it has no signature', { ...good, signatures: [] }, 'MALFORMED'],
    ['its signature is no object', { ...good, signatures: ['x'] }, 'MALFORMED'],
    [
      'it has too many signatures',
      { ...good, signatures: Array.from({ length: 17 }, () => good.signatures[0]) },
      'MALFORMED',
    ],
    ['its payload is another one', { ...good, payload: envelope(encodeStatement(other)).payload }, 'SIGNATURE'],
    ['its type is another one', { ...good, payloadType: 'application/json' }, 'SIGNATURE'],
    ['its signature is cut', { ...good, signatures: [{ keyid: KEY, sig: signature.slice(0, 40) }] }, 'SIGNATURE'],
    ['its signature is empty', { ...good, signatures: [{ keyid: KEY, sig: '' }] }, 'SIGNATURE'],
    ['nobody knows its key', { ...good, signatures: [{ keyid: 'stranger', sig: signature }] }, 'KEY_UNKNOWN'],
    ['it names no key', { ...good, signatures: [{ sig: signature }] }, 'KEY_UNKNOWN'],
    [
      'it is about something else',
      envelope(text({ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://spdx.dev/Document' })),
      'STATEMENT',
    ],
    ['it holds no JSON', envelope(new Uint8Array([0xff])), 'STATEMENT'],
    ['it holds a number', envelope(text(7)), 'STATEMENT'],
    ['its payload is of another type, well signed', envelope(encodeStatement(facts), 'text/plain'), 'STATEMENT'],
  ])('%s', async (_what, value, expected) => {
    expect(await codeOf(value)).toBe(expected);
  });

  it('any part of the statement is missing', async () => {
    const whole = JSON.parse(new TextDecoder().decode(encodeStatement(facts))) as Record<string, unknown>;
    const results = new Set<string>();
    for (const path of pathsOf(whole))
      results.add(`${await codeOf(envelope(text(without(whole, path))))} ${path.join('.')}`);
    const accepted = [...results]
      .filter((result) => !result.startsWith('STATEMENT '))
      .map((result) => result.split(' ')[1]);
    // What is there for other tools only may be missing for us.
    expect(
      accepted.every((path) =>
        /mediaType|startedOn|seed|epoch_ms|clock|memory_bytes_peak|praxis_jailed|resolvedDependencies\.\d+\.uri|byproducts\.0\.name/.test(
          path ?? '',
        ),
      ),
    ).toBe(true);
  });
});

/** Paths of all the values that are neither objects nor lists. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
}

function without(value: unknown, [key, ...rest]: string[]): unknown {
  if (typeof value !== 'object' || value === null || key === undefined) return undefined;
  if (Array.isArray(value))
    return value.map((inner: unknown, index) => (String(index) === key ? without(inner, rest) : inner));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      name !== key ? [[name, inner]] : rest.length === 0 ? [] : [[name, without(inner, rest)]],
    ),
  );
}
