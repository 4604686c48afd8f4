import { describe, expect, test } from 'vitest';
import markdownIt from 'markdown-it';
import { formulas, scanFormula } from '../../../client/src/outputs/formulas.ts';

const parser = markdownIt().use(formulas);

describe('scanning', () => {
  test.each([
    ['$x$', 'x'],
    ['$a+b$ rest', 'a+b'],
    ['$\\$5$', '\\$5'],
    ['\\(y\\)', 'y'],
    ['$$\nz\n$$', 'z'],
    ['\\[w\\]', 'w'],
  ])('%j holds %j', (text, content) => {
    expect(scanFormula(text)?.content).toBe(content);
  });

  test.each(['$ x$', '$x $', '$5 and $6', '$', '$$', '$$$$', 'a$b$', '$a\n\nb$', '\\(', '$x$5'])(
    '%j is no formula',
    (text) => {
      expect(scanFormula(text)).toBeNull();
    },
  );

  test('the work is bounded for lonely dollars', () => {
    expect(scanFormula(`$${'a'.repeat(1_000_000)}$`)).toBeNull();
  });
});

describe('in Markdown', () => {
  test('inline and display', () => {
    expect(parser.render('Let $n$ be.')).toBe('<p>Let <code class="formula">n</code> be.</p>\n');
    expect(parser.render('$$\na < b\n$$')).toBe('<p><code class="formula-block">a &lt; b</code></p>\n');
  });

  test('a display formula ends a paragraph', () => {
    expect(parser.render('text\n$$x$$\nmore')).toContain('<p>text</p>\n<p><code class="formula-block">x</code></p>');
  });

  test('prices and code stay what they are', () => {
    expect(parser.render('It costs $5 or $6.')).toBe('<p>It costs $5 or $6.</p>\n');
    expect(parser.render('`$x$`')).toBe('<p><code>$x$</code></p>\n');
  });

  test('HTML in a formula is text', () => {
    expect(parser.render('$<img src=x onerror=alert(1)>$')).toContain('&lt;img');
  });
});
