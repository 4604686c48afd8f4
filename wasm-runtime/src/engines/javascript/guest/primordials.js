/*
 * What the prelude uses of the language, taken before any program can change it. The prelude is guest code: a program that
 * breaks through it spoils its own record only. It is written so that an ordinary program that patches the built-ins
 * still gets a right record: no methods found through prototypes, no iteration protocol, no arrays with setters above them.
 */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (send) {
  'use strict';
  const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } =
    Reflect;
  const { setPrototypeOf } = Object;

  const method = (owner, name) => {
    const found = owner[name];
    return (self, ...rest) => apply(found, self, rest);
  };
  const getter = (owner, name) => {
    const found = getOwnPropertyDescriptor(owner, name).get;
    return (self) => apply(found, self, []);
  };
  const TypedArray = getPrototypeOf(Uint8Array);

  const primordials = {
    __proto__: null,
    apply,
    construct,
    defineProperty,
    deleteProperty,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    ownKeys,
    globalThis,

    Array,
    ArrayBuffer,
    BigInt,
    Boolean,
    DataView,
    Date,
    Error,
    Function,
    Map,
    Number,
    Object,
    Promise,
    RangeError,
    RegExp,
    Set,
    String,
    Symbol,
    SyntaxError,
    TypeError,
    Uint8Array,
    WeakMap,
    WeakSet,
    typedArrays: [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      BigInt64Array,
      BigUint64Array,
      Float16Array,
      Float32Array,
      Float64Array,
    ],

    isArray: Array.isArray,
    isView: ArrayBuffer.isView,
    isError: Error.isError,
    freeze: Object.freeze,
    isFrozen: Object.isFrozen,
    objectIs: Object.is,
    jsonParse: JSON.parse,
    jsonStringify: JSON.stringify,
    symbolFor: Symbol.for,
    fromCharCode: String.fromCharCode,
    ceil: Math.ceil,
    max: Math.max,
    min: Math.min,
    round: Math.round,
    sqrt: Math.sqrt,
    trunc: Math.trunc,
    toText: String,
    toNumber: Number,

    hasOwn: method(Object.prototype, 'hasOwnProperty'),
    functionSource: method(Function.prototype, 'toString'),
    charCodeAt: method(String.prototype, 'charCodeAt'),
    endsWith: method(String.prototype, 'endsWith'),
    indexOf: method(String.prototype, 'indexOf'),
    lastIndexOf: method(String.prototype, 'lastIndexOf'),
    padEnd: method(String.prototype, 'padEnd'),
    padStart: method(String.prototype, 'padStart'),
    repeat: method(String.prototype, 'repeat'),
    slice: method(String.prototype, 'slice'),
    startsWith: method(String.prototype, 'startsWith'),
    toLowerCase: method(String.prototype, 'toLowerCase'),
    toWellFormed: method(String.prototype, 'toWellFormed'),
    numberText: method(Number.prototype, 'toString'),
    numberFixed: method(Number.prototype, 'toFixed'),
    bigintText: method(BigInt.prototype, 'toString'),
    symbolText: method(Symbol.prototype, 'toString'),
    dateValue: method(Date.prototype, 'getTime'),
    dateText: method(Date.prototype, 'toISOString'),
    regexpText: method(RegExp.prototype, 'toString'),
    regexpExec: method(RegExp.prototype, 'exec'),
    regexpSource: getter(RegExp.prototype, 'source'),
    regexpFlags: getter(RegExp.prototype, 'flags'),
    numberValue: method(Number.prototype, 'valueOf'),
    stringValue: method(String.prototype, 'valueOf'),
    booleanValue: method(Boolean.prototype, 'valueOf'),
    bigintValue: method(BigInt.prototype, 'valueOf'),
    symbolValue: method(Symbol.prototype, 'valueOf'),

    mapGet: method(Map.prototype, 'get'),
    mapSet: method(Map.prototype, 'set'),
    mapHas: method(Map.prototype, 'has'),
    mapDelete: method(Map.prototype, 'delete'),
    mapClear: method(Map.prototype, 'clear'),
    mapForEach: method(Map.prototype, 'forEach'),
    mapSize: getter(Map.prototype, 'size'),
    setAdd: method(Set.prototype, 'add'),
    setForEach: method(Set.prototype, 'forEach'),
    setSize: getter(Set.prototype, 'size'),
    weakMapHas: method(WeakMap.prototype, 'has'),
    weakSetAdd: method(WeakSet.prototype, 'add'),
    weakSetHas: method(WeakSet.prototype, 'has'),
    promiseThen: method(Promise.prototype, 'then'),

    bufferSize: getter(ArrayBuffer.prototype, 'byteLength'),
    bufferSlice: method(ArrayBuffer.prototype, 'slice'),
    typedName: getter(TypedArray.prototype, Symbol.toStringTag),
    typedBuffer: getter(TypedArray.prototype, 'buffer'),
    typedOffset: getter(TypedArray.prototype, 'byteOffset'),
    typedSize: getter(TypedArray.prototype, 'byteLength'),
    typedLength: getter(TypedArray.prototype, 'length'),
    typedSet: method(TypedArray.prototype, 'set'),
    typedSlice: method(TypedArray.prototype, 'slice'),
    viewBuffer: getter(DataView.prototype, 'buffer'),
    viewOffset: getter(DataView.prototype, 'byteOffset'),
    viewSize: getter(DataView.prototype, 'byteLength'),
  };

  /** A list that is safe to write to: no prototype, so no setter of the program's stands between. */
  const list = () => {
    const items = [];
    setPrototypeOf(items, null);
    return items;
  };
  const push = (items, item) => {
    items[items.length] = item;
  };
  const join = (items, separator) => {
    let text = '';
    for (let index = 0; index < items.length; index++) text += index === 0 ? items[index] : separator + items[index];
    return text;
  };
  /** Own property of an object that came from the program, without running its getters. */
  const ownValue = (object, key) => {
    const slot = getOwnPropertyDescriptor(object, key);
    return slot === undefined || !primordials.hasOwn(slot, 'value') ? undefined : slot.value;
  };
  /** Makes something a global as built-ins are: writable, not enumerable. */
  const define = (name, value) => {
    defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
  };
  const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

  return { __proto__: null, primordials, list, push, join, ownValue, define, isObject, send };
});
