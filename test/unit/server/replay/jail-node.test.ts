import { describe, expect, it } from 'vitest';
import { permissionFlag } from '../../../../server/src/replay/jail-node.ts';

describe('permissionFlag', () => {
  // https://nodejs.org/api/cli.html#--permission
  it.each([
    ['20.19.0', '--experimental-permission'],
    ['22.12.0', '--experimental-permission'],
    ['22.13.0', '--permission'],
    ['23.4.0', '--experimental-permission'],
    ['23.5.0', '--permission'],
    ['24.0.0', '--permission'],
    ['26.1.0', '--permission'],
  ])('Node %s: %s', (version, flag) => {
    expect(permissionFlag(version)).toBe(flag);
  });
});
