/* Imports: the declarations of a step and the names that they bind, and what an import that finds nothing throws. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { define, list, push, join } = praxis;
  const {
    defineProperty, hasOwn, jsonParse, mapGet, mapSet, ownKeys, weakSetAdd, weakSetHas, Map, SyntaxError, TypeError, WeakSet,
  } = praxis.primordials; // prettier-ignore
  const globals = praxis.primordials.globalThis;

  /** Exports that an error names. */
  const MAX_LISTED = 20;
  /** Getters of imported names. */
  const getters = new Map();
  const missing = new WeakSet();
  /** The declaration that failed in this step, and what it failed with. */
  let failed;

  /** Throws what the host has against an import. */
  function refuseImport(json) {
    const problem = jsonParse(json);
    const error = new TypeError(problem.message);
    defineProperty(error, 'code', { __proto__: null, value: problem.code, writable: true, enumerable: true, configurable: true }); // prettier-ignore
    if (problem.missing) weakSetAdd(missing, error);
    throw error;
  }

  function checkAttributes({ specifier, attributes }) {
    for (let index = 0; index < attributes.length; index++) {
      if (attributes[index][0] !== 'type' || attributes[index][1] !== 'json')
        throw new SyntaxError("import: the only attribute that there is is type: 'json'");
      if (praxis.primordials.slice(specifier, -5) !== '.json')
        throw new TypeError(`import: '${specifier}' is not JSON`);
    }
  }

  function checkNames({ specifier, names }, namespace) {
    for (let index = 0; index < names.length; index++) {
      const { exported } = names[index];
      if (exported === null || hasOwn(namespace, exported)) continue;
      const there = list();
      const keys = ownKeys(namespace);
      for (let at = 0; at < keys.length && there.length < MAX_LISTED; at++)
        if (typeof keys[at] === 'string') push(there, keys[at]);
      const known = there.length === 0 ? 'it exports nothing' : `it exports ${join(there, ', ')}`;
      throw new SyntaxError(`import: '${specifier}' has no export '${exported}'; ${known}`);
    }
  }

  /**
   * An imported name is a getter on the global object, where later steps find it: it follows what the module assigns, and a
   * later declaration of the name takes its place without reaching into the module.
   */
  function bind({ exported, local }, namespace) {
    const get = exported === null ? () => namespace : () => namespace[exported];
    const set = () => {
      throw new TypeError(`'${local}' is read-only`);
    };
    defineProperty(globals, local, { __proto__: null, get, set, enumerable: false, configurable: true });
    mapSet(getters, local, get);
  }

  /** Imports what the declarations of a step ask for, and binds their names when all is there. */
  async function importAll(json) {
    const declarations = jsonParse(json);
    const namespaces = list();
    for (let index = 0; index < declarations.length; index++) {
      const declaration = declarations[index];
      try {
        checkAttributes(declaration);
        const namespace = await import(declaration.specifier);
        checkNames(declaration, namespace);
        push(namespaces, namespace);
      } catch (error) {
        failed = { __proto__: null, error, line: declaration.line, column: declaration.column };
        throw error;
      }
    }
    for (let index = 0; index < declarations.length; index++) {
      const { names } = declarations[index];
      for (let at = 0; at < names.length; at++) bind(names[at], namespaces[index]);
    }
  }

  praxis.imports = {
    __proto__: null,
    importAll,
    refuseImport,
    /** Whether it says that there is no such module. */
    isMissing: (error) => weakSetHas(missing, error),
    /** Line and column of the declaration of this step that failed with the error; undefined when none did. */
    placeOf: (error) => (failed !== undefined && failed.error === error ? failed : undefined),
    forget: () => {
      failed = undefined;
    },
    /** Whether a property of the global object is an imported name. */
    isImported: (name, slot) => slot.get !== undefined && mapGet(getters, name) === slot.get,
  };

  // For the modules that a boot evaluates next; the last of them takes it away.
  define('praxis', praxis);
});
