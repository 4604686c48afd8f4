/** Small decoders: what the server answers is checked once, here, so that the types of the rest of the client are true. */

/** A decoder returns the value in its type, or throws `DecodeError` with the path of what is wrong. */
export type Decoder<T> = (value: unknown, path: string) => T;

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  constructor(path: string, expected: string, got: unknown) {
    super(`${path}: expected ${expected}, got ${got === null ? 'null' : Array.isArray(got) ? 'an array' : typeof got}`);
  }
}

export const text: Decoder<string> = (value, path) => {
  if (typeof value !== 'string') throw new DecodeError(path, 'text', value);
  return value;
};

export const count: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new DecodeError(path, 'an integer', value);
  return value;
};

export const flag: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new DecodeError(path, 'true or false', value);
  return value;
};

export const anything: Decoder<unknown> = (value) => value;

export const dictionary: Decoder<Record<string, unknown>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DecodeError(path, 'an object', value);
  return { ...value };
};

export function oneOf<const T extends string>(...allowed: T[]): Decoder<T> {
  return (value, path) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new DecodeError(path, allowed.join(' | '), value);
    return found;
  };
}

export function list<T>(item: Decoder<T>): Decoder<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new DecodeError(path, 'a list', value);
    return value.map((inner: unknown, index) => item(inner, `${path}[${index}]`));
  };
}

export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return (value, path) => (value === null || value === undefined ? null : inner(value, path));
}

/** The fields named; others are ignored, so that the server may add some. */
export function fields<T extends object>(shape: { [K in keyof T]: Decoder<T[K]> }): Decoder<T> {
  return (value, path) => {
    const source = dictionary(value, path);
    const entries = Object.entries<Decoder<unknown>>(shape);
    const decoded = Object.fromEntries(entries.map(([key, decode]) => [key, decode(source[key], `${path}.${key}`)]));
    // Every key of `shape` was decoded by the decoder of its own type.
    return decoded as T;
  };
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export function page<T>(item: Decoder<T>): Decoder<Page<T>> {
  return fields<Page<T>>({ items: list(item), next_cursor: nullable(text) });
}
