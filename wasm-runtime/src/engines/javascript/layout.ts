/**
 * Where QuickJS 2025-09-13 keeps what its C interface hides, in wasm32 with boxed values. Offsets are bytes; the names are
 * those of the structures in quickjs.c. `verify.ts` checks each by what it does when an environment is built.
 */
export const QUICKJS_LAYOUT = {
  /** Upper half of a JSValue, which says what it is; anything else is a float. */
  tag_string: -7,
  tag_object: -1,
  tag_int: 0,
  tag_bool: 1,
  tag_null: 2,
  tag_undefined: 3,
  tag_exception: 6,
  /** JSString: 31 bits of length, one that says 16-bit characters; then the characters. */
  string_length: 4,
  string_characters: 16,
  /** JSObject */
  object_class: 6,
  object_shape: 20,
  object_properties: 24,
  object_data: 32,
  class_array_buffer: 19,
  /** JSShape: how many properties, and an array of 8 bytes each: 26 bits of hash chain, 6 of flags; the name's atom. */
  shape_count: 32,
  shape_properties: 48,
  /** JSArrayBuffer */
  buffer_length: 0,
  buffer_data: 12,
  /** JSContext: offsets from the global object's value. */
  context_lexicals: 8,
  context_random: 16,
  /** JSRuntime: offset from the interrupt handler. */
  runtime_tracker: 8,
} as const;

export type Layout = { readonly [Name in keyof typeof QUICKJS_LAYOUT]: number };
