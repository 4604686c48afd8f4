/* What the prelude tells the host and asks of it, through the one function that the host gave. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { send } = praxis;
  const {
    charCodeAt,
    jsonParse,
    jsonStringify,
    numberText,
    slice,
    toWellFormed,
    ArrayBuffer,
    Error,
    RangeError,
    TypeError,
  } = praxis.primordials;
  const { isView, bufferSize, typedName, typedBuffer, typedOffset, typedSize, viewBuffer, viewOffset, viewSize } =
    praxis.primordials;

  /** As `OPERATION` in channel.ts has them. */
  const OPERATION = {
    __proto__: null,
    stdout: 0,
    stderr: 1,
    message: 2,
    artifact: 3,
    now: 4,
    line: 5,
    input: 6,
    decode: 7,
    encode: 8,
    sleep: 9,
    paths: 10,
  };
  /** Longest piece of a stream that goes over at once, in UTF-16 code units. */
  const PIECE = 65_536;
  /** Longest name, media type, prompt or path that goes over. */
  const MAX_NAME = 4096;

  /** JSON text of a string. A primitive: nothing of the program's is called. */
  const quote = (text) => jsonStringify(text);

  /** A name. What is cut was too long to be right anyway: the host says so. */
  const brief = (text) => toWellFormed(text.length > MAX_NAME ? slice(text, 0, MAX_NAME) : text);

  function write(operation, text) {
    const whole = toWellFormed(text);
    let start = 0;
    while (start < whole.length) {
      let end = start + PIECE;
      // Not between the halves of a surrogate pair.
      if (end < whole.length && (charCodeAt(whole, end - 1) & 0xfc00) === 0xd800) end--;
      send(operation, start === 0 && end >= whole.length ? whole : toWellFormed(slice(whole, start, end)));
      start = end;
    }
  }

  /** Where the bytes of a buffer or view lie; undefined when it is neither, or shared. */
  function bytesOf(data) {
    if (typeof data !== 'object' || data === null) return undefined;
    try {
      if (!isView(data)) return { __proto__: null, buffer: data, offset: 0, size: bufferSize(data) };
      const isTyped = typedName(data) !== undefined;
      const buffer = isTyped ? typedBuffer(data) : viewBuffer(data);
      const offset = isTyped ? typedOffset(data) : viewOffset(data);
      const size = isTyped ? typedSize(data) : viewSize(data);
      // A shared buffer has no such size.
      bufferSize(buffer);
      return { __proto__: null, buffer, offset, size };
    } catch {
      return undefined;
    }
  }

  /** Programs may have moved or shrunk a buffer since it was looked at. */
  function expectWhole(bytes) {
    if (bytes.offset + bytes.size > bufferSize(bytes.buffer))
      throw new TypeError('the bytes went away while they were sent');
  }

  praxis.channel = {
    __proto__: null,
    quote,
    bytesOf,
    stdout: (text) => write(OPERATION.stdout, text),
    stderr: (text) => write(OPERATION.stderr, text),
    /** A message with a JSON header, and perhaps bytes behind it. Throws what the host has against it. */
    message(header, bytes) {
      if (bytes !== undefined) expectWhole(bytes);
      const problem =
        bytes === undefined
          ? send(OPERATION.message, toWellFormed(header))
          : send(OPERATION.message, toWellFormed(header), undefined, bytes.buffer, bytes.offset, bytes.size);
      if (problem !== undefined) throw new Error(problem);
    },
    /** Answers what the host has against it, or undefined. */
    artifactText: (name, mediaType, text) =>
      send(OPERATION.artifact, brief(name), brief(mediaType), toWellFormed(text)),
    artifactBytes(name, mediaType, bytes) {
      expectWhole(bytes);
      return send(OPERATION.artifact, brief(name), brief(mediaType), bytes.buffer, bytes.offset, bytes.size);
    },
    /** Milliseconds of the monotonic clock. */
    now: () => send(OPERATION.now),
    /** Moves the clock on. Throws where it ends. */
    sleep(nanoseconds) {
      const problem = send(OPERATION.sleep, numberText(nanoseconds));
      if (problem !== undefined) throw new RangeError(problem);
    },
    /** The next line of input; undefined at its end. */
    line(prompt) {
      const json = send(OPERATION.line, brief(prompt));
      return json === undefined ? undefined : jsonParse(json);
    },
    /** The bytes of an input as an ArrayBuffer; undefined when there is none of that path. */
    input: (path) => send(OPERATION.input, brief(path)),
    /** The paths of the inputs, in order. */
    paths: () => jsonParse(send(OPERATION.paths)),
    /** UTF-8 to text; what is no UTF-8 becomes U+FFFD, or with `fatal` the answer is undefined. */
    decode(bytes, fatal = false) {
      if (bytes.size === 0) return '';
      const json = send(OPERATION.decode, fatal ? 1 : 0, undefined, bytes.buffer, bytes.offset, bytes.size);
      return json === undefined ? undefined : jsonParse(json);
    },
    /** Text to UTF-8, as an ArrayBuffer. */
    encode(text) {
      if (text === '') return new ArrayBuffer(0);
      const buffer = send(OPERATION.encode, toWellFormed(text));
      if (buffer === undefined) throw new RangeError('there is no memory for the encoded text');
      return buffer;
    },
  };
});
