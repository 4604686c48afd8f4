/* Values as text, much as Node's util.inspect writes them: bounded in depth, entries and length, and safe for any value. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { isObject, list, push, ownValue, layout } = praxis;
  const { primitive, key, className, functionText, headline, titled, frames } = praxis.text;
  const {
    bufferSize, dateText, dateValue, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, isArray, isError, isView, mapForEach,
    mapGet, mapHas, mapSet, mapSize, max, min, numberText, ownKeys, padStart, regexpText, setForEach, setSize, slice,
    typedLength, typedName, viewOffset, viewSize, typedSlice, weakMapHas, weakSetHas, bigintValue, booleanValue, numberValue, stringValue, symbolValue,
    Map, Object, Symbol, TypeError, Uint8Array,
  } = praxis.primordials; // prettier-ignore

  const ObjectPrototype = Object.prototype;
  const { toStringTag } = Symbol;
  /** Entries of one array, map or set, and properties of one object, that are shown. */
  const MAX_ENTRIES = 100;
  const MAX_PROPERTIES = 250;
  /** Values in one picture, and its length in UTF-16 code units, beyond which only "..." is shown. */
  const MAX_VALUES = 20_000;
  const MAX_LENGTH = 100_000;

  /** Kinds of objects by the prototype that they usually have; each is checked by what only the real kind can answer. */
  const KINDS = new Map();
  const kinds = (prototypes, kind) => {
    for (let index = 0; index < prototypes.length; index++) mapSet(KINDS, prototypes[index], kind);
  };
  const {
    Date,
    Map: MapClass,
    Set,
    RegExp,
    Promise,
    ArrayBuffer,
    WeakMap,
    WeakSet,
    Number,
    String,
    Boolean,
    BigInt,
  } = praxis.primordials;
  kinds([MapClass.prototype], 'map');
  kinds([Set.prototype], 'set');
  kinds([Date.prototype], 'date');
  kinds([RegExp.prototype], 'regexp');
  kinds([Promise.prototype], 'promise');
  kinds([ArrayBuffer.prototype], 'buffer');
  kinds([WeakMap.prototype], 'weakmap');
  kinds([WeakSet.prototype], 'weakset');
  kinds([Number.prototype, String.prototype, Boolean.prototype, BigInt.prototype, Symbol.prototype], 'boxed');

  function kindOf(object) {
    if (isArray(object)) return 'array';
    if (isError(object)) return 'error';
    if (isView(object)) return typedName(object) === undefined ? 'view' : 'typed';
    let at = getPrototypeOf(object);
    for (let steps = 0; at !== null && at !== ObjectPrototype && steps < 50; steps++) {
      const kind = mapGet(KINDS, at);
      if (kind !== undefined) return isOfKind(object, kind) ? kind : 'object';
      at = getPrototypeOf(at);
    }
    return 'object';
  }

  function isOfKind(object, kind) {
    try {
      if (kind === 'map') mapSize(object);
      else if (kind === 'set') setSize(object);
      else if (kind === 'date') dateValue(object);
      else if (kind === 'buffer') bufferSize(object);
      else if (kind === 'weakmap') weakMapHas(object, object);
      else if (kind === 'weakset') weakSetHas(object, object);
      else if (kind === 'boxed') unboxed(object);
      return true;
    } catch {
      return false;
    }
  }

  function unboxed(object) {
    for (let index = 0; index < UNBOX.length; index++) {
      try {
        return UNBOX[index](object);
      } catch {
        // Another kind of box.
      }
    }
    throw new TypeError();
  }
  const UNBOX = [numberValue, stringValue, booleanValue, bigintValue, symbolValue];

  /**
   * @param value anything
   * @param depth how many objects deep
   */
  function inspect(value, depth = 2) {
    if (!isObject(value)) return primitive(value);
    const state = { __proto__: null, depth, open: list(), circular: new Map(), values: 0, length: 0, height: 0 };
    return format(state, value, 0, 0);
  }

  /** Text of a value that is `level` objects deep, in a line that is indented by `indent`. Sets `state.height`. */
  function format(state, value, level, indent) {
    state.height = 0;
    if (++state.values > MAX_VALUES || state.length > MAX_LENGTH) return '...';
    if (!isObject(value)) {
      const text = primitive(value);
      state.length += text.length;
      return text;
    }
    for (let index = 0; index < state.open.length; index++) {
      if (state.open[index] !== value) continue;
      if (!mapHas(state.circular, value)) mapSet(state.circular, value, mapSize(state.circular) + 1);
      return `[Circular *${mapGet(state.circular, value)}]`;
    }
    try {
      return object(state, value, level, indent);
    } catch {
      // A proxy's trap, or a value so deep that the stack ended.
      return '[object that cannot be shown]';
    }
  }

  function object(state, value, level, indent) {
    const isFunction = typeof value === 'function';
    const kind = isFunction ? 'function' : kindOf(value);
    const name = isFunction ? null : className(value);
    const label = name === null && !isFunction ? '[Object: null prototype]' : (name ?? '');
    if (
      level > state.depth &&
      kind !== 'function' &&
      kind !== 'date' &&
      kind !== 'regexp' &&
      kind !== 'error' &&
      kind !== 'boxed'
    ) {
      state.height = 0;
      return kind === 'array' ? '[Array]' : `[${name ?? 'Object: null prototype'}]`;
    }
    const entries = list();
    const open = state.open.length;
    push(state.open, value);
    let height = 0;
    const inner = (item, further = 2) => {
      const text = format(state, item, level + 1, indent + further);
      height = max(height, state.height + 1);
      return text;
    };
    const shape = SHAPES[kind](value, label, entries, inner);
    properties(value, shape.skip, entries, inner);
    state.open.length = open;
    state.height = height;

    const mark = mapHas(state.circular, value) ? `<ref *${mapGet(state.circular, value)}> ` : '';
    const text =
      entries.length === 0 && shape.bare ? mark + shape.prefix : mark + layout(entries, shape, height, indent);
    state.length += text.length;
    return text;
  }

  /** What each kind shows before, or instead of, its properties. `skip`: own keys that are shown already. */
  const SHAPES = {
    __proto__: null,
    object(value, label) {
      let tag = ownTag(value);
      if (tag === label) tag = '';
      const prefix = label === 'Object' && tag === '' ? '' : tag === '' ? label : `${label} [${tag}]`;
      return { prefix, open: '{', close: '}', bare: false, list: false, skip: undefined };
    },
    array(value, label, entries, inner) {
      const shown = arrayEntries(value, entries, inner);
      return {
        prefix: label === 'Array' ? '' : `${label}(${value.length})`,
        open: '[',
        close: ']',
        bare: false,
        list: true,
        skip: shown ? 'indices' : 'all',
      };
    },
    typed(value, label, entries) {
      const size = typedLength(value);
      const part = typedSlice(value, 0, min(size, MAX_ENTRIES));
      for (let index = 0; index < typedLength(part); index++) push(entries, primitive(part[index]));
      if (size > MAX_ENTRIES) push(entries, more(size - MAX_ENTRIES, 'item'));
      return { prefix: `${label}(${size})`, open: '[', close: ']', bare: false, list: true, skip: 'all' };
    },
    buffer(value, label, entries) {
      const size = bufferSize(value);
      const bytes = new Uint8Array(value, 0, min(size, MAX_ENTRIES));
      let text = '';
      for (let index = 0; index < typedLength(bytes); index++)
        text += (index === 0 ? '' : ' ') + padStart(numberText(bytes[index], 16), 2, '0');
      push(
        entries,
        `[Uint8Contents]: <${text}${size > MAX_ENTRIES ? ` ... ${more(size - MAX_ENTRIES, 'byte')}` : ''}>`,
      );
      push(entries, `byteLength: ${size}`);
      return braces(label);
    },
    view(value, label, entries) {
      push(entries, `byteLength: ${viewSize(value)}`);
      push(entries, `byteOffset: ${viewOffset(value)}`);
      return braces(label);
    },
    map(value, label, entries, inner) {
      let count = 0;
      mapForEach(value, (item, name) => {
        if (count++ < MAX_ENTRIES) push(entries, `${inner(name)} => ${inner(item)}`);
      });
      if (count > MAX_ENTRIES) push(entries, more(count - MAX_ENTRIES, 'item'));
      return braces(`${label}(${count})`);
    },
    set(value, label, entries, inner) {
      let count = 0;
      setForEach(value, (item) => {
        if (count++ < MAX_ENTRIES) push(entries, inner(item));
      });
      if (count > MAX_ENTRIES) push(entries, more(count - MAX_ENTRIES, 'item'));
      return braces(`${label}(${count})`);
    },
    weakmap: (value, label, entries) => hidden(label, entries),
    weakset: (value, label, entries) => hidden(label, entries),
    promise: (value, label) => braces(label),
    date: (value) => bare(dateValue(value) === dateValue(value) ? dateText(value) : 'Invalid Date'),
    regexp: (value) => bare(regexpText(value)),
    boxed(value) {
      const inside = unboxed(value);
      const type = typeof inside;
      return bare(`[${BOXES[type]}: ${primitive(inside)}]`, type === 'string' ? 'all' : undefined);
    },
    function: (value) => bare(functionText(value)),
    error(value, label, entries, inner) {
      const head = headline(value);
      const trace = frames(value);
      const text = titled(head);
      if (hasOwn(value, 'cause')) push(entries, `[cause]: ${inner(ownValue(value, 'cause'))}`);
      if (hasOwn(value, 'errors')) push(entries, `[errors]: ${inner(ownValue(value, 'errors'))}`);
      return bare(trace === '' ? `[${text}]` : `${text}\n${trace}`, 'error');
    },
  };
  const BOXES = {
    __proto__: null,
    number: 'Number',
    string: 'String',
    boolean: 'Boolean',
    bigint: 'BigInt',
    symbol: 'Symbol',
  };

  const braces = (prefix) => ({ prefix, open: '{', close: '}', bare: false, list: false, skip: undefined });
  const bare = (prefix, skip) => ({ prefix, open: '{', close: '}', bare: true, list: false, skip });
  const hidden = (label, entries) => {
    push(entries, '<items unknown>');
    return braces(label);
  };
  const more = (count, what) => `... ${count} more ${what}${count === 1 ? '' : 's'}`;

  function ownTag(value) {
    let at = value;
    for (let steps = 0; at !== null && steps < 50; steps++) {
      const slot = getOwnPropertyDescriptor(at, toStringTag);
      if (slot !== undefined)
        return !(at === value && slot.enumerable) && hasOwn(slot, 'value') && typeof slot.value === 'string'
          ? slice(slot.value, 0, 200)
          : '';
      at = getPrototypeOf(at);
    }
    return '';
  }

  /** Adds the items of an array and its holes. False when it is so large that its other properties are not looked for. */
  function arrayEntries(value, entries, inner) {
    const { length } = value;
    let shown = 0;
    let index = 0;
    let indices;
    let position = 0;
    while (index < length && shown < MAX_ENTRIES) {
      const slot = getOwnPropertyDescriptor(value, numberText(index));
      if (slot !== undefined) {
        push(entries, slotText(slot, inner));
        index++;
      } else {
        // From the first hole on, go by the keys: an array may have few items and any length.
        indices ??= ownKeys(value);
        let next = length;
        for (; position < indices.length; position++) {
          const candidate = typeof indices[position] === 'string' ? +indices[position] : length;
          if (candidate > index || candidate !== candidate) {
            next = candidate < length ? candidate : length;
            break;
          }
        }
        push(entries, `<${next - index} empty item${next - index === 1 ? '' : 's'}>`);
        index = next;
      }
      shown++;
    }
    if (index < length) push(entries, more(length - index, 'item'));
    return length <= 1000;
  }

  function slotText(slot, inner) {
    if (hasOwn(slot, 'value')) return inner(slot.value);
    if (slot.get === undefined) return slot.set === undefined ? 'undefined' : '[Setter]';
    return slot.set === undefined ? '[Getter]' : '[Getter/Setter]';
  }

  function properties(value, skip, entries, inner) {
    if (skip === 'all') return;
    const keys = ownKeys(value);
    let shown = 0;
    for (let index = 0; index < keys.length; index++) {
      const name = keys[index];
      if (skip === 'indices' && typeof name === 'string' && isIndex(name)) continue;
      if (skip === 'error' && (name === 'cause' || name === 'errors' || name === 'stack')) continue;
      const slot = getOwnPropertyDescriptor(value, name);
      if (slot === undefined || !slot.enumerable) continue;
      if (shown++ >= MAX_PROPERTIES) continue;
      push(entries, `${key(name)}: ${slotText(slot, inner)}`);
    }
    if (shown > MAX_PROPERTIES) push(entries, `... ${shown - MAX_PROPERTIES} more properties`);
  }

  const isIndex = (name) => {
    const number = +name;
    return number >= 0 && number < 4_294_967_295 && numberText(number) === name;
  };

  praxis.inspect = inspect;
  praxis.kindOf = kindOf;
  praxis.unboxed = unboxed;
});
