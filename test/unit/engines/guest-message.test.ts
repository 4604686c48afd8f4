import { describe, expect, it } from 'vitest';
import { cutMessage, parseGuestMessage, type GuestMessage } from '../../../wasm-runtime/src/engines/guest-message.ts';
import { canonicalJson } from '../../../wasm-runtime/src/run/digest.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): GuestMessage => parseGuestMessage(cutMessage([encode(text)]));
const message = (header: string, payload = ''): string => `${header}\n${payload}`;

describe("a guest's message", () => {
  it('has only values with canonical JSON, and no way to a prototype', () => {
    const parsed = parse(
      message(
        '{"kind":"display","data":{"text/plain":"\\ud800"},"binary":[],"metadata":{"a":1e999,"__proto__":{"x":1}}}',
      ),
    );
    if (parsed.kind !== 'display') throw new Error('expected a display');
    expect(parsed.data.get('text/plain')).toBe('\ufffd');
    expect(canonicalJson(parsed.metadata)).toBe('{"a":null}');
    expect(Object.getPrototypeOf(parsed.metadata)).toBe(Object.prototype);
  });

  it('has no half characters and no minus zero, in keys and in values at any level', () => {
    const parsed = parse(
      message('{"kind":"display","data":{"a/b":"x"},"binary":[],"metadata":{"\\ud800":[{"\\udc00k":"\\ud800v"},-0]}}'),
    );
    if (parsed.kind !== 'display') throw new Error('expected a display');
    expect(canonicalJson(parsed.metadata)).toBe('{"\ufffd":[{"\ufffdk":"\ufffdv"},0]}');
    expect(Object.is(Object.values(parsed.metadata).flat()[1], 0)).toBe(true);
  });

  it.each([
    [100, true],
    [101, false],
    [2_000_000, false],
  ])('may have %i levels: %s, whatever the host could take', (levels, allowed) => {
    // A bracket in a text is none, also behind an escaped quote.
    const text = '"[[[ \\\\\\" {{{"';
    const nested = `${'['.repeat(levels - 1)}${text}${']'.repeat(levels - 1)}`;
    const parseNested = () => parse(message(`{"kind":"sleep","nanoseconds":1,"x":${nested}}`));
    if (allowed) expect(parseNested()).toEqual({ kind: 'sleep', nanoseconds: 1n });
    else expect(parseNested).toThrow(expect.objectContaining({ code: 'PROTOCOL' }) as Error);
  });

  it('takes binary data from behind the header, in order', () => {
    const parsed = parse(
      message('{"kind":"result","data":{},"binary":[["image/png",3],["image/gif",2]],"metadata":{}}', 'abcde'),
    );
    if (parsed.kind !== 'result') throw new Error('expected a result');
    const text = (type: string) => new TextDecoder().decode(parsed.data.get(type) as Uint8Array);
    expect([text('image/png'), text('image/gif')]).toEqual(['abc', 'de']);
  });

  it('names a display, an update of it, and a clearing', () => {
    expect(parse(message('{"kind":"display","data":{},"binary":[],"id":"a"}'))).toMatchObject({ id: 'a' });
    expect(parse(message('{"kind":"update","data":{"a/b":"x"},"binary":[],"id":"a"}'))).toMatchObject({
      kind: 'update',
      id: 'a',
    });
    expect(parse(message('{"kind":"clear","wait":1}'))).toEqual({ kind: 'clear', wait: false });
  });

  it('is the same in whatever parts it is written, and what lies in one of them is not copied', () => {
    const whole = encode('{"kind":"artifact","name":"a","media_type":"text/plain"}\nab\ncd');
    for (let first = 0; first <= whole.length; first++) {
      for (const second of [first, first + 1, whole.length]) {
        const parts = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
        const parsed = parseGuestMessage(cutMessage(parts));
        expect(parsed).toMatchObject({ kind: 'artifact', bytes: encode('ab\ncd') });
      }
    }
    const payload = encode('abcd');
    const { header, payload: kept } = cutMessage([encode('{}'), encode('\n'), payload]);
    expect(header).toEqual(encode('{}'));
    expect(kept).toBe(payload);
  });

  it.each([
    ['an update without an id', '{"kind":"update","data":{"a/b":"x"},"binary":[]}\n'],
    ['an id that is no text', '{"kind":"display","data":{"a/b":"x"},"binary":[],"id":["a"]}\n'],
    ['an empty id', '{"kind":"update","data":{"a/b":"x"},"binary":[],"id":""}\n'],
    ['a huge id', `{"kind":"update","data":{"a/b":"x"},"binary":[],"id":"${'x'.repeat(257)}"}\n`],
    ['no header', 'zzz'],
    ['a header that is not JSON', '{"kind":\n'],
    ['a header that is no object', '[]\n'],
    ['an unknown kind', '{"kind":"shell"}\n'],
    ['data that is not text', '{"kind":"display","data":{"text/plain":1},"binary":[]}\n'],
    ['binary data that is cut short', '{"kind":"display","data":{},"binary":[["image/png",9]]}\nabc'],
    ['a negative size', '{"kind":"display","data":{},"binary":[["image/png",-1]]}\nabc'],
    ['a sleep that is no count', '{"kind":"sleep","nanoseconds":-1}\n'],
    ['an artifact without a name', '{"kind":"artifact","media_type":"text/plain"}\n'],
  ])('with %s is a breach of the protocol', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ kind: 'violation', code: 'PROTOCOL' }) as Error);
  });
});
