/** Where the page is, in step with the browser's address and history. */
import { signal } from '@preact/signals';
import { addressOf, parsePlace, type Place } from './places.ts';

export const place = signal<Place>(parsePlace(location.pathname, location.search));

/** Goes to a place; with `replace`, the address changes and the history does not grow. */
export function goTo(next: Place, how: 'push' | 'replace' = 'push'): void {
  const address = addressOf(next);
  if (how === 'replace') history.replaceState(null, '', address);
  else if (address !== location.pathname + location.search) history.pushState(null, '', address);
  // A new value even for the same place: going there again is meant.
  place.value = { ...next };
}

addEventListener('popstate', () => {
  place.value = parsePlace(location.pathname, location.search);
});
