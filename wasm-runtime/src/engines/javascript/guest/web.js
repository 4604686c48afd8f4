/* What programs expect of any JavaScript host and the language lacks: text encoding, base64, structuredClone. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { define, isObject, list, push, join, ownValue } = praxis;
  const { bytesOf, decode, encode } = praxis.channel;
  const { kindOf, unboxed } = praxis;
  const {
    apply, bufferSize, bufferSlice, charCodeAt, construct, dateValue, defineProperty, fromCharCode, getOwnPropertyDescriptor, mapForEach,
    mapGet, mapHas, mapSet, ownKeys, regexpFlags, regexpSource, setAdd, setForEach, slice, startsWith, toLowerCase, toText, typedArrays,
    typedLength, typedName, Array, DataView, Date, Error, Map, Object, RangeError, RegExp, Set, TypeError, Uint8Array,
  } = praxis.primordials; // prettier-ignore

  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const SIX_BITS = new Map();
  for (let index = 0; index < 64; index++) mapSet(SIX_BITS, charCodeAt(ALPHABET, index), index);
  const PADDING = 61;
  /** Characters that are put together at once. */
  const CHUNK = 4096;

  const isSpace = (code) => code === 32 || code === 10 || code === 13 || code === 9 || code === 12;

  /** Bytes of base64 text, spaces ignored; undefined when it is none. */
  praxis.fromBase64 = (text) => {
    const bytes = new Uint8Array(((text.length * 3) >> 2) + 3);
    let size = 0;
    let held = 0;
    let bits = 0;
    let padding = 0;
    for (let index = 0; index < text.length; index++) {
      const code = charCodeAt(text, index);
      if (isSpace(code)) continue;
      if (code === PADDING) {
        padding++;
        continue;
      }
      const six = mapGet(SIX_BITS, code);
      if (six === undefined || padding > 0) return undefined;
      held = (held << 6) | six;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[size++] = (held >> bits) & 255;
        held &= (1 << bits) - 1;
      }
    }
    if (bits === 6 || padding > 2 || (padding > 0 && bits + 2 * padding !== 6 && bits !== 2 * padding))
      return undefined;
    return new Uint8Array(bufferSlice(bytesOf(bytes).buffer, 0, size));
  };

  define('atob', function atob(data) {
    const bytes = praxis.fromBase64(toText(data));
    if (bytes === undefined) throw named('InvalidCharacterError', 'atob: the text is not base64');
    const pieces = list();
    for (let start = 0; start < typedLength(bytes); start += CHUNK) {
      const codes = [];
      for (let index = start; index < start + CHUNK && index < typedLength(bytes); index++)
        put(codes, codes.length, bytes[index]);
      push(pieces, apply(fromCharCode, undefined, codes));
    }
    return join(pieces, '');
  });

  define('btoa', function btoa(data) {
    const text = toText(data);
    let result = '';
    for (let index = 0; index < text.length; index += 3) {
      const left = text.length - index;
      const a = charCodeAt(text, index);
      const b = left > 1 ? charCodeAt(text, index + 1) : 0;
      const c = left > 2 ? charCodeAt(text, index + 2) : 0;
      if (a > 255 || b > 255 || c > 255)
        throw named('InvalidCharacterError', 'btoa: the text has characters beyond U+00FF');
      const word = (a << 16) | (b << 8) | c;
      result +=
        sixBits(word >> 18) +
        sixBits(word >> 12) +
        (left > 1 ? sixBits(word >> 6) : '=') +
        (left > 2 ? sixBits(word) : '=');
    }
    return result;
  });
  const sixBits = (word) => slice(ALPHABET, word & 63, (word & 63) + 1);

  /** Sets an own property, whatever stands on the prototype. */
  const put = (object, key, value) => {
    defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  };

  function named(name, message) {
    const error = new Error(message);
    put(error, 'name', name);
    return error;
  }

  define(
    'TextEncoder',
    class TextEncoder {
      get encoding() {
        return 'utf-8';
      }
      encode(text = '') {
        return new Uint8Array(encode(toText(text)));
      }
      encodeInto(text, target) {
        const bytes = new Uint8Array(encode(toText(text)));
        if (typedName(target) !== 'Uint8Array') throw new TypeError('encodeInto needs a Uint8Array');
        let read = 0;
        let written = 0;
        const source = toText(text);
        while (read < source.length) {
          const lead = bytes[written];
          const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
          if (written + size > typedLength(target)) break;
          for (let count = 0; count < size; count++, written++) target[written] = bytes[written];
          read += size === 4 ? 2 : 1;
        }
        return { read, written };
      }
    },
  );

  define(
    'TextDecoder',
    class TextDecoder {
      #fatal;
      #keepMark;
      constructor(label = 'utf-8', options = {}) {
        const name = toLowerCase(toText(label));
        if (name !== 'utf-8' && name !== 'utf8')
          throw new RangeError(`TextDecoder knows utf-8, not ${slice(name, 0, 80)}`);
        this.#fatal = !!options.fatal;
        this.#keepMark = !!options.ignoreBOM;
      }
      get encoding() {
        return 'utf-8';
      }
      get fatal() {
        return this.#fatal;
      }
      get ignoreBOM() {
        return this.#keepMark;
      }
      decode(data) {
        if (data === undefined) return '';
        const bytes = bytesOf(data);
        if (bytes === undefined) throw new TypeError('TextDecoder needs an ArrayBuffer or a view of one');
        const text = decode(bytes, this.#fatal);
        if (text === undefined) throw new TypeError('the bytes are not valid utf-8');
        return !this.#keepMark && startsWith(text, '\ufeff') ? slice(text, 1) : text;
      }
    },
  );

  /** Constructors by the name that a typed array answers to. */
  const TYPED = new Map();
  for (let index = 0; index < typedArrays.length; index++) mapSet(TYPED, typedArrays[index].name, typedArrays[index]);

  const MAX_CLONE_DEPTH = 200;

  function clone(value, known, depth) {
    if (typeof value === 'symbol' || typeof value === 'function') throw refuse(value);
    if (!isObject(value)) return value;
    if (mapHas(known, value)) return mapGet(known, value);
    if (depth > MAX_CLONE_DEPTH) throw named('DataCloneError', 'structuredClone: the value is nested too deeply');
    const copy = container(value, known);
    mapSet(known, value, copy.made);
    if (copy.kind === 'map') {
      const made = copy.made;
      mapForEach(value, (item, key) => mapSet(made, clone(key, known, depth + 1), clone(item, known, depth + 1)));
    } else if (copy.kind === 'set') {
      const made = copy.made;
      setForEach(value, (item) => setAdd(made, clone(item, known, depth + 1)));
    } else if (copy.kind === 'plain') {
      const keys = ownKeys(value);
      for (let index = 0; index < keys.length; index++) {
        const slot = getOwnPropertyDescriptor(value, keys[index]);
        if (typeof keys[index] === 'string' && slot !== undefined && slot.enumerable) {
          put(copy.made, keys[index], clone(value[keys[index]], known, depth + 1));
        }
      }
    }
    return copy.made;
  }

  const refuse = (value) =>
    named(
      'DataCloneError',
      `structuredClone: ${typeof value === 'symbol' ? 'a symbol' : 'a function'} cannot be cloned`,
    );

  /** An empty value of the same kind, or a whole one where nothing inside can refer to others. */
  function container(value, known) {
    const kind = kindOf(value);
    switch (kind) {
      case 'array':
        return { made: construct(Array, [value.length]), kind: 'plain' };
      case 'map':
        return { made: new Map(), kind };
      case 'set':
        return { made: new Set(), kind };
      case 'date':
        return { made: new Date(dateValue(value)), kind: 'whole' };
      case 'regexp':
        return { made: new RegExp(regexpSource(value), regexpFlags(value)), kind: 'whole' };
      case 'buffer':
        return { made: bufferSlice(value, 0, bufferSize(value)), kind: 'whole' };
      case 'boxed':
        return { made: Object(unboxed(value)), kind: 'whole' };
      case 'error': {
        const made = new Error(toText(value.message));
        put(made, 'name', toText(value.name));
        put(made, 'stack', toText(ownValue(value, 'stack') ?? ''));
        return { made, kind: 'whole' };
      }
      case 'typed':
      case 'view': {
        const bytes = bytesOf(value);
        if (bytes === undefined) throw named('DataCloneError', 'structuredClone: a shared buffer cannot be cloned');
        const copy = clone(bytes.buffer, known, 0);
        if (kind === 'view') return { made: new DataView(copy, bytes.offset, bytes.size), kind: 'whole' };
        return {
          made: construct(mapGet(TYPED, typedName(value)), [copy, bytes.offset, typedLength(value)]),
          kind: 'whole',
        };
      }
      case 'object':
        return { made: {}, kind: 'plain' };
      default:
        throw named('DataCloneError', `structuredClone: a ${kind} cannot be cloned`);
    }
  }

  define('structuredClone', function structuredClone(value) {
    return clone(value, new Map(), 0);
  });
  praxis.put = put;
});
