/* How single values are written: strings, numbers, symbols, keys, functions, and the headline and frames of errors. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { isObject, list, push, join, ownValue } = praxis;
  const {
    bigintText,
    charCodeAt,
    endsWith,
    functionSource,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    hasOwn,
    indexOf,
    isError,
  } = praxis.primordials;
  const { lastIndexOf, numberText, objectIs, padStart, regexpExec, slice, startsWith, symbolText, toText, Function } =
    praxis.primordials;

  const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
  const NEEDS_ESCAPE = /[\p{Cc}\p{Cs}\\']/u;
  /** Longest string shown inside something else, in UTF-16 code units. */
  const MAX_TEXT = 10_000;
  /** Longest name, message and list of frames that an error shows. */
  const MAX_NAME = 200,
    MAX_MESSAGE = 30_000,
    MAX_FRAMES = 30_000,
    MAX_STACK = 60_000;
  /** Frames of a recursion that are shown after the first. */
  const MAX_REPEATS = 3;
  const NAMED_ESCAPES = { __proto__: null, 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 92: '\\\\' };
  const FunctionPrototype = Function.prototype;

  /** A string as a literal: in the first of ' " ` that it does not contain. */
  function quoted(text) {
    let shown = text.length > MAX_TEXT ? slice(text, 0, MAX_TEXT) : text;
    const rest =
      text.length > MAX_TEXT
        ? `... ${text.length - MAX_TEXT} more character${text.length - MAX_TEXT === 1 ? '' : 's'}`
        : '';
    if (regexpExec(NEEDS_ESCAPE, shown) === null) return `'${shown}'${rest}`;
    let mark = "'";
    if (indexOf(shown, "'") >= 0) {
      if (indexOf(shown, '"') < 0) mark = '"';
      else if (indexOf(shown, '`') < 0 && indexOf(shown, '${') < 0) mark = '`';
    }
    let escaped = '';
    let start = 0;
    for (let index = 0; index < shown.length; index++) {
      const code = charCodeAt(shown, index);
      let escape;
      if (code === 39) escape = mark === "'" ? "\\'" : undefined;
      else if (code < 32 || code === 92) escape = NAMED_ESCAPES[code] ?? hexadecimal(code);
      else if (code >= 127 && code < 160) escape = hexadecimal(code);
      else if (code >= 0xd800 && code < 0xe000) {
        const next = code < 0xdc00 && index + 1 < shown.length ? charCodeAt(shown, index + 1) : 0;
        if (next >= 0xdc00 && next < 0xe000) index++;
        else escape = `\\u${numberText(code, 16)}`;
      }
      if (escape !== undefined) {
        escaped += slice(shown, start, index) + escape;
        start = index + 1;
      }
    }
    shown = escaped + slice(shown, start);
    return mark + shown + mark + rest;
  }

  const hexadecimal = (code) => `\\x${padStart(numberText(code, 16), 2, '0')}`;

  function primitive(value) {
    switch (typeof value) {
      case 'string':
        return quoted(value);
      case 'number':
        return objectIs(value, -0) ? '-0' : numberText(value);
      case 'bigint':
        return bigint(value);
      case 'symbol':
        return symbolText(value);
      default:
        return toText(value);
    }
  }

  /** Writing a number of so many digits takes time that grows with the square of their count. */
  const HUGE = 10n ** 3000n;
  const bigint = (value) => {
    if (value > -HUGE && value < HUGE) return `${bigintText(value)}n`;
    return value < 0n ? `-0x${bigintText(-value, 16)}n` : `0x${bigintText(value, 16)}n`;
  };

  const key = (name) => {
    if (typeof name === 'symbol') return `[${symbolText(name)}]`;
    return regexpExec(IDENTIFIER, name) === null ? quoted(name) : name;
  };

  /** Name of the nearest constructor on the prototype chain; null when there is none. Runs no getters. */
  function className(object) {
    let at = object;
    for (let steps = 0; at !== null && steps < 50; steps++) {
      const constructor = ownValue(at, 'constructor');
      if (typeof constructor === 'function') {
        const name = ownValue(constructor, 'name');
        if (typeof name === 'string' && name !== '') return slice(name, 0, MAX_NAME);
      }
      at = getPrototypeOf(at);
    }
    return null;
  }

  function functionText(value) {
    const name = ownValue(value, 'name');
    const label = typeof name === 'string' && name !== '' ? slice(name, 0, MAX_NAME) : '';
    if (startsWith(functionSource(value), 'class') && !hasOwnArguments(value)) {
      const parent = getPrototypeOf(value);
      const parentName =
        typeof parent === 'function' && parent !== FunctionPrototype ? ownValue(parent, 'name') : undefined;
      return `[class ${label === '' ? '(anonymous)' : label}${typeof parentName === 'string' && parentName !== '' ? ` extends ${slice(parentName, 0, MAX_NAME)}` : ''}]`;
    }
    const kind = className(value) ?? 'Function';
    return label === '' ? `[${kind} (anonymous)]` : `[${kind}: ${label}]`;
  }

  /** The prototype of a class cannot be replaced; that of a function can. */
  const hasOwnArguments = (value) => getOwnPropertyDescriptor(value, 'prototype')?.writable !== false;

  /** A property that should be text. Its getter may run, once; what it throws is ignored. */
  function textProperty(object, name) {
    try {
      const value = object[name];
      return typeof value === 'string' ? value : undefined;
    } catch {
      return undefined;
    }
  }

  /** What to call a thrown value, and what it says. Each property is looked at once. */
  function headline(error) {
    const name = textProperty(error, 'name') ?? 'Error';
    const message = textProperty(error, 'message') ?? '';
    return { __proto__: null, name: slice(name, 0, MAX_NAME), message: slice(message, 0, MAX_MESSAGE) };
  }

  const titled = (head) =>
    head.message === '' ? head.name : `${head.name === '' ? 'Error' : head.name}: ${head.message}`;

  /**
   * The frames of a stack, without those of the prelude and with the step's own code unnamed. The engine writes them as
   * an own property, each "    at name (file:line:column)". A getter in its place is not called.
   */
  function frames(error) {
    let stack;
    try {
      stack = ownValue(error, 'stack');
    } catch {
      return '';
    }
    if (typeof stack !== 'string') return '';
    if (stack.length > MAX_STACK) stack = slice(stack, 0, MAX_STACK);
    const kept = list();
    let size = 0;
    let start = 0;
    let former = '';
    let repeats = 0;
    while (start < stack.length && size < MAX_FRAMES) {
      let end = indexOf(stack, '\n', start);
      if (end < 0) end = stack.length;
      const line = slice(stack, start, end);
      start = end + 1;
      if (indexOf(line, praxis.SOURCE) >= 0) {
        // Native functions directly above ran for the prelude.
        while (kept.length > 0 && endsWith(kept[kept.length - 1], ' (native)')) kept.length--;
        continue;
      }
      if (line === '') continue;
      if (line === former && start < stack.length) {
        if (++repeats > MAX_REPEATS) continue;
      } else {
        if (repeats > MAX_REPEATS) push(kept, `    ... ${repeats - MAX_REPEATS} more of the same`);
        repeats = 0;
      }
      former = line;
      const shown =
        startsWith(line, '    at <eval> (') && endsWith(line, ')')
          ? `    at ${slice(line, 15, line.length - 1)}`
          : line;
      push(kept, shown);
      size += shown.length;
    }
    return join(kept, '\n');
  }

  /** Line and column of the first frame in a file; undefined when there is none. */
  function place(frameText, file) {
    let at = indexOf(frameText, `${file}:`);
    while (at >= 0) {
      const before = at === 0 ? ' ' : slice(frameText, at - 1, at);
      let end = indexOf(frameText, '\n', at);
      if (end < 0) end = frameText.length;
      let numbers = slice(frameText, at + file.length + 1, end);
      if (endsWith(numbers, ')')) numbers = slice(numbers, 0, numbers.length - 1);
      const colon = lastIndexOf(numbers, ':');
      const line = +slice(numbers, 0, colon);
      const column = +slice(numbers, colon + 1);
      if ((before === '(' || before === ' ') && colon > 0 && line >= 1 && column >= 1)
        return { __proto__: null, line, column };
      at = indexOf(frameText, `${file}:`, at + 1);
    }
    return undefined;
  }

  const isErrorLike = (value) =>
    isObject(value) &&
    (isError(value) || (hasOwn(value, 'stack') && typeof textProperty(value, 'message') === 'string'));

  /** Every file of the prelude is called so. */
  praxis.SOURCE = '(praxis:';
  praxis.text = {
    __proto__: null,
    quoted,
    primitive,
    key,
    className,
    functionText,
    headline,
    titled,
    frames,
    place,
    isErrorLike,
  };
});
