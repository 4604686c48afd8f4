/**
 * What an attestation says: an in-toto Statement v1 (https://in-toto.io/Statement/v1) whose subjects are the run record and every
 * artifact, and whose predicate is a SLSA provenance v1 (https://slsa.dev/provenance/v1) of the run.
 */
import { canonicalJson, programDigest } from '../run/digest.ts';
import { Digest, Program, type Limits } from '../run/program.ts';
import type { RunRecord } from '../run/record.ts';
import { Check } from '../run/schema.ts';
import { AttestationError, isObject } from './dsse.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
/** Says how to read `externalParameters`: a program of Praxis, schema version 1. */
export const BUILD_TYPE = 'urn:praxis:run:v1';
/** Name of the subject that is the run record. */
export const RECORD_SUBJECT = 'record.json';

export interface ReplayerFacts {
  /** Who ran it, e.g. `urn:praxis:replayer:<key id>`. */
  id: string;
  version: string;
  /** e.g. `node-20.20.2`. */
  host: string;
  /** Whether the operating system confined the sandbox as well. */
  jailed: boolean;
}

export interface StatementFacts {
  program: Program;
  program_digest: string;
  record: RunRecord;
  run_digest: string;
  job_id: string;
  /** `replay`: a claim was run again and matched; `server`: the server ran the program itself. */
  mode: 'replay' | 'server';
  replayer: ReplayerFacts;
  started_at: string;
  finished_at: string;
}

interface Subject {
  name: string;
  digest: { sha256: string };
}

/** What a reader needs of a statement, checked. */
export interface Attested {
  run_digest: string;
  /** Digests of the artifacts. */
  artifacts: { name: string; digest: string }[];
  program: Program;
  program_digest: string;
  env_version: string;
  limits: Limits;
  inputs: { path: string; digest: string }[];
  fuel: number;
  outcome: string;
  mode: string;
  job_id: string;
  replayer: ReplayerFacts;
  finished_at: string;
}

const hexOf = (digest: string): string => digest.slice('sha256:'.length);

/** Canonical JSON bytes of the statement: the payload to sign. */
export function encodeStatement(facts: StatementFacts): Uint8Array {
  const { program, record, replayer } = facts;
  const subject: Subject[] = [
    { name: RECORD_SUBJECT, digest: { sha256: hexOf(facts.run_digest) } },
    ...record.artifacts.map((artifact) => ({
      name: `artifacts/${artifact.name}`,
      digest: { sha256: hexOf(artifact.digest) },
    })),
  ];
  const statement = {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          // Whole, so that whoever holds the attestation can run it again without asking anyone.
          program,
          program_digest: facts.program_digest,
        },
        resolvedDependencies: [
          {
            name: 'environment',
            uri: program.env_version,
            digest: { sha256: hexOf(program.env_version.slice(program.env_version.indexOf('@') + 1)) },
          },
          ...program.inputs.map((input) => ({
            name: input.path,
            digest: { sha256: hexOf(input.digest) },
            mediaType: input.media_type,
          })),
        ],
      },
      runDetails: {
        builder: {
          id: replayer.id,
          version: { praxis: replayer.version, host: replayer.host },
          praxis_jailed: replayer.jailed,
        },
        metadata: { invocationId: facts.job_id, startedOn: facts.started_at, finishedOn: facts.finished_at },
        byproducts: [
          {
            name: 'run',
            annotations: {
              mode: facts.mode,
              outcome: record.outcome,
              fuel: record.fuel,
              memory_bytes_peak: record.memory_bytes_peak,
            },
          },
        ],
      },
    },
  };
  return new TextEncoder().encode(canonicalJson(statement));
}

/** @throws AttestationError STATEMENT */
export function decodeStatement(payload: Uint8Array): Attested {
  let statement: unknown;
  try {
    statement = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw unreadable('it is not JSON');
  }
  const root = object(statement, 'it');
  if (root['_type'] !== STATEMENT_TYPE || root['predicateType'] !== PREDICATE_TYPE)
    throw unreadable('it is of another type');
  const predicate = object(root['predicate'], 'predicate');
  const definition = object(predicate['buildDefinition'], 'buildDefinition');
  if (definition['buildType'] !== BUILD_TYPE) throw unreadable('it is about something else than a run');
  const parameters = object(definition['externalParameters'], 'externalParameters');
  const details = object(predicate['runDetails'], 'runDetails');
  const [record, ...artifacts] = list(root['subject'], 'subject').map(subject);
  if (record?.name !== RECORD_SUBJECT) throw unreadable('its first subject is not a run record');
  const { program } = parameters;
  if (!Check(Program, program)) throw unreadable('it has no program');
  const program_digest = digest(parameters['program_digest'], 'program_digest');
  if (programDigest(program) !== program_digest) throw unreadable('its program does not have its digest');
  const [, ...inputs] = list(definition['resolvedDependencies'], 'resolvedDependencies').map(subject);
  const run = object(object(list(details['byproducts'], 'byproducts')[0], 'byproducts')['annotations'], 'annotations');
  const metadata = object(details['metadata'], 'metadata');
  return {
    run_digest: record.digest,
    artifacts: artifacts.map(({ name, digest }) => ({ name: name.replace(/^artifacts\//, ''), digest })),
    program,
    program_digest,
    env_version: program.env_version,
    limits: program.limits,
    inputs: inputs.map(({ name, digest: inputDigest }) => ({ path: name, digest: inputDigest })),
    fuel: count(run['fuel'], 'fuel'),
    outcome: text(run['outcome'], 'outcome'),
    mode: text(run['mode'], 'mode'),
    job_id: text(metadata['invocationId'], 'invocationId'),
    replayer: replayerOf(object(details['builder'], 'builder')),
    finished_at: text(metadata['finishedOn'], 'finishedOn'),
  };
}

function replayerOf(builder: Record<string, unknown>): ReplayerFacts {
  const version = object(builder['version'], 'version');
  return {
    id: text(builder['id'], 'builder.id'),
    version: text(version['praxis'], 'version.praxis'),
    host: text(version['host'], 'version.host'),
    jailed: builder['praxis_jailed'] === true,
  };
}

function subject(value: unknown): { name: string; digest: string } {
  const source = object(value, 'subject');
  const { sha256 } = object(source['digest'], 'digest');
  return { name: text(source['name'], 'name'), digest: digest(`sha256:${text(sha256, 'sha256')}`, 'sha256') };
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (!isObject(value)) throw unreadable(`${name} is not an object`);
  return value;
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw unreadable(`${name} is not a list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw unreadable(`${name} is not text`);
  return value;
}

function count(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw unreadable(`${name} is not a count`);
  return value;
}

function digest(value: unknown, name: string): string {
  if (!Check(Digest, value)) throw unreadable(`${name} is not a digest`);
  return value;
}

function unreadable(why: string): AttestationError {
  return new AttestationError('STATEMENT', `The statement cannot be read: ${why}.`);
}
