import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../server/src/cli/exit-codes.ts';
import { parsePublicKey } from '../../../../server/src/cli/public-key.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const jwk = publicKey.export({ format: 'jwk' });
const id = createHash('sha256')
  .update(publicKey.export({ type: 'spki', format: 'der' }))
  .digest('hex');

describe('parsePublicKey', () => {
  it.each([
    ['PEM', pem],
    ['JWK', JSON.stringify({ ...jwk, kid: 'any', alg: 'EdDSA', use: 'sig' })],
    ['a set of one JWK', ` ${JSON.stringify({ keys: [jwk] })}\n`],
    [
      "a server's description of its key",
      JSON.stringify({ key_id: id, algorithm: 'ed25519', public_key_pem: pem, jwk }),
    ],
  ])('reads %s', (_form, text) => {
    expect(parsePublicKey(text, 'key').id).toBe(id);
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['JSON that is cut short', '{"kty":'],
    ['null', '{"jwk":null}'],
    ['a set of two', JSON.stringify({ keys: [jwk, jwk] })],
    ['an empty set', '{"keys":[]}'],
    ['members of wrong kinds', '{"kty":"OKP","crv":"Ed25519","x":5}'],
    ['a symmetric key', '{"kty":"oct","k":"AAAA"}'],
    ['a point that is too short', '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}'],
  ])('refuses %s', (_what, text) => {
    expect(() => parsePublicKey(text, 'key')).toThrow(UsageError);
  });

  it('refuses keys of other kinds, by name', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
    expect(() => parsePublicKey(other.toString(), 'key')).toThrow('expected an Ed25519 key, got ec');
  });
});
