/** Patterns of what is left out of wheels, row by row. */
import { describe, expect, it } from 'vitest';
import { EXCLUDE_PATTERN, isExcluded } from '../../../wasm-runtime/src/environment/exclude.ts';

describe('a pattern', () => {
  it.each([
    ['**/tests/**', 'numpy/tests/__init__.py', true],
    ['**/tests/**', 'tests/a.py', true],
    ['**/tests/**', 'a/b/tests/c/d.py', true],
    ['**/tests/**', 'numpy/my_tests/a.py', false],
    ['**/tests/**', 'numpy/tests.py', false],
    ['**/*.pyi', 'numpy/__init__.pyi', true],
    ['**/*.pyi', 'a.pyi', true],
    ['**/*.pyi', 'numpy/a.py', false],
    ['**/*.pyi', 'a.pyi/b.py', false],
    ['matplotlib/backends/web_backend/**', 'matplotlib/backends/web_backend/js/mpl.js', true],
    ['matplotlib/backends/web_backend/**', 'other/matplotlib/backends/web_backend/a', false],
    ['matplotlib/backends/web_backend/**', 'matplotlib/backends/web_backend.py', false],
    ['lib/**', 'library/a.py', false],
  ])('%s on %s: %s', (pattern, path, excluded) => {
    expect(isExcluded(path, [pattern])).toBe(excluded);
  });

  it('is one of several', () => {
    expect(isExcluded('a/b.pyi', ['**/tests/**', '**/*.pyi'])).toBe(true);
    expect(isExcluded('a/b.py', [])).toBe(false);
  });

  it.each(['', '*', '**', '*.pyi', '**/*', 'a/*.py', '/a/**', '**/a/b/**', 'a/**/b', '!a/**', '**/*a*'])(
    'of another form is refused: %j',
    (pattern) => {
      expect(() => isExcluded('a/b.py', [pattern])).toThrow('no pattern');
      expect(pattern).not.toMatch(new RegExp(EXCLUDE_PATTERN));
    },
  );
});
