/** Choosing an environment, for every text and every offer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseEnvironment, lacking, modulesOf, needsOfSource, type Needs, type Offered } from '@praxis/wasm-runtime';

const MODULES = ['a', 'b', 'c', 'd'] as const;
/** What Python and notebooks are made of, and what breaks either. */
const PIECES = [
  'import ', 'from ', 'a', 'b.c', ' as ', ',', '.', '(', ')', '{', '}', '[', ':', ';', '\n', '\n  ', '\r\n', '\t', '\\', '\\\n', '#', '"', "'",
  '"""', "'''", 'f"', "rf'''", 't"', 'try:', 'except ImportError:', 'except:', 'else:', 'finally:', 'raise', 'exit()', '%%time\n', '%', '!', '?',
  '=', 'é', '𝒳', '\0', '\uD800',
]; // prettier-ignore
const source = fc.array(fc.constantFrom(...PIECES), { maxLength: 80 }).map((pieces) => pieces.join(''));

const { needs } = fc.letrec<{ needs: Needs }>((tie) => ({
  needs: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...MODULES),
    fc.array(tie('needs'), { maxLength: 4 }).map((all) => ({ all })),
    fc.array(tie('needs'), { minLength: 1, maxLength: 4 }).map((any) => ({ any })),
  ),
}));
const offered = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('p', 'q', 'r', 's'),
      size_bytes: fc.integer({ min: 1, max: 3 }),
      modules: fc.subarray([...MODULES]),
    }),
    { minLength: 1, selector: ({ name }) => name },
  )
  .map((all): Offered[] =>
    all.map(({ name, size_bytes, modules }) => ({
      env_version: `${name}@sha256:${'0'.repeat(64)}`,
      name,
      summary: '',
      size_bytes,
      packages: [{ name: 'p', version: '1', licence: 'MIT', modules }],
    })),
  );

describe('needs', () => {
  it('are read from any text', () => {
    fc.assert(
      fc.property(fc.oneof(source, fc.string({ unit: 'binary' })), (text) => {
        for (const module of modulesOf(needsOfSource(text)))
          expect(module).toMatch(/^[\p{XID_Start}_][\p{XID_Continue}]*$/u);
      }),
    );
  });

  it('lack nothing where everything is, and never more when there is more', () => {
    fc.assert(
      fc.property(needs, fc.subarray([...MODULES]), fc.subarray([...MODULES]), (wanted, some, others) => {
        const more = new Set([...some, ...others]);
        expect(lacking(wanted, () => true).size).toBe(0);
        const lacks = (has: ReadonlySet<string>) => lacking(wanted, (module) => has.has(module)).size;
        // Without choices it is a plain difference of sets; a choice takes the way that lacks fewest by itself.
        if (!JSON.stringify(wanted).includes('any')) expect(lacks(more)).toBeLessThanOrEqual(lacks(new Set(some)));
      }),
    );
  });
});

it('the choice does not depend on the order of the offers, and lacks nothing where one of them has everything', () => {
  fc.assert(
    fc.property(needs, offered, (wanted, offers) => {
      const choice = chooseEnvironment(wanted, offers);
      expect(chooseEnvironment(wanted, offers.toReversed()).environment.name).toBe(choice.environment.name);
      const complete = offers.filter(
        ({ packages }) =>
          lacking(wanted, (module) => packages.some(({ modules = [] }) => modules.includes(module))).size === 0,
      );
      if (complete.length === 0) return;
      expect(choice.lacks).toEqual([]);
      expect(choice.environment.size_bytes).toBe(Math.min(...complete.map(({ size_bytes }) => size_bytes)));
    }),
  );
});
