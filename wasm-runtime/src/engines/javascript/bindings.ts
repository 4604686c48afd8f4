/**
 * Names that outlive their step. QuickJS keeps what a script declares with let, const or class beside the global object and
 * refuses to declare it again, so a cell could run once only. Before each step every such name moves to the global object,
 * cell and all: functions of earlier steps go on sharing it, const stays constant, and when a step declares the name again,
 * the engine itself takes the cell over for the new declaration. What var and function declared becomes as free.
 * Left over: assigning by `var` to what was const before is the TypeError of an assignment to a constant.
 */
import type { QuickJs } from './instance.ts';
import type { Pointers } from './boot.ts';

/** @param call calls an entry of the prelude and says whether it answered true */
export function releaseBindings(
  engine: QuickJs,
  pointers: Pointers,
  call: (entry: 'lexicals' | 'dropLexicals', argument: number) => boolean,
): void {
  const { values } = engine;
  if (call('lexicals', pointers.lexical_scope)) {
    const places = new Map(values.variables(pointers.globals).map((property) => [property.atom, property]));
    for (const property of values.variables(pointers.lexical_scope)) {
      const place = places.get(property.atom);
      if (place && values.isConfigurable(place)) values.swapCells(property, place);
    }
    call('dropLexicals', pointers.lexical_scope);
  }
  // Built-in constants such as `undefined` are not writable, and stay as they are.
  for (const property of values.variables(pointers.globals)) {
    if (values.isWritable(property) && !values.isConfigurable(property)) values.makeConfigurable(property);
  }
}
