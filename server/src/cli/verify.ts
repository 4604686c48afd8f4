/**
 * `praxis verify ATTESTATION --key FILE`: checks a signature offline and says what it is on. The attestation is hostile until its
 * signature is good; with `--replay` not even the signer has to be trusted.
 */
import { verify as verifySignature } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { run, RunFailure, type Verdict } from '@praxis/wasm-runtime';
import {
  AttestationError,
  verifyAttestation,
  type AttestationErrorCode,
  type VerifiedAttestation,
} from '@praxis/wasm-runtime/attestation';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { EXIT_OF_VERDICT, UsageError } from './exit-codes.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';
import { folderInputs } from './run-folder.ts';

const USAGE = `praxis verify ATTESTATION --key FILE [options]
  ATTESTATION           DSSE envelope as JSON
  --key FILE            the signer's Ed25519 public key, as PEM or JWK
  --replay              run the attested program again and compare
  --inputs DIR          where the program's inputs are: a folder as \`praxis run --out\` writes it
  --json                print one line of JSON
exit 0 good signature (and MATCH), 1 bad signature or MISMATCH, 2 UNVERIFIABLE or bad usage, 3 MALFORMED`;

const EXIT_OF_ERROR: Readonly<Record<AttestationErrorCode, number>> = {
  SIGNATURE: EXIT_OF_VERDICT.MISMATCH,
  KEY_UNKNOWN: EXIT_OF_VERDICT.MISMATCH,
  MALFORMED: EXIT_OF_VERDICT.MALFORMED,
  STATEMENT: EXIT_OF_VERDICT.MALFORMED,
};

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
    return 0;
  }
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError(`expected one attestation\n${USAGE}`);
  if (values.key === undefined) throw new UsageError(`--key: expected the file of a public key\n${USAGE}`);
  const key = await readPublicKey(values.key);
  let verified: VerifiedAttestation;
  try {
    verified = await verifyAttestation(await readEnvelope(file), (keyid, message, signature) =>
      checkSignature(key, keyid, message, signature),
    );
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error;
    if (values.json) printJson({ valid: false, code: error.code, reason: error.message });
    else console.log(`${error.code}: ${error.message}`);
    return EXIT_OF_ERROR[error.code];
  }
  const verdict = values.replay ? await replayAttested(verified, values.inputs) : null;
  const { program: _program, ...facts } = verified.attested;
  if (values.json) printJson({ valid: true, key_id: key.id, ...facts, ...(verdict ? { verdict } : {}) });
  else show(verified, key, verdict);
  return verdict ? EXIT_OF_VERDICT[verdict.verdict] : 0;
}

/** What is not JSON is refused as any other thing that is no envelope. */
async function readEnvelope(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The envelope's key id is only a hint; the signature decides. A wrong one under another name is told apart for the reader's sake. */
function checkSignature({ key, id }: PublicKey, keyid: string, message: Uint8Array, signature: Uint8Array): boolean {
  if (verifySignature(null, message, key, signature)) return true;
  if (keyid === '' || keyid === id) return false;
  throw new AttestationError(
    'KEY_UNKNOWN',
    `It says that it was signed by the key ${quoted(keyid)}, and this is ${id}.`,
  );
}

/** The attestation has the whole program and the digest of its record: running it again is all that it takes. */
async function replayAttested({ attested }: VerifiedAttestation, folder: string): Promise<Verdict> {
  try {
    const { run_digest } = await run(attested.program, {
      host: createNodeHost(),
      environments: directoryEnvironments(),
      inputs: folderInputs(folder),
    });
    return run_digest === attested.run_digest
      ? { verdict: 'MATCH', reason: 'Running the program here gave the same record, byte for byte.' }
      : { verdict: 'MISMATCH', reason: `Running the program here gave another record: ${run_digest}.` };
  } catch (error) {
    if (!(error instanceof RunFailure) || error.error.category !== 'DEPENDENCY_ERROR') throw error;
    return { verdict: 'UNVERIFIABLE', reason: `It cannot be run here: ${error.message}.` };
  }
}

function show({ attested }: VerifiedAttestation, key: PublicKey, verdict: Verdict | null): void {
  const { replayer } = attested;
  const facts: [string, string][] = [
    ['signed by', key.id],
    ['run', attested.run_digest],
    ['program', attested.program_digest],
    ['environment', attested.env_version],
    ['outcome', `${quoted(attested.outcome)}, fuel ${attested.fuel}`],
    ...attested.inputs.map(({ path, digest }): [string, string] => ['input', `${digest}  ${quoted(path)}`]),
    ...attested.artifacts.map(({ name, digest }): [string, string] => ['artifact', `${digest}  ${quoted(name)}`]),
    ['replayer', `${quoted(replayer.id)}, Praxis ${quoted(replayer.version)} on ${quoted(replayer.host)}`],
    ['jailed', replayer.jailed ? 'yes' : 'no'],
    ['finished', quoted(attested.finished_at)],
  ];
  console.log('The signature is good.');
  for (const [name, value] of facts) console.log(`${name.padEnd(12)} ${value}`);
  if (verdict) console.log(`${verdict.verdict}: ${verdict.reason}`);
}

/** Texts of the signer stay on their line and give a terminal no commands. */
function quoted(text: string): string {
  return /^[\w.:/@+ -]*$/.test(text) ? text : JSON.stringify(text).replaceAll(/[^ -~]/g, '?');
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
