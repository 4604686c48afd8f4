/** Properties of notebooks: what is written is valid and read back; what is read is an object of a revision, or refused. */
import {
  NotebookError,
  readNotebook,
  readNotebookBytes,
  readNotebookValue,
  writeNotebook,
  type NotebookToWrite,
  type WritableObject,
} from '@praxis/wasm-runtime/notebook';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkContent } from '../../server/src/documents/content.ts';
import { RevisionContent } from '../../server/src/documents/schemas.ts';
import { validator } from '../../server/src/http/validate.ts';
import { schemaErrors } from '../support/notebooks.ts';

/** Line ends become one kind in reading. */
const text = fc
  .string({ unit: 'binary', maxLength: 200 })
  .filter((value) => value.isWellFormed() && !/[\0\r]/.test(value));
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);
const tags = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9 _.:-]{0,20}$/), { maxLength: 4 });
const semantics = tags.map((some) => (some.length === 0 ? {} : { semantics: { tags: some } }));
const magic = fc.constantFrom('', '%%javascript\n', '%%js', '%time ', '$$\n');
const source = fc.tuple(magic, text).map((parts) => parts.join(''));
const parameters = fc.dictionary(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,9}$/),
  fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as unknown),
  { maxKeys: 3, noNullPrototype: true },
);

const object: fc.Arbitrary<WritableObject> = fc.oneof(
  fc
    .tuple(id, source, fc.constantFrom('python', 'javascript'), parameters, semantics)
    .map(([own, code, language, given, more]) => ({
      id: own,
      type: 'code',
      content: { source: code },
      ...more,
      runtime: { language, ...(Object.keys(given).length === 0 ? {} : { parameters: given }) },
    })),
  fc
    .tuple(id, source, semantics)
    .map(([own, markdown, more]) => ({ id: own, type: 'text', content: { markdown }, ...more })),
  fc
    .tuple(
      id,
      text.filter((latex) => latex !== ''),
      semantics,
    )
    .map(([own, latex, more]) => ({ id: own, type: 'equation', content: { latex }, ...more })),
);
const mediaType = fc.constantFrom('text/plain', 'text/html', 'image/svg+xml', 'application/json', 'application/a+json');
const output: fc.Arbitrary<NonNullable<ReturnType<NotebookToWrite['outputs']['get']>>['outputs'][number]> = fc.oneof(
  fc.record({ type: fc.constant('stream'), name: fc.constantFrom('stdout', 'stderr'), text }),
  fc.record({ type: fc.constant('error'), name: text, message: text, traceback: text }),
  fc.record({
    type: fc.constantFrom('display', 'result'),
    data: fc.dictionary(mediaType, text, { noNullPrototype: true }),
    metadata: parameters,
  }),
);

describe('a notebook that was written', () => {
  it('is valid, and is read as the same objects', () => {
    const objects = fc.uniqueArray(object, { selector: (one) => one.id, maxLength: 20 });
    fc.assert(
      fc.property(objects, fc.array(output, { maxLength: 5 }), text, (written, outputs, title) => {
        const shown = new Map(written.map((one) => [one.id, { outputs, provenance: { trust: 'draft' } }]));
        const file = writeNotebook({ title, objects: written, outputs: shown, blobs: new Map() });
        expect(schemaErrors(file)).toEqual([]);
        expect(readNotebook(file).objects).toEqual(written);
      }),
    );
  });
});

describe('a notebook of any kind', () => {
  const isContent: (value: unknown) => unknown = validator(RevisionContent, 'body');
  /** Throws when what is read is not what the server takes as a revision. */
  function outcome(read: () => ReturnType<typeof readNotebook>): 'read' | 'refused' {
    try {
      const content = { objects: read().objects, views: [] };
      isContent(content);
      checkContent(content);
      return 'read';
    } catch (error) {
      if (error instanceof NotebookError) return 'refused';
      throw error;
    }
  }

  const anything = fc.jsonValue({ maxDepth: 3 });
  const cell = fc.record(
    {
      id: fc.oneof(id, anything),
      cell_type: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('code', 'markdown', 'raw') }, anything),
      source: fc.oneof({ weight: 5, arbitrary: source }, fc.array(source), anything),
      metadata: fc.oneof(
        fc.record({ tags: fc.oneof(tags, anything), praxis: anything }, { requiredKeys: [] }),
        anything,
      ),
      outputs: fc.oneof(fc.constant([]), anything),
      attachments: fc.oneof(fc.constant({}), anything),
    },
    { requiredKeys: ['cell_type', 'source'] },
  );
  const nearly = fc.record({
    nbformat: fc.constantFrom(4, 4, 4, 3, '4'),
    nbformat_minor: fc.constantFrom(0, 5),
    cells: fc.array(cell, { maxLength: 3 }),
    worksheets: fc.array(fc.record({ cells: fc.array(cell, { maxLength: 3 }) }), { maxLength: 2 }),
    metadata: fc.oneof(fc.constant({}), anything),
  });

  it('is read as what the server takes, or refused with a reason, never anything else', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(anything, nearly), (value) => {
        const outcomes = [outcome(() => readNotebook(JSON.stringify(value))), outcome(() => readNotebookValue(value))];
        // The texts of JSON.stringify have no key twice and are not deep: both ways are the same.
        expect(outcomes[0]).toBe(outcomes[1]);
        for (const one of outcomes) seen.add(one);
      }),
      { numRuns: 1000 },
    );
    expect([...seen].sort()).toEqual(['read', 'refused']);
  });

  it('that is cut off or damaged somewhere is read or refused', () => {
    const file = nearly.map((value) => new TextEncoder().encode(JSON.stringify(value)));
    const place = fc.nat({ max: 2000 });
    fc.assert(
      fc.property(file, place, fc.integer({ min: 0, max: 255 }), fc.boolean(), (bytes, at, byte, cut) => {
        const damaged = cut ? bytes.slice(0, at % bytes.length) : bytes.with(at % bytes.length, byte);
        expect(['read', 'refused']).toContain(outcome(() => readNotebookBytes(damaged)));
      }),
      { numRuns: 500 },
    );
  });
});
