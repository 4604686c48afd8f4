/** Properties of the server's codecs: signed links, JSON from strangers, dependency order. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@praxis/wasm-runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signLink, verifyLink } from '../../server/src/artifacts/links.ts';
import { dependencyOrder } from '../../server/src/documents/content.ts';
import type { ScientificObject } from '../../server/src/documents/schemas.ts';
import { Problem } from '../../server/src/errors.ts';
import { parseJson } from '../../server/src/http/json.ts';

const text = fc
  .string({ unit: 'binary', maxLength: 200 })
  .filter((value) => value.isWellFormed() && !value.includes('\0'));
/** What it returns, or what it throws. */
function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a signed link', () => {
  const key = { id: 'k', secret: createHash('sha256').update('secret').digest() };
  const target = { method: 'GET', host: 'praxis.example', path: '/api/v1/artifacts/1/content' } as const;
  const fields = fc.record({ digest: text, size: text, type: text, workspace: text, subject: text });

  it('gives back its fields, and nothing else passes', () => {
    const index = fc.nat({ max: 9 });
    fc.assert(
      fc.property(fields, index, text, (wanted, which, other) => {
        const query = new URLSearchParams(signLink(key, target, wanted, 1000, 'n'));
        expect(verifyLink(key, target, query, 0)).toEqual(wanted);
        const [name = '', value] = [...query][which] ?? [];
        fc.pre(
          value !== other &&
            !(name === 'signature' && Buffer.from(other, 'base64url').equals(Buffer.from(value ?? '', 'base64url'))),
        );
        query.set(name, other);
        expect(() => verifyLink(key, target, query, 0)).toThrow(Problem);
      }),
    );
  });
});

describe('JSON from strangers', () => {
  it('that is accepted has a canonical form; bytes that are not are refused with a problem', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map((value) => new TextEncoder().encode(value)),
      fc.string({ unit: 'binary' }).map((value) => new TextEncoder().encode(value)),
    );
    fc.assert(
      fc.property(bytes, (body) => {
        const outcome = outcomeOf(() => canonicalJson(parseJson(body)));
        expect(typeof outcome === 'string' || outcome instanceof Problem).toBe(true);
      }),
    );
  });
});

describe('the order of dependencies', () => {
  /** Objects that need only objects with a smaller number, written down in any order: there is no circle. */
  const graph = fc
    .array(fc.array(fc.nat({ max: 30 }), { maxLength: 5 }), { minLength: 1, maxLength: 30 })
    .chain((edges) => {
      const objects = edges.map((targets, n): ScientificObject => {
        const dependencies = [...new Set(targets.filter((target) => target < n).map((target) => `o${target}`))];
        return { id: `o${n}`, type: 'code', content: { source: '' }, semantics: { dependencies } };
      });
      return fc.shuffledSubarray(objects, { minLength: objects.length });
    });

  it('has every object once, after all that it needs, and nothing that nobody needs', () => {
    fc.assert(
      fc.property(graph, fc.nat(), (objects, choice) => {
        const wanted = objects[choice % objects.length]?.id ?? '';
        const ordered = dependencyOrder(objects, [wanted]).map((object) => object.id);
        expect(new Set(ordered).size).toBe(ordered.length);
        expect(ordered.at(-1)).toBe(wanted);
        for (const object of objects) {
          const position = ordered.indexOf(object.id);
          for (const needed of position < 0 ? [] : (object.semantics?.dependencies ?? [])) {
            expect(ordered.indexOf(needed)).toBeGreaterThanOrEqual(0);
            expect(ordered.indexOf(needed)).toBeLessThan(position);
          }
        }
        const needed = new Set(
          objects
            .filter((object) => ordered.includes(object.id))
            .flatMap((object) => object.semantics?.dependencies ?? []),
        );
        expect(ordered.every((id) => id === wanted || needed.has(id))).toBe(true);
      }),
    );
  });
});
