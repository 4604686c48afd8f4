/* The module `praxis:json`, which modules of JSON are made with. The last one of a boot. */
const { defineProperty, jsonParse, SyntaxError } = globalThis.praxis.primordials;
delete globalThis.praxis;

export function parse(text, path) {
  try {
    return jsonParse(text);
  } catch (error) {
    const problem = new SyntaxError(`${path} is not JSON: ${error.message}`);
    // Its frames are places in the module's making.
    defineProperty(problem, 'stack', { __proto__: null, value: '', writable: true, configurable: true });
    throw problem;
  }
}
