/* display, artifact, inputs and the value of a step: what a program hands to its reader and is handed. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { define, isObject, list, push, inspect } = praxis;
  const { quote, bytesOf, message, artifactText, artifactBytes, decode, stderr } = praxis.channel;
  const { headline, titled } = praxis.text;
  const { fromBase64 } = praxis;
  const {
    apply, endsWith, getOwnPropertyDescriptor, isArray, jsonParse, jsonStringify, ownKeys, regexpExec, startsWith, symbolFor, toLowerCase, toWellFormed,
    typedBuffer, typedSet, Error, TypeError, Uint8Array, freeze,
  } = praxis.primordials; // prettier-ignore

  const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
  const BASE64_TYPES = /^(?:image\/(?:png|jpeg|gif|webp)|application\/pdf)$/;
  /** Deno's and this project's names for a method that gives an object's MIME bundle. */
  const JUPYTER_DISPLAY = symbolFor('Jupyter.display');
  /** As the host has them. */
  const MAX_TYPES = 32;
  const MAX_KEY = 256;
  const BUNDLE_METHOD = 'toMimeBundle';
  const MAX_ID = 256;
  /** Numbers, not chance: an id must not use up the program's entropy. */
  let ids = 0;

  const isMediaType = (text) => typeof text === 'string' && regexpExec(MEDIA_TYPE, text) !== null;

  /** A plain object whose every key is a media type is a bundle already. */
  function isBundle(value) {
    if (!isObject(value) || typeof value === 'function' || isArray(value)) return false;
    const keys = ownKeys(value);
    for (let index = 0; index < keys.length; index++) if (!isMediaType(keys[index])) return false;
    return keys.length > 0;
  }

  function bundleMethod(value) {
    if (!isObject(value)) return undefined;
    const named = value[JUPYTER_DISPLAY];
    if (typeof named === 'function') return named;
    const other = typeof value === 'function' ? undefined : value[BUNDLE_METHOD];
    return typeof other === 'function' ? other : undefined;
  }

  /** A MIME bundle in two halves: JSON text of the textual types, and bytes. */
  function encode(bundle) {
    const keys = ownKeys(bundle);
    const encoded = { __proto__: null, data: '', binary: '', parts: list(), size: 0, count: 0 };
    for (let index = 0; index < keys.length; index++) {
      const mediaType = typeof keys[index] === 'string' ? toLowerCase(keys[index]) : '';
      if (!isMediaType(mediaType)) throw new TypeError(`display: ${inspect(keys[index])} is not a media type`);
      const slot = getOwnPropertyDescriptor(bundle, keys[index]);
      if (slot === undefined || !slot.enumerable) continue;
      add(encoded, mediaType, bundle[keys[index]]);
    }
    return encoded;
  }

  function add(encoded, mediaType, value) {
    encoded.count++;
    let bytes = bytesOf(value);
    let text = typeof value === 'string' ? value : undefined;
    if (text !== undefined && regexpExec(BASE64_TYPES, mediaType) !== null) {
      bytes = bytesOf(fromBase64(text));
      if (bytes === undefined) throw new TypeError(`display: the ${mediaType} is neither bytes nor base64 text`);
    } else if (bytes !== undefined && startsWith(mediaType, 'text/')) {
      text = decode(bytes);
      bytes = undefined;
    } else if (text === undefined && bytes === undefined) {
      if (mediaType === 'application/json' || endsWith(mediaType, 'json')) text = jsonStringify(value);
      if (typeof text !== 'string')
        throw new TypeError(
          `display: the ${mediaType} is ${value === null ? 'null' : typeof value}, expected text or bytes`,
        );
    }
    if (bytes === undefined) {
      encoded.data += `${encoded.data === '' ? '' : ','}${quote(mediaType)}:${quote(text)}`;
    } else {
      encoded.binary += `${encoded.binary === '' ? '' : ','}[${quote(mediaType)},${bytes.size}]`;
      encoded.size += bytes.size;
      push(encoded.parts, bytes);
    }
  }

  function show(kind, encoded, metadata, id) {
    if (encoded.count < 1 || encoded.count > MAX_TYPES)
      throw new TypeError(`display: a MIME bundle has 1 to ${MAX_TYPES} media types`);
    const header = `{"kind":${quote(kind)},"data":{${encoded.data}},"binary":[${encoded.binary}],"metadata":${metadata}${
      id === undefined ? '' : `,"id":${quote(id)}`
    }}`;
    if (encoded.parts.length === 0) return message(header);
    if (encoded.parts.length === 1) return message(header, encoded.parts[0]);
    const whole = new Uint8Array(encoded.size);
    let offset = 0;
    for (let index = 0; index < encoded.parts.length; index++) {
      const part = encoded.parts[index];
      typedSet(whole, new Uint8Array(part.buffer, part.offset, part.size), offset);
      offset += part.size;
    }
    return message(header, { __proto__: null, buffer: typedBuffer(whole), offset: 0, size: offset });
  }

  function metadataText(metadata) {
    if (metadata === undefined) return '{}';
    const text = isObject(metadata) && !isArray(metadata) ? jsonStringify(metadata) : undefined;
    if (typeof text !== 'string' || !startsWith(text, '{'))
      throw new TypeError('display: metadata must be an object of plain values');
    const keys = ownKeys(jsonParse(text));
    for (let index = 0; index < keys.length; index++) {
      if (keys[index].length > MAX_KEY)
        throw new TypeError(`display: a key of the metadata has more than ${MAX_KEY} characters`);
    }
    return text;
  }

  /** The bundle of a value that has a method for it; undefined when it has none. */
  function ownBundle(value) {
    const method = bundleMethod(value);
    if (method === undefined) return undefined;
    const bundle = apply(method, value, []);
    if (!isObject(bundle))
      throw new TypeError('display: the MIME bundle of a value must be an object of media type to data');
    const encoded = encode(bundle);
    if (getOwnPropertyDescriptor(bundle, 'text/plain') === undefined) add(encoded, 'text/plain', inspect(value));
    return encoded;
  }

  function plainBundle(value) {
    const encoded = encode({ __proto__: null });
    add(encoded, 'text/plain', inspect(value));
    return encoded;
  }

  /**
   * Shows a value to the reader in the richest form that it offers: a MIME bundle (`{ 'text/html': '<b>…' }`), an object
   * with `toMimeBundle()` or `[Symbol.for('Jupyter.display')]()`, or anything else as text. With `{ id: true }` or an id of its
   * own it can be changed: the answer is then a handle with `update` and `display`.
   */
  function display(value, options) {
    const id = displayId(isObject(options) ? options.id : undefined);
    send('display', value, options, id);
    if (id === undefined) return undefined;
    return freeze({
      __proto__: null,
      id,
      /** Shows another value instead, wherever this step has shown it; of an earlier step it becomes a new output. */
      update: (next, settings) => send('update', next, settings, id),
      /** Shows a value once more, here. */
      display: (next, settings) => send('display', next, settings, id),
    });
  }

  /** @param id a text, or true for a new one */
  function displayId(id) {
    if (id === undefined || id === null || id === false) return undefined;
    if (id === true) return `praxis-display-${++ids}`;
    if (typeof id !== 'string' || id.length < 1 || id.length > MAX_ID)
      throw new TypeError(`display: the id must be true or a text of 1 to ${MAX_ID} characters`);
    return toWellFormed(id);
  }

  function send(kind, value, options, id) {
    const metadata = metadataText(isObject(options) ? options.metadata : undefined);
    show(kind, ownBundle(value) ?? (isBundle(value) ? encode(value) : plainBundle(value)), metadata, id);
  }

  /** Shows another value where this step has displayed one with that id; otherwise as a new output. */
  function updateDisplay(id, value, options) {
    const known = displayId(id);
    if (known === undefined) throw new TypeError('updateDisplay: expected the id of a display');
    send('update', value, options, known);
  }

  /** Removes what the step has shown so far; with `wait`, when the next output comes. */
  function clearOutput(options) {
    message(`{"kind":"clear","wait":${isObject(options) && options.wait === true}}`);
  }

  /** The value of a step's last expression. A method of it that throws is reported and left out. */
  praxis.showResult = (value) => {
    if (value === undefined) return;
    let encoded;
    try {
      encoded = ownBundle(value);
    } catch (error) {
      stderr(`${BUNDLE_METHOD} threw ${isObject(error) ? titled(headline(error)) : inspect(error)}\n`);
    }
    show('result', encoded ?? plainBundle(value), '{}');
  };

  /**
   * Hands a file to the reader.
   * name: a plain relative path such as `figures/growth.svg`, a second of one name replaces the first; data: text, or bytes in any view;
   * mediaType: `type/subtype`. Throws TypeError for other data, Error for a name or media type that is not plain.
   */
  function artifact(name, data, mediaType) {
    const type = mediaType ?? (typeof data === 'string' ? 'text/plain' : 'application/octet-stream');
    if (typeof name !== 'string' || typeof type !== 'string')
      throw new TypeError('artifact: the name and the media type must be strings');
    if (toWellFormed(name) !== name || toWellFormed(type) !== type)
      throw new Error('artifact: its name is not valid Unicode');
    let problem;
    if (typeof data === 'string') problem = artifactText(name, type, data);
    else {
      const bytes = bytesOf(data);
      if (bytes === undefined) throw new TypeError('artifact: the data must be text, an ArrayBuffer or a view of one');
      problem = artifactBytes(name, type, bytes);
    }
    if (problem !== undefined) throw new Error(`artifact: ${problem}`);
  }

  define('display', display);
  define('updateDisplay', updateDisplay);
  define('clearOutput', clearOutput);
  define('artifact', artifact);
});
