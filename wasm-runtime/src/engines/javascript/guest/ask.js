/* What could stand at the cursor, and what stands there, from the live names. No getter is called; the host undoes the rest. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { isObject, list, push, join, inspect } = praxis;
  const { quote } = praxis.channel;
  const { isImported } = praxis.imports;
  const {
    functionSource, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, indexOf, jsonParse, mapHas, mapSet, ownKeys, regexpExec, slice, startsWith,
    toText, Map, Object,
  } = praxis.primordials; // prettier-ignore

  const MAX_MATCHES = 200;
  const MAX_TEXT = 20_000;
  const MAX_DETAIL = 500;
  const MAX_NAME = 256;
  const MAX_PROTOTYPES = 50;
  const MEMBER = /([A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)\??\.([\w$]*)$/;
  const WORD = /([A-Za-z_$][\w$]*)$/;
  const PATH = /([A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)$/;
  const CALLED = /([A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)\s*\([^()]*$/;
  const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
  const REST = /^[\w$]*/;
  const HEAD = /^(?:async\s+)?(?:function\s*\*?\s*)?[\w$]*\s*(\([^)]*\)|[\w$]+(?=\s*=>))/;
  const globals = praxis.primordials.globalThis;
  const missing = {};

  /** The value of an own or inherited property, without calling its getter. */
  function member(value, name) {
    let holder = isObject(value) ? value : value === undefined || value === null ? null : getPrototypeOf(Object(value));
    if (typeof value === 'string' && name === 'length') return value.length;
    for (let depth = 0; holder !== null && depth < MAX_PROTOTYPES; depth++) {
      const slot = getOwnPropertyDescriptor(holder, name);
      if (slot !== undefined) return hasOwn(slot, 'value') ? slot.value : missing;
      holder = getPrototypeOf(holder);
    }
    return missing;
  }

  /** What a module exports now: its getter is the prelude's own. */
  function imported(slot) {
    try {
      return slot.get();
    } catch {
      // Not set yet.
      return missing;
    }
  }

  function variable(scope, name) {
    try {
      const slot = getOwnPropertyDescriptor(scope, name);
      if (slot !== undefined) return slot.value;
    } catch {
      // Declared, but never set.
      return missing;
    }
    const slot = getOwnPropertyDescriptor(globals, name);
    return slot !== undefined && isImported(name, slot) ? imported(slot) : member(globals, name);
  }

  function resolve(scope, path) {
    let value = missing;
    let rest = path;
    for (let first = true; rest !== ''; first = false) {
      const dot = indexOf(rest, '.');
      let name = dot < 0 ? rest : slice(rest, 0, dot);
      rest = dot < 0 ? '' : slice(rest, dot + 1);
      if (name !== '' && slice(name, -1) === '?') name = slice(name, 0, -1);
      value = first ? variable(scope, name) : member(value, name);
      if (value === missing) return missing;
    }
    return value;
  }

  function kindOf(value) {
    if (value === missing) return 'property';
    if (typeof value !== 'function') return 'variable';
    return startsWith(functionSource(value), 'class') ? 'class' : 'function';
  }

  function signature(value) {
    if (typeof value !== 'function') return undefined;
    const match = regexpExec(HEAD, functionSource(value));
    return match === null ? undefined : slice(match[1], 0, MAX_DETAIL);
  }

  /** Names of a value and of what it inherits, nearest first. */
  function members(value, prefix, found) {
    let holder = isObject(value) ? value : value === undefined || value === null ? null : getPrototypeOf(Object(value));
    for (let depth = 0; holder !== null && depth < MAX_PROTOTYPES; depth++) {
      if (holder === Object.prototype && depth > 0 && prefix === '') break;
      addNames(found, holder, prefix);
      holder = getPrototypeOf(holder);
    }
  }

  function addNames(found, holder, prefix) {
    const names = ownKeys(holder);
    for (let index = 0; index < names.length && found.matches.length < MAX_MATCHES; index++) {
      const name = names[index];
      if (typeof name !== 'string' || !startsWith(name, prefix) || name.length > MAX_NAME || mapHas(found.seen, name))
        continue;
      if (regexpExec(IDENTIFIER, name) === null) continue;
      mapSet(found.seen, name, true);
      let value = missing;
      try {
        const slot = getOwnPropertyDescriptor(holder, name);
        if (slot !== undefined && hasOwn(slot, 'value')) value = slot.value;
        else if (slot !== undefined && holder === globals && isImported(name, slot)) value = imported(slot);
      } catch {
        // Declared, but never set.
      }
      const detail = signature(value);
      push(
        found.matches,
        `{"text":${quote(name)},"kind":"${kindOf(value)}"${detail === undefined ? '' : `,"detail":${quote(detail)}`}}`,
      );
    }
  }

  function described(path, value) {
    const lines = list();
    const parameters = signature(value);
    if (parameters !== undefined) push(lines, `${path}${parameters}`);
    push(lines, `Type:  ${value === null ? 'null' : typeof value}`);
    push(lines, typeof value === 'function' ? functionSource(value) : `Value: ${inspect(value)}`);
    return slice(join(lines, '\n'), 0, MAX_TEXT);
  }

  /** Answers a question of the page as JSON text. `scope` has what was declared with let, const and class. */
  praxis.ask = (question, scope) => {
    const { about, before, after } = jsonParse(question);
    const found = { __proto__: null, matches: list(), seen: new Map() };
    let word = '';
    let text = '';
    if (about === 'inspect') {
      const start = regexpExec(PATH, before);
      const tail = regexpExec(REST, after);
      word = start === null ? '' : start[1];
      let path = word + (tail === null ? '' : tail[0]);
      let value = path === '' || regexpExec(PATH, path) === null ? missing : resolve(scope, path);
      if (value === missing) {
        const called = regexpExec(CALLED, before);
        path = called === null ? '' : called[1];
        word = '';
        value = path === '' ? missing : resolve(scope, path);
      }
      if (value !== missing) text = described(path, value);
    } else {
      const path = regexpExec(MEMBER, before);
      if (path !== null) {
        word = path[2];
        const value = resolve(scope, path[1]);
        if (value !== missing) members(value, word, found);
      } else {
        const name = regexpExec(WORD, before);
        word = name === null ? '' : name[1];
        if (word !== '') {
          addNames(found, scope, word);
          addNames(found, globals, word);
        }
      }
    }
    return `{"before":${toText(word.length)},"matches":[${join(found.matches, ',')}],"text":${quote(text)}}`;
  };
});
