/** `praxis verify ATTESTATION --key FILE`: checks an attestation offline, and with `--replay` the run itself. */
import { createPublicKey, verify as verifySignature, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { run, RunFailure } from '@praxis/wasm-runtime';
import { AttestationError, verifyAttestation, type VerifiedAttestation } from '@praxis/wasm-runtime/attestation';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { UsageError } from './exit-codes.ts';
import { folderInputs } from './run-folder.ts';

const USAGE = `praxis verify ATTESTATION --key FILE [options]
  --key FILE     public key of the server, PEM or JWK (GET /api/v1/keys)
  --replay       run the attested program again and compare the run digest
  --inputs DIR   a run folder whose inputs/ the program needs
  --json         print one line of JSON
exit 0 valid, 1 not signed by this key or another result, 2 cannot be run here, 3 not an attestation`;

const EXIT = { valid: 0, wrong: 1, unverifiable: 2, malformed: 3 } as const;

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      replay: { type: 'boolean', default: false },
      inputs: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return EXIT.valid;
  }
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0 || values.key === undefined)
    throw new UsageError(`expected an attestation and --key\n${USAGE}`);
  const key = await readPublicKey(values.key);
  let verified: VerifiedAttestation;
  try {
    const envelope: unknown = JSON.parse(await readText(file));
    verified = await verifyAttestation(envelope, (_keyid, message, signature) =>
      verifySignature(null, message, key, signature),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(EXIT.malformed, 'the file is not JSON');
    if (!(error instanceof AttestationError)) throw error;
    return refuse(
      error.code === 'SIGNATURE' || error.code === 'KEY_UNKNOWN' ? EXIT.wrong : EXIT.malformed,
      error.message,
    );
  }
  const { attested, keyid } = verified;
  const replayed = values.replay ? await replayAttested(verified, values.inputs) : null;
  if (values.json) {
    const { program: _program, ...facts } = attested;
    process.stdout.write(
      `${JSON.stringify({ valid: true, keyid, ...facts, ...(replayed ? { replay: replayed } : {}) })}\n`,
    );
  } else {
    console.log(`valid: signed by ${keyid} on ${attested.finished_at}`);
    console.log(
      `run_digest   ${attested.run_digest}\nprogram      ${attested.program_digest}\nenvironment  ${attested.env_version}`,
    );
    console.log(`outcome      ${attested.outcome}, ${attested.fuel} fuel`);
    console.log(
      `replayer     ${attested.replayer.id}, ${attested.replayer.host}${attested.replayer.jailed ? ', jailed' : ''}`,
    );
    for (const { name, digest } of attested.artifacts) console.log(`artifact     ${digest}  ${name}`);
    if (replayed) console.log(`${replayed.verdict}: ${replayed.reason}`);
  }
  return replayed
    ? { MATCH: EXIT.valid, MISMATCH: EXIT.wrong, UNVERIFIABLE: EXIT.unverifiable }[replayed.verdict]
    : EXIT.valid;
}

interface Replayed {
  verdict: 'MATCH' | 'MISMATCH' | 'UNVERIFIABLE';
  reason: string;
}

/** The attestation has the digest of the record and the whole program, so running the program again is all it takes. */
async function replayAttested({ attested }: VerifiedAttestation, inputsFolder: string): Promise<Replayed> {
  try {
    const { run_digest } = await run(attested.program, {
      host: createNodeHost(),
      environments: directoryEnvironments(),
      inputs: folderInputs(inputsFolder),
    });
    return run_digest === attested.run_digest
      ? { verdict: 'MATCH', reason: 'running the program here gave the same record, byte for byte' }
      : { verdict: 'MISMATCH', reason: `running the program here gave ${run_digest}` };
  } catch (error) {
    if (error instanceof RunFailure && error.error.category === 'DEPENDENCY_ERROR')
      return { verdict: 'UNVERIFIABLE', reason: error.message };
    throw error;
  }
}

async function readPublicKey(file: string): Promise<KeyObject> {
  const text = await readText(file);
  try {
    const key = text.trimStart().startsWith('{')
      ? // createPublicKey checks what it is given.
        createPublicKey({ key: JSON.parse(text) as Record<string, string>, format: 'jwk' })
      : createPublicKey(text);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`its type is ${key.asymmetricKeyType ?? 'unknown'}`);
    return key;
  } catch (error) {
    throw new UsageError(
      `--key: ${file} is not an Ed25519 public key (${error instanceof Error ? error.message : 'unreadable'})`,
    );
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
}

function refuse(code: number, reason: string): number {
  console.error(`praxis: not a valid attestation: ${reason}`);
  return code;
}
