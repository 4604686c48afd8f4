/** Finding by a few letters: all words of the query must begin somewhere in the name; names that start with it come first. */

export function matching<T>(items: readonly T[], query: string, nameOf: (item: T) => string): T[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [...items];
  return items
    .map((item) => ({ item, score: score(nameOf(item).toLowerCase(), words) }))
    .filter(({ score: found }) => found !== null)
    .toSorted((a, b) => (a.score ?? 0) - (b.score ?? 0))
    .map(({ item }) => item);
}

/** Lower is better; `null` when a word is not there at all. */
function score(name: string, words: readonly string[]): number | null {
  let total = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) return null;
    const startsWord = at === 0 || /[^\p{L}\p{N}]/u.test(name[at - 1] ?? ' ');
    total += at + (startsWord ? 0 : 100);
  }
  return total;
}
