/** Signed links, without a server around them. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAXIMUM_LIFETIME_MS, signLink, verifyLink } from '../../../server/src/artifacts/links.ts';

const key = { id: 'k1', secret: createHash('sha256').update('secret').digest() };
const target = { method: 'PUT', host: 'praxis.example', path: '/api/v1/uploads/1/content' } as const;
const fields = { digest: 'sha256:aa', size: '5', type: 'text/plain', workspace: 'w', subject: 'u' };
const NOW = 1_800_000_000_000;
const link = (expires = NOW + 60_000) => new URLSearchParams(signLink(key, target, fields, expires, 'nonce'));

describe('a link', () => {
  it('gives back what it was made for', () => {
    expect(verifyLink(key, target, link(), NOW)).toEqual(fields);
  });

  it.each([
    ['another method', { ...target, method: 'GET' as const }],
    ['another host', { ...target, host: 'evil.example' }],
    ['another path', { ...target, path: '/api/v1/uploads/2/content' }],
  ])('is not valid for %s', (_what, other) => {
    expect(() => verifyLink(key, other, link(), NOW)).toThrow('This link is not valid');
  });

  it('is not valid under another key, even of the same id', () => {
    const other = { id: 'k1', secret: createHash('sha256').update('other').digest() };
    expect(() => verifyLink(other, target, link(), NOW)).toThrow('This link is not valid');
  });

  it('works until the very millisecond, and not for longer than five minutes whoever signed it', () => {
    expect(() => verifyLink(key, target, link(NOW), NOW - 1)).not.toThrow();
    expect(() => verifyLink(key, target, link(NOW), NOW)).toThrow('This link is not valid');
    expect(() => verifyLink(key, target, link(NOW + MAXIMUM_LIFETIME_MS + 1), NOW)).toThrow('This link is not valid');
  });

  it('does not depend on the order of its parameters', () => {
    const reversed = new URLSearchParams([...link()].toReversed());
    expect(verifyLink(key, target, reversed, NOW)).toEqual(fields);
  });

  it('cannot be changed by moving a border between two parameters', () => {
    const query = link();
    query.set('workspace', 'wu');
    query.set('subject', '');
    expect(() => verifyLink(key, target, query, NOW)).toThrow('This link is not valid');
  });
});
