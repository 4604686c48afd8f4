/** From a stored revision to a program. The client says what to run; what that is, and with which limits, the server decides. Pure. */
import { dependencyOrder, digestOf } from '../documents/content.ts';
import type { DatasetContent, RevisionContent, ScientificObject } from '../documents/schemas.ts';
import { Problem } from '../errors.ts';
import {
  createProgram,
  DEFAULT_LIMITS,
  type Limits,
  type Program,
  type ProgramInput,
  type ProgramStep,
  type StepEvent,
} from '../runtime.ts';

/** What of the revision runs: the code objects in order, and the data that they may read. */
export interface Selection {
  code: ScientificObject[];
  datasets: ScientificObject[];
}

/** @throws Problem nothing_to_run, validation_error */
export function select(content: RevisionContent, objectId: string | undefined): Selection {
  if (objectId === undefined) {
    const code = content.objects.filter((object) => object.type === 'code');
    if (code.length === 0) throw new Problem('nothing_to_run', { detail: 'The revision has no code.' });
    return { code, datasets: content.objects.filter((object) => object.type === 'dataset') };
  }
  const target = content.objects.find((object) => object.id === objectId);
  if (target === undefined) throw new Problem('nothing_to_run', { detail: 'The revision has no object of this id.' });
  if (target.type !== 'code') throw new Problem('nothing_to_run', { detail: 'The object is not code.' });
  const closure = dependencyOrder(content.objects, [objectId]);
  return {
    code: closure.filter((object) => object.type === 'code'),
    datasets: closure.filter((object) => object.type === 'dataset'),
  };
}

/** What was asked for where it is given, else the default, and never more than the maximum. */
export function clampLimits(asked: Partial<Limits>, maximum: Limits): Limits {
  const clamped = { ...DEFAULT_LIMITS };
  // Safe: DEFAULT_LIMITS has exactly the keys of Limits.
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    clamped[name] = Math.min(asked[name] ?? DEFAULT_LIMITS[name], maximum[name]);
  }
  return clamped;
}

export function composeProgram(
  selection: Selection,
  envVersion: string,
  limits: Limits,
  events: Readonly<Record<string, StepEvent[]>>,
): Program {
  const known = new Set(selection.code.map((object) => object.id));
  for (const id of Object.keys(events)) {
    if (!known.has(id))
      throw new Problem('validation_error', {
        detail: `/body/events names ${JSON.stringify(id)}, which does not run.`,
      });
  }
  return createProgram({
    env_version: envVersion,
    steps: selection.code.map((object) =>
      stepOf(object, Object.hasOwn(events, object.id) ? (events[object.id] ?? []) : []),
    ),
    inputs: selection.datasets.map(inputOf),
    limits,
  });
}

function stepOf(object: ScientificObject, events: StepEvent[]): ProgramStep {
  const source = object.content['source'];
  if (typeof source !== 'string') throw new TypeError('a code object holds its source');
  return {
    object_id: object.id,
    language: object.runtime?.language ?? 'python',
    source,
    parameters: object.runtime?.parameters ?? {},
    events,
  };
}

function inputOf(object: ScientificObject): ProgramInput {
  // Safe: `checkContent` refused every other content of a dataset object before the revision was stored.
  const { name, digest, size_bytes, media_type } = object.content as DatasetContent;
  return { path: `/data/${name}`, digest, size_bytes, media_type };
}

/** An object as the payload carries it. */
export function snapshotOf(object: ScientificObject) {
  return { object_id: object.id, type: object.type, content: object.content, digest: digestOf(object) };
}
