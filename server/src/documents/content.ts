/** What a revision holds: rules that no schema can say, and its digest. Pure. */
import { createHash } from 'node:crypto';
import type { FieldError } from '../errors.ts';
import { Problem } from '../errors.ts';
import { validator } from '../http/validate.ts';
import { canonicalJson } from '../runtime.ts';
import { CONTENT, OBJECT_TYPES, type RevisionContent, type ScientificObject } from './schemas.ts';

const contentChecks = Object.fromEntries(OBJECT_TYPES.map((type) => [type, validator(CONTENT[type], 'body')]));

/** @throws Problem validation_error */
export function checkContent(content: RevisionContent): void {
  const positions = new Map<string, number>();
  content.objects.forEach((object, index) => {
    const pointer = `/body/objects/${index}`;
    checkObject(object, pointer);
    if (positions.has(object.id)) fail(`${pointer}/id`, `names a second object ${JSON.stringify(object.id)}`);
    positions.set(object.id, index);
  });
  content.objects.forEach((object, index) => {
    for (const dependency of object.semantics?.dependencies ?? []) {
      if (!positions.has(dependency)) {
        fail(
          `/body/objects/${index}/semantics/dependencies`,
          `names ${JSON.stringify(dependency)}, which this revision does not have`,
        );
      }
    }
  });
  dependencyOrder(
    content.objects,
    content.objects.map((object) => object.id),
  );
  content.views.forEach((view, index) => {
    for (const id of objectsOfView(view)) {
      if (!positions.has(id))
        fail(`/body/views/${index}`, `shows ${JSON.stringify(id)}, which this revision does not have`);
    }
  });
}

function checkObject(object: ScientificObject, pointer: string): void {
  try {
    contentChecks[object.type]?.(object.content);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const inner = error.errors?.[0];
    fail(`${pointer}/content${inner?.pointer.slice('/body'.length) ?? ''}`, inner?.message ?? 'is not valid');
  }
  if (object.runtime !== undefined && object.type !== 'code')
    fail(`${pointer}/runtime`, 'belongs to code objects only');
}

function objectsOfView(view: RevisionContent['views'][number]): string[] {
  switch (view.view_type) {
    case 'notebook':
      return view.object_ids;
    case 'slides':
      return view.slides.flatMap((slide) => slide.placements.map((placement) => placement.object_id));
    case 'canvas':
      return view.placements.map((placement) => placement.object_id);
  }
}

/**
 * The wanted objects and everything that they depend on: what is needed comes before what needs it, otherwise in document order.
 * @throws Problem validation_error when objects depend on each other in a circle
 */
export function dependencyOrder(objects: readonly ScientificObject[], wanted: readonly string[]): ScientificObject[] {
  const position = new Map(objects.map((object, index) => [object.id, index]));
  const state = new Map<number, 'open' | 'closed'>();
  const ordered: ScientificObject[] = [];
  // An explicit stack, since a chain of two thousand objects must not need two thousand frames. Last in, first out: descending.
  const descending = (ids: readonly string[]): number[] =>
    ids.flatMap((id) => position.get(id) ?? []).toSorted((a, b) => b - a);
  const stack = descending(wanted).map((index) => ({ index, leave: false }));
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { index, leave } = step;
    const object = objects[index];
    if (object === undefined) continue;
    if (leave) {
      state.set(index, 'closed');
      ordered.push(object);
      continue;
    }
    if (state.has(index)) continue;
    state.set(index, 'open');
    stack.push({ index, leave: true });
    for (const dependency of descending(object.semantics?.dependencies ?? [])) {
      if (state.get(dependency) === 'open') {
        fail('/body/objects', `depend on each other in a circle through ${JSON.stringify(objects[dependency]?.id)}`);
      }
      if (!state.has(dependency)) stack.push({ index: dependency, leave: false });
    }
  }
  return ordered;
}

/** Everything of a revision that programs can be made of: its code, in document order. */
export function codeOf({
  objects,
}: {
  objects: readonly ScientificObject[];
}): { language: 'python' | 'javascript'; source: string }[] {
  return objects.flatMap(({ type, content, runtime }) => {
    const source = content['source'];
    return type === 'code' && typeof source === 'string' ? [{ language: runtime?.language ?? 'python', source }] : [];
  });
}

/** sha256 of the canonical JSON (RFC 8785). */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex')}`;
}

function fail(pointer: string, message: string): never {
  const errors: FieldError[] = [{ pointer, message }];
  throw new Problem('validation_error', { detail: `${pointer} ${message}.`, errors });
}
