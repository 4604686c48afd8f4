/** What `praxis serve` is told. */
import { describe, expect, it } from 'vitest';
import { readServeOptions } from '../../../server/src/cli/serve-options.ts';

describe('options', () => {
  it('have safe defaults', () => {
    expect(readServeOptions([], {})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      data: './data',
      origin: null,
      trustedProxies: 0,
      environments: null,
      logLevel: 'info',
      unjailedReplay: false,
    });
  });

  it('come from arguments before the environment', () => {
    const environment = { PRAXIS_PORT: '1', PRAXIS_DATA: '/srv/a', PRAXIS_HOST: '::1' };
    expect(readServeOptions(['--port', '2'], environment)).toMatchObject({ port: 2, data: '/srv/a', host: '::1' });
  });

  it('that let others in need an address with https', () => {
    expect(() => readServeOptions(['--host', '0.0.0.0'], {})).toThrow('--origin');
    expect(() => readServeOptions(['--host', '0.0.0.0', '--origin', 'http://praxis.example'], {})).toThrow('https');
    expect(() => readServeOptions(['--host', '0.0.0.0', '--origin', 'http://localhost:8080'], {})).toThrow('--origin');
    expect(readServeOptions(['--host', '0.0.0.0', '--origin', 'https://praxis.example'], {})).toMatchObject({
      origin: 'https://praxis.example',
    });
  });

  it.each([
    [['--port', '70000'], '--port'],
    [['--port', '-1'], '--port'],
    [['--port', '8080x'], '--port'],
    [['--origin', 'praxis.example'], '--origin'],
    [['--origin', 'https://praxis.example/path'], '--origin'],
    [['--origin', 'javascript:alert(1)'], '--origin'],
    [['--log-level', 'loud'], '--log-level'],
    [['--jail', 'none'], '--jail'],
    [['extra'], 'extra'],
  ])('that make no sense are refused by name: %j', (args, name) => {
    expect(() => readServeOptions(args, {})).toThrow(name);
  });

  it('can be asked about', () => {
    expect(readServeOptions(['--help'], {})).toBe('help');
  });
});
