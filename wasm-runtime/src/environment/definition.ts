/**
 * Definitions of environments: which interpreter, which wheels, what is imported before the snapshot. A definition is a file that
 * anybody may write, so nothing of it is believed before it was checked here. Node only.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Check, Errors, type Static, Type } from '../run/schema.ts';
import { EXCLUDE_PATTERN } from './exclude.ts';
import { PACKAGE_ROOT } from './package-root.ts';

/** The definitions of this project: `NAME.json` each. */
export const DEFINITIONS = path.join(PACKAGE_ROOT, 'environments');

const MAX_WHEELS = 500;
/** A definition that extends another, which extends another, and so on. */
const MAX_ANCESTORS = 8;
const closed = { additionalProperties: false } as const;
const list = (pattern: string) => Type.Array(Type.String({ pattern, maxLength: 200 }), { maxItems: MAX_WHEELS });

const NAME = '^[a-z][a-z0-9-]{0,31}$';
const MODULE = '^[A-Za-z_][A-Za-z0-9_]*$';
const MODULE_PATH = '^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$';

export const Wheel = Type.Object(
  {
    /** As the index spells it, in lower case and with hyphens. A hyphen in front would be an option of pip. */
    name: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 100 }),
    version: Type.String({ pattern: '^[0-9][0-9A-Za-z.+!]*$', maxLength: 64 }),
    /** A wheel, or upstream's archive of shared libraries, which is a `.zip`. */
    file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*\\.(whl|zip)$', maxLength: 200 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** SPDX expression for the project's own code. Texts, also of what it bundles, lie in the wheel's `*.dist-info`. */
    licence: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+ ()-]*$', maxLength: 200 }),
    /** `pyodide`: upstream's own build, by its version. `index`: the index that pip is set up for. */
    source: Type.Union([Type.Literal('pyodide'), Type.Literal('index')]),
    /** Modules of the first level that it installs: what a program writes behind `import`. */
    modules: list(MODULE),
  },
  closed,
);
export type Wheel = Static<typeof Wheel>;

const Interpreter = Type.Object(
  {
    /** Package name of npm, or the alias that this project's dependencies give it. */
    package: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 100 }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$', maxLength: 32 }),
  },
  closed,
);

const DefinitionFile = Type.Object(
  {
    name: Type.String({ pattern: NAME }),
    /** One sentence for whoever chooses an environment. */
    summary: Type.String({ minLength: 1, maxLength: 200 }),
    /** Exactly one of these two: whoever extends has the interpreter of what is extended. */
    interpreter: Type.Optional(Interpreter),
    extends: Type.Optional(Type.String({ pattern: NAME })),
    wheels: Type.Array(Wheel, { maxItems: MAX_WHEELS }),
    /** Modules imported before the snapshot, in this order. */
    imports: list(MODULE_PATH),
    /** Modules whose code is compiled beforehand, beside what is imported above and by the samples. */
    likely: Type.Optional(list(MODULE_PATH)),
    /** Variables of the interpreter's environment. */
    variables: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }), Type.String({ maxLength: 200 }), closed),
    ),
    /** What of the wheels is left out: `exclude.ts` says which patterns there are. */
    exclude: Type.Optional(list(EXCLUDE_PATTERN)),
  },
  closed,
);
type DefinitionFile = Static<typeof DefinitionFile>;

/** For people, where a pattern says it badly; by the field's own name. */
const EXPECTED: Readonly<Record<string, string>> = {
  name: 'a name in lower case, with hyphens',
  version: 'a version without spaces, e.g. 2.0.2',
  file: 'the bare name of a .whl or .zip file',
  sha256: '64 hexadecimal digits in lower case',
  licence: 'an SPDX expression',
  source: 'pyodide or index',
  modules: 'a name that Python can import, without dots',
  imports: 'a name that Python can import',
  likely: 'a name that Python can import',
  extends: 'the name of another definition',
  exclude: 'one of the forms **/folder/**, **/*ending and path/**',
};

/** A definition with all that it extends put in: first what was there before, then its own. */
export interface EnvironmentDefinition {
  name: string;
  summary: string;
  interpreter: Static<typeof Interpreter>;
  wheels: readonly Wheel[];
  imports: readonly string[];
  likely: readonly string[];
  variables: Readonly<Record<string, string>>;
  exclude: readonly string[];
  /** Python programs that read what most programs read: `NAME.sample.py` beside the definition. */
  samples: readonly string[];
}

