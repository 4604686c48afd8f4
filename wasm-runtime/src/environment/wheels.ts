/**
 * Wheels of a definition, from wherever they can be had. What is trusted is the definition's sha256 alone: a source that gives other
 * bytes is named, and the next one is asked. Node only.
 */
import type { EnvironmentDefinition, Wheel } from './definition.ts';
import { pipOf, type Pip } from './pip.ts';
import { sha256, WheelCache } from './wheel-cache.ts';
import {
  cdnSource,
  folderSource,
  indexSource,
  type Mirror,
  MIRRORS,
  mirrorSource,
  SourceFailure,
  type WheelSource,
} from './wheel-sources.ts';

/** So many files at once. */
const CONCURRENT = 4;
/** As the source of a wheel that was obtained before. */
const CACHE = 'cache';

export interface WheelOptions {
  /** Folder of the cache: see `wheelPlaces`. */
  cache: string;
  /** Folder where somebody has put wheels, or the mirror's wheel: `--wheels` or `PRAXIS_WHEELS`. Asked first. */
  folder?: string | undefined;
  log?: (line: string) => void;
  /** Upstream's place by the interpreter's version; ends with `/`. */
  cdn?: (version: string) => string;
  /** How long the CDN may take to answer. */
  connectMs?: number;
  fetch?: typeof globalThis.fetch;
  pip?: Pip;
  mirrors?: Readonly<Record<string, Mirror>>;
}

export interface ObtainedWheel {
  wheel: Wheel;
  /** Their sha256 is the definition's. */
  bytes: Uint8Array;
  /** Which source gave it: `cache`, a folder, an address, a command. */
  from: string;
}

export interface Failure {
  file: string;
  source: string;
  reason: string;
}

/** Wheels that no source gave: which, what each source said, and what to do. */
export class WheelsUnavailable extends Error {
  override readonly name = 'WheelsUnavailable';

  /** Every failure of the missing files, in the order of the sources. */
  readonly failures: readonly Failure[];

  constructor(environment: string, failures: readonly Failure[]) {
    const files = [...new Set(failures.map(({ file }) => file))];
    super(
      [
        `${files.length === 1 ? 'a wheel' : `${files.length} wheels`} of the environment ${environment} cannot be had:`,
        ...grouped(files, failures),
        `Put ${files.length === 1 ? 'it' : 'them'} into a folder FOLDER and run ` +
          `\`npx praxis env build ${environment} --wheels FOLDER\`.`,
      ].join('\n'),
    );
    this.failures = failures;
  }
}

/** Files that failed alike are told together. */
function grouped(files: readonly string[], failures: readonly Failure[]): string[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const lines = failures.filter((failure) => failure.file === file);
    const told = lines.map(({ source, reason }) => `    ${source}: ${reason}`).join('\n');
    groups.set(told, [...(groups.get(told) ?? []), file]);
  }
  return [...groups].map(([told, names]) => `  ${names.join(', ')}\n${told}`);
}

/**
 * All wheels of a definition in its order, each of the right bytes. Sources: the cache, the folder, upstream's CDN, the mirror; for
 * `index`: the cache, the folder, pip.
 * @throws WheelsUnavailable when one or more cannot be had
 */
export async function obtainWheels(definition: EnvironmentDefinition, options: WheelOptions): Promise<ObtainedWheel[]> {
  const log = options.log ?? (() => undefined);
  const cache = new WheelCache(options.cache, log);
  const sources = sourcesFor(definition, options, cache);
  const obtained = new Map<Wheel, ObtainedWheel>();
  const failed = new Map<Wheel, Failure[]>();
  const told = new Set<string>();
  /** Told even where the next source has the right bytes, and once for all files of which a source says the same. */
  const tell = ({ file, source, reason }: Failure): void => {
    const said = `${source}: ${reason}`;
    if (!told.has(said)) log(`${file}: ${said}`);
    told.add(said);
  };
  const waiting = [...definition.wheels];
  const work = async (): Promise<void> => {
    for (let wheel = waiting.shift(); wheel; wheel = waiting.shift()) {
      const outcome = await obtain(wheel, sources, cache, tell);
      if ('bytes' in outcome) {
        obtained.set(wheel, outcome);
        if (outcome.from !== CACHE) log(`${wheel.file} from ${outcome.from}`);
      } else failed.set(wheel, outcome.failures);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
  // In the definition's order, whichever was done first.
  const failures = definition.wheels.flatMap((wheel) => failed.get(wheel) ?? []);
  if (failures.length > 0) throw new WheelsUnavailable(definition.name, failures);
  return definition.wheels.flatMap((wheel) => obtained.get(wheel) ?? []);
}

function sourcesFor(definition: EnvironmentDefinition, options: WheelOptions, cache: WheelCache): WheelSource[] {
  const { version } = definition.interpreter;
  const { folder, pip = pipOf('python3'), fetch = globalThis.fetch, mirrors = MIRRORS } = options;
  const cdn = options.cdn ?? ((wanted: string) => `https://cdn.jsdelivr.net/pyodide/v${wanted}/full/`);
  const { connectMs } = options;
  const mirror = mirrors[version];
  const keep = (file: string, bytes: Uint8Array) => cache.keep({ file, sha256: sha256(bytes) }, bytes);
  return [
    ...(folder === undefined ? [] : [folderSource(folder)]),
    cdnSource(cdn(version), connectMs === undefined ? { fetch } : { fetch, connectMs }),
    ...(mirror === undefined ? [] : [mirrorSource(mirror, pip, folder, keep)]),
    indexSource(pip),
  ];
}

async function obtain(
  wheel: Wheel,
  sources: readonly WheelSource[],
  cache: WheelCache,
  tell: (failure: Failure) => void,
): Promise<ObtainedWheel | { failures: Failure[] }> {
  const kept = await cache.read(wheel);
  if (kept) return { wheel, bytes: kept, from: CACHE };
  const failures: Failure[] = [];
  for (const source of sources.filter((candidate) => candidate.serves(wheel))) {
    try {
      const bytes = await source.read(wheel);
      const digest = sha256(bytes);
      if (digest !== wheel.sha256) {
        throw new SourceFailure(`it gave other bytes, of sha256 ${digest}, while the definition has ${wheel.sha256}`);
      }
      await cache.keep(wheel, bytes);
      return { wheel, bytes, from: source.name };
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      const failure = { file: wheel.file, source: source.name, reason: error.message };
      failures.push(failure);
      tell(failure);
    }
  }
  return { failures };
}
