/* The module `praxis`: what programs also find as globals, as it was before any program could change them. */
export const { artifact, clearOutput, display, input, inputs, updateDisplay } = globalThis;

/** Those of the step that runs. */
export let parameters;
globalThis.praxis.imports.tellParameters = (value) => {
  parameters = value;
};
