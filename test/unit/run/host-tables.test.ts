/** What runs a program asks its host for nothing that hosts have in versions: tables of Unicode, of languages and of time zones. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../../wasm-runtime/src');
/** Everything between a program and its record. Guests' own libraries run inside of WebAssembly. */
const FOLDERS = ['engines', 'gate', 'run'] as const;

const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['properties of characters', /\\p\{/i],
  ['normal forms', /\.normalize\(/],
  ['upper and lower case', /\.to(?:Lower|Upper)Case\(/],
  ['orders and texts of a language', /\.localeCompare\(|\.toLocale\w*\(|\bnew Intl\b|\bIntl\./],
  // Without `u`, only letters of ASCII are letters of ASCII (ECMA-262, Canonicalize).
  ['regular expressions that ignore case', /\/(?=[a-z]*i)(?=[a-z]*[uv])[dgimsuvy]+(?:\.(?:exec|test)\(|[,)])/],
  ['the local time', /\.(?:get|set)(?:FullYear|Month|Date|Day|Hours|Minutes|TimezoneOffset)\(/],
];

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(SOURCES, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('guest/'))
    .map((file) => join(folder, file)),
);

describe('the way from a program to its record', () => {
  it('is read here', () => expect(files.length).toBeGreaterThan(40));

  it.each(FORBIDDEN)('uses no %s', (_what, pattern) => {
    const found = files.filter((file) => pattern.test(withoutComments(readFileSync(join(SOURCES, file), 'utf8'))));
    // How the engines' own glue is called there is given as text.
    expect(found.filter((file) => file !== 'engines/javascript/imports.ts')).toEqual([]);
  });

  it.each([
    ['properties of characters', 'const word = /\\p{L}/u;'],
    ['normal forms', "name.normalize('NFC')"],
    ['upper and lower case', 'name.toLowerCase()'],
    ['orders and texts of a language', 'names.sort((a, b) => a.localeCompare(b))'],
    ['regular expressions that ignore case', 'const match = /abc/iu.exec(text);'],
    ['the local time', 'new Date(0).getHours()'],
  ])('would be told of %s', (what, code) => {
    const pattern = FORBIDDEN.find(([name]) => name === what)?.[1];
    expect(pattern?.test(code)).toBe(true);
  });
});