/** A definition that cannot be used: which file, which of its fields, and why. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly file: string;
  /** Such as `wheels[3].sha256`; empty where it is about the whole file. */
  readonly field: string;

  constructor(file: string, field: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${field === '' ? '' : `${field}: `}${reason}`, options);
    this.file = file;
    this.field = field;
  }
}

/** Names of all definitions, sorted. Whether each can be used is said when it is read. */
export async function listDefinitions(folder = DEFINITIONS): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** @throws DefinitionError for what is no definition, or extends what is none */
export async function readDefinition(name: string, folder = DEFINITIONS): Promise<EnvironmentDefinition> {
  return resolve(await readFiles(name, folder));
}

/** Which environments have a module, and from which wheel: the answer to whoever misses it. `module` may have dots. */
export function whichHave(
  definitions: readonly EnvironmentDefinition[],
  module: string,
): { environment: string; wheel: string }[] {
  const [first = module] = module.split('.');
  return definitions.flatMap(({ name, wheels }) => {
    const wheel = wheels.find(({ modules }) => modules.includes(first));
    return wheel ? [{ environment: name, wheel: wheel.name }] : [];
  });
}

interface Read {
  file: string;
  content: DefinitionFile;
  sample: string | undefined;
}

/** The definition and all that it extends, the oldest first. */
async function readFiles(name: string, folder: string): Promise<[Read, ...Read[]]> {
  let oldest = await readOne(name, folder);
  const chain: [Read, ...Read[]] = [oldest];
  while (oldest.content.extends !== undefined) {
    const { file, content } = oldest;
    const next = oldest.content.extends;
    if (chain.some((read) => read.content.name === next)) {
      const circle = [...chain.map((read) => read.content.name).reverse(), next].join(', which extends ');
      throw new DefinitionError(file, 'extends', `${circle}: that never ends; remove one of them`);
    }
    if (chain.length > MAX_ANCESTORS) {
      throw new DefinitionError(file, 'extends', `expected at most ${MAX_ANCESTORS} definitions behind one`);
    }
    if (!(await listDefinitions(folder)).includes(next)) {
      throw new DefinitionError(file, 'extends', `there is no definition ${next} beside ${content.name}`);
    }
    oldest = await readOne(next, folder);
    chain.unshift(oldest);
  }
  return chain;
}

async function readOne(name: string, folder: string): Promise<Read> {
  const file = path.join(path.basename(folder), `${name}.json`);
  const known = await listDefinitions(folder);
  // Nothing but a name of the folder's own listing becomes a path.
  if (!known.includes(name)) {
    throw new DefinitionError(file, '', `there is no environment ${name}; there are: ${known.join(', ') || 'none'}`);
  }
  const text = await readFile(path.join(folder, `${name}.json`), 'utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new DefinitionError(file, '', `it is no JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
  if (!Check(DefinitionFile, content)) throw schemaError(file, content);
  if (content.name !== name) throw new DefinitionError(file, 'name', `expected ${name}, as its file is called`);
  if ((content.interpreter === undefined) === (content.extends === undefined)) {
    throw new DefinitionError(file, 'interpreter', 'expected either interpreter or extends, and not both');
  }
  content.wheels.forEach((wheel, index) => checkFileName(file, `wheels[${index}].file`, wheel));
  const sample = await readFile(path.join(folder, `${name}.sample.py`), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return { file, content, sample };
}

function schemaError(file: string, content: unknown): DefinitionError {
  const [first] = Errors(DefinitionFile, content);
  const steps = (first?.instancePath ?? '').split('/').slice(1);
  const field = steps.map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`));
  if (first?.keyword === 'boolean') return new DefinitionError(file, field.join(''), 'there is no such field');
  const named = steps.findLast((step) => !/^\d+$/.test(step)) ?? '';
  const value = steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined),
    content,
  );
  const expected = typeof value === 'string' ? EXPECTED[named] : undefined;
  const reason = expected === undefined ? first?.message : `expected ${expected}, got ${JSON.stringify(value)}`;
  return new DefinitionError(file, field.join(''), reason ?? 'it is no definition');
}

/** The file's name says which project and version it holds, and must not say another. */
function checkFileName(file: string, field: string, wheel: Wheel): void {
  const [project = '', rest = ''] = wheel.file.split(/-(.*)/s);
  const version = rest.replace(wheel.file.endsWith('.zip') ? /\.zip$/ : /-.*$/s, '');
  if (project.toLowerCase().replaceAll(/[._]/g, '-') !== wheel.name || version !== wheel.version) {
    throw new DefinitionError(file, field, `expected a file of ${wheel.name} ${wheel.version}, got ${wheel.file}`);
  }
  if (wheel.source === 'index' && !wheel.file.endsWith('.whl')) {
    throw new DefinitionError(file, field, 'an index has only wheels: expected a .whl file');
  }
}

function resolve(chain: readonly [Read, ...Read[]]): EnvironmentDefinition {
  const seen = new Map<string, string>();
  for (const { file, content } of chain) {
    content.wheels.forEach(({ name }, index) => {
      const before = seen.get(name);
      if (before !== undefined) {
        throw new DefinitionError(file, `wheels[${index}].name`, `${name} is already in ${before}; remove one of them`);
      }
      seen.set(name, file);
    });
  }
  const [oldest] = chain;
  const youngest = chain.at(-1) ?? oldest;
  const { interpreter } = oldest.content;
  if (interpreter === undefined) throw new DefinitionError(oldest.file, 'interpreter', 'expected one');
  const all = <T>(pick: (content: DefinitionFile) => readonly T[] | undefined): T[] => [
    ...new Set(chain.flatMap(({ content }) => pick(content) ?? [])),
  ];
  return {
    name: youngest.content.name,
    summary: youngest.content.summary,
    interpreter,
    wheels: all(({ wheels }) => wheels),
    imports: all(({ imports }) => imports),
    likely: all(({ likely }) => likely),
    variables: Object.assign({}, ...chain.map(({ content }) => content.variables ?? {})) as Record<string, string>,
    exclude: all(({ exclude }) => exclude),
    samples: chain.flatMap(({ sample }) => sample ?? []),
  };
}
