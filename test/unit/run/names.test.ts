import { describe, expect, test } from 'vitest';
import { checkArtifactName, isMediaType } from '../../../wasm-runtime/src/run/names.ts';

describe('an artifact name', () => {
  test.each([
    'a',
    'results/squares.csv',
    'Größe 2.svg',
    '__proto__',
    'データ/図.png',
    '😀.txt',
    'a b/c d',
    '.hidden',
    'x'.repeat(255),
  ])('may be %j', (name) => expect(checkArtifactName(name)).toBeNull());

  // Assigned in Unicode 16 only: an engine with older tables must not tell it from other letters.
  test.each(['a\u{105c0}', 'a\u{11380}', 'a\u1c89', 'a\u{1ccd6}'])(
    'may have a letter that is newer than an engine: %j',
    (name) => expect(checkArtifactName(name)).toBeNull(),
  );

  test.each([
    ['', 'bytes'],
    ['x'.repeat(256), 'bytes'],
    ['é'.repeat(128), 'bytes'],
    ['\ud800', 'Unicode'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['a\u007f', 'control'],
    ['a\u202eb', 'control'],
    ['a\u200bb', 'control'],
    ['a\u2028b', 'control'],
    ['\ufeffa', 'control'],
    ['a\u00adb', 'control'],
    ['a\ue000', 'control'],
    ['a\u{e0041}', 'control'],
    ['a\u{10fffd}', 'control'],
    ['a\\b', 'has one of'],
    ['C:x', 'has one of'],
    ['<b>', 'has one of'],
    [' a', 'spaces'],
    ['a\u00a0b', 'spaces'],
    ['a\u3000b', 'spaces'],
    ['/a', 'part'],
    ['a//b', 'part'],
    ['../a', 'part'],
    ['a/./b', 'part'],
    ['a/', 'part'],
    ['a./b', 'part'],
    ['a /b', 'part'],
  ])('may not be %j', (name, reason) => expect(checkArtifactName(name)).toContain(reason));
});

describe('a media type', () => {
  test.each(['text/plain', 'application/vnd.vegalite.v5+json', 'image/svg+xml'])('may be %s', (text) =>
    expect(isMediaType(text)).toBe(true),
  );
  test.each([
    '',
    'text',
    'text/',
    '/plain',
    'Text/plain',
    'text/plain; charset=utf-8',
    'text/plain\n',
    'a/b/c',
    'té/x',
    `a/${'b'.repeat(64)}`,
  ])('may not be %j', (text) => expect(isMediaType(text)).toBe(false));
});
