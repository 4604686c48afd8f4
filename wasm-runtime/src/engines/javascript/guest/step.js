/* The steps of a program: their parameters, how they end, and the names that they leave behind. Answers what the host calls. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const {
    define,
    isObject,
    list,
    push,
    join,
    inspect,
    showResult,
    runTimer,
    clearTimers,
    resetConsole,
    startClock,
    put,
    ownValue,
    imports,
  } = praxis;
  const { quote, message, stdout, line } = praxis.channel;
  const { headline, titled, frames, place, isErrorLike } = praxis.text;
  const {
    defineProperty, deleteProperty, freeze, getOwnPropertyDescriptor, hasOwn, jsonParse, mapClear, mapDelete, mapForEach, mapHas, mapSet, mapSize,
    numberText, ownKeys, slice, isArray, isFrozen, toText, Map,
  } = praxis.primordials; // prettier-ignore

  /** Longest text of an error, in UTF-16 code units; the host cuts further. */
  const MAX_TRACEBACK = 60_000;
  const MAX_CAUSES = 8;
  const globals = praxis.primordials.globalThis;
  let file = '';
  const unhandled = new Map();

  function frozen(value) {
    if (!isObject(value) || isFrozen(value)) return value;
    const keys = ownKeys(value);
    for (let index = 0; index < keys.length; index++) frozen(value[keys[index]]);
    return freeze(value);
  }

  /** Fixes the parameters of the next step: as a frozen object, and each as a variable. */
  function prepare(json) {
    const request = jsonParse(json);
    file = request.filename;
    resetConsole();
    // Parsed again: a parameter as a variable is the program's own to change, while the frozen one stays.
    const variables = jsonParse(json).parameters;
    const keys = ownKeys(variables);
    for (let index = 0; index < keys.length; index++) put(globals, keys[index], variables[keys[index]]);
    const parameters = frozen(request.parameters);
    define('parameters', parameters);
    imports.tellParameters(parameters);
    imports.forget();
  }

  /**
   * Names that earlier steps declared with let, const or class live beside the global object, where nothing can be declared
   * twice. Each gets a place on the global object, and the host exchanges the cells (see bindings.ts). True: there are some.
   */
  const moving = list();
  const unset = list();
  function lexicals(scope) {
    moving.length = 0;
    unset.length = 0;
    const names = ownKeys(scope);
    for (let index = 0; index < names.length; index++) {
      let writable = true;
      try {
        writable = getOwnPropertyDescriptor(scope, names[index]).writable;
      } catch {
        // Declared, but its initialiser threw.
        push(unset, names[index]);
      }
      const placed = defineProperty(globals, names[index], {
        __proto__: null,
        value: undefined,
        writable,
        enumerable: false,
        configurable: true,
      });
      if (placed) push(moving, names[index]);
    }
    return moving.length > 0;
  }

  function dropLexicals(scope) {
    for (let index = 0; index < moving.length; index++) deleteProperty(scope, moving[index]);
    for (let index = 0; index < unset.length; index++) deleteProperty(globals, unset[index]);
    moving.length = 0;
    unset.length = 0;
  }

  /** A text for people: headline, frames, and what caused it. */
  function described(error, head, own) {
    const parts = list();
    push(parts, titled(head));
    if (own !== '') push(parts, own);
    const seen = new Map();
    let cause = error;
    while (isObject(cause) && hasOwn(cause, 'cause') && mapSize(seen) < MAX_CAUSES) {
      mapSet(seen, cause, true);
      cause = ownValue(cause, 'cause');
      if (mapHas(seen, cause)) break;
      push(parts, isErrorLike(cause) ? `[cause]: ${titled(headline(cause))}` : `[cause]: ${inspect(cause)}`);
      const more = isErrorLike(cause) ? frames(cause) : '';
      if (more !== '') push(parts, more);
    }
    const several = isObject(error) ? ownValue(error, 'errors') : undefined;
    if (isArray(several)) push(parts, `[errors]: ${inspect(several)}`);
    return slice(join(parts, '\n'), 0, MAX_TRACEBACK);
  }

  /** Tells the host of the error that ends the step. */
  function fail(error, syntax) {
    clearTimers();
    mapClear(unhandled);
    let head, traceback, at, memory;
    let missing = '';
    if (isErrorLike(error)) {
      head = headline(error);
      let own = frames(error);
      const declaration = imports.placeOf(error);
      if (declaration !== undefined)
        own += `${own === '' ? '' : '\n'}    at ${file}:${numberText(declaration.line)}:${numberText(declaration.column)}`;
      traceback = described(error, head, own);
      at = place(own, file) ?? placeOfSyntaxError(error);
      memory = head.name === 'InternalError' && head.message === 'out of memory';
      if (imports.isMissing(error)) missing = `,"missing":${quote(head.message)}`;
    } else {
      const text = slice(inspect(error), 0, MAX_TRACEBACK);
      head = { __proto__: null, name: 'Uncaught', message: text };
      traceback = `Uncaught ${text}`;
      // When there is no room for an error, the engine throws null.
      memory = error === null;
    }
    message(
      `{"kind":"error","name":${quote(head.name)},"message":${quote(head.message)},"traceback":${quote(`${traceback}\n`)},` +
        `"line":${at?.line ?? null},"column":${at?.column ?? null},"syntax":${syntax === true},"memory":${memory},"os_error":false${missing}}`,
    );
  }

  function placeOfSyntaxError(error) {
    if (ownValue(error, 'fileName') !== file) return undefined;
    const row = ownValue(error, 'lineNumber');
    const column = ownValue(error, 'columnNumber');
    return typeof row === 'number' && row >= 1
      ? { __proto__: null, line: row, column: typeof column === 'number' && column >= 1 ? column : 1 }
      : undefined;
  }

  /** Where the engine refused the text of a step, as `line:column`; undefined when it says nothing of it. */
  const syntaxPlace = (error) => {
    const at = isErrorLike(error) ? placeOfSyntaxError(error) : undefined;
    return at === undefined ? undefined : `${numberText(at.line)}:${numberText(at.column)}`;
  };

  /** The completion value, from the object that the engine wraps it in. */
  const completion = (wrapped) => (isObject(wrapped) ? ownValue(wrapped, 'value') : wrapped);

  /** A promise was rejected without a handler; or it has one now. */
  function rejection(promise, reason, handled) {
    if (handled) mapDelete(unhandled, promise);
    else mapSet(unhandled, promise, reason);
  }

  /** Fails the step with the first rejection that nobody handled. True: there was one. */
  function failUnhandled() {
    if (mapSize(unhandled) === 0) return false;
    let first;
    let found = false;
    mapForEach(unhandled, (reason) => {
      if (!found) first = reason;
      found = true;
    });
    fail(first, false);
    return true;
  }

  /** The main code waits for something, and there is nothing left to happen. */
  const failStuck = () => {
    const error = new praxis.primordials.Error('the step awaits a promise that nothing can settle any more');
    put(error, 'stack', '');
    fail(error, false);
  };

  define('input', function input(prompt = '') {
    const text = toText(prompt);
    if (text !== '') stdout(text);
    const answer = line(text);
    return answer === undefined ? null : answer;
  });

  const ended = () => {
    clearTimers();
    mapClear(unhandled);
  };

  return {
    __proto__: null,
    begin: startClock,
    prepare,
    lexicals,
    dropLexicals,
    completion,
    showResult,
    fail,
    rejection,
    failUnhandled,
    failStuck,
    runTimer,
    ended,
    ask: praxis.ask,
    syntaxPlace,
    importAll: imports.importAll,
    refuseImport: imports.refuseImport,
  };
});
