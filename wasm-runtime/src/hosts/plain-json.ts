/** Whether a value that a sandbox sent is JSON that a record can hold. It may be anything that structured cloning carries. */

/** Levels; what walks over JSON recursively must not be led further. An honest sandbox sends at most 100 and the message around them. */
const MAX_DEPTH = 128;
/** Values and keys. A graph with shared parts is a tree as JSON, and can be one without end. */
const MAX_NODES = 4_000_000;

/**
 * True for null, booleans, finite numbers, texts without half characters, and lists and plain objects of these. Bytes count as single
 * values: whoever sends them says so in the schema.
 */
export function isPlainJson(value: unknown): boolean {
  let nodes = 0;
  const visit = (item: unknown, depth: number): boolean => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) return false;
    switch (typeof item) {
      case 'string':
        return item.isWellFormed();
      case 'number':
        return Number.isFinite(item);
      case 'boolean':
        return true;
      case 'object':
        break;
      default:
        return false;
    }
    if (item === null || item instanceof Uint8Array) return true;
    // A list with holes or names would lose something as JSON.
    if (Array.isArray(item))
      return Object.keys(item).length === item.length && item.every((one) => visit(one, depth + 1));
    if (Object.getPrototypeOf(item) !== Object.prototype) return false;
    return Object.entries(item).every(([key, one]) => key.isWellFormed() && visit(one, depth + 1));
  };
  return visit(value, 0);
}
