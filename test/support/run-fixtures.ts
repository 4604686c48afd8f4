/** The programs of `fixtures/programs` with what they are expected to give. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language, Outcome, Output, Program, RunRecord } from '@praxis/wasm-runtime';
import { OWN_CORPUS, readCorpus } from './attack-corpus.ts';
import { languageOf, programOf, textInputs } from './node-runs.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/programs');

/**
 * Texts that have an answer outside this project were compared with CPython 3.13 and Node; where a program shows values that
 * only its seed decides, `stdout_begins` stops before them.
 */
export interface Expected {
  outcome: Outcome;
  /** Lines that the program is given. */
  stdin?: string[];
  /** Texts of its inputs by path. */
  inputs?: Record<string, string>;
  stdout?: string;
  stdout_begins?: string;
  stderr?: string;
  error?: { code: string; message: string; line: number; column: number };
  traceback?: string;
  rich?: { type: 'display' | 'result'; data: Record<string, unknown>; metadata?: Record<string, unknown> }[];
  artifacts?: { name: string; media_type: string; digest: string; size_bytes: number }[];
}

export interface Fixture {
  file: string;
  path: string;
  language: Language;
  source: string;
  expected: Expected;
}

/** All programs, by name. @throws Error when a program has no expectation, or the other way round */
export function listFixtures(): Fixture[] {
  // A file of this project.
  const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<string, Expected>;
  const files = readdirSync(FOLDER).filter((file) => /\.(py|js)$/.test(file));
  const unknown = Object.keys(expected).filter((file) => !files.includes(file));
  if (unknown.length > 0) throw new Error(`expected.json names programs that are not there: ${unknown.join(', ')}`);
  return files.sort().map((file) => {
    const path = join(FOLDER, file);
    const entry = expected[file];
    if (entry === undefined) throw new Error(`expected.json does not name ${file}`);
    return { file, path, language: languageOf(file), source: readFileSync(path, 'utf8'), expected: entry };
  });
}

/** The very program that `praxis run FILE` makes: its one step is named by the file. */
export function fixtureProgram({ file, language, source, expected }: Fixture): Program {
  const program = programOf(language, source);
  const { inputs } = textInputs(expected.inputs ?? {});
  return { ...program, inputs, steps: program.steps.map((step) => ({ ...step, object_id: file })) };
}

/** The bytes of an input of any of the programs, and of the attacks. */
export async function fixtureInput(digest: string): Promise<Uint8Array> {
  const all = [...listFixtures().map(({ expected }) => expected), ...readCorpus(OWN_CORPUS, 'javascript')];
  for (const { inputs: texts = {} } of all) {
    const { inputs, read } = textInputs(texts);
    if (inputs.some((input) => input.digest === digest)) return read(digest);
  }
  throw new Error(`no program has the input ${digest}`);
}

/** Texts of the inputs of a program by digest, as a page can take them. */
export async function fixtureTexts({ inputs }: Program, read = fixtureInput): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { digest } of inputs) texts[digest] = new TextDecoder().decode(await read(digest));
  return texts;
}

const outputsOf = (record: RunRecord): Output[] => record.steps.flatMap((step) => step.outputs);

export function streamText(record: RunRecord, name: 'stdout' | 'stderr'): string {
  return outputsOf(record)
    .map((output) => (output.type === 'stream' && output.name === name ? output.text : ''))
    .join('');
}

/** What a record shows, in the shape of an expectation. */
export function observed(record: RunRecord, expected: Expected): Expected {
  const outputs = outputsOf(record);
  const stdout = streamText(record, 'stdout');
  const stderr = streamText(record, 'stderr');
  const rich = outputs.flatMap((output) =>
    output.type === 'display' || output.type === 'result'
      ? [
          {
            type: output.type,
            data: output.data,
            ...(Object.keys(output.metadata).length > 0 ? { metadata: output.metadata } : {}),
          },
        ]
      : [],
  );
  const artifacts = record.artifacts.map(({ name, media_type, digest, size_bytes }) => ({
    name,
    media_type,
    digest,
    size_bytes,
  }));
  const traceback = outputs.flatMap((output) => (output.type === 'error' ? [output.traceback] : [])).join('');
  const { code, message, details } = record.error ?? {};
  return {
    outcome: record.outcome,
    ...(expected.stdin ? { stdin: expected.stdin } : {}),
    ...(expected.inputs ? { inputs: expected.inputs } : {}),
    ...(expected.stdout_begins === undefined
      ? { stdout }
      : { stdout_begins: stdout.slice(0, expected.stdout_begins.length) }),
    ...(stderr === '' ? {} : { stderr }),
    ...(code === undefined || message === undefined
      ? {}
      : { error: { code, message, line: details?.line ?? 0, column: details?.column ?? 0 } }),
    ...(rich.length > 0 ? { rich } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
    ...(traceback === '' ? {} : { traceback }),
  };
}
