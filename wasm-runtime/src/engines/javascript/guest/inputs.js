/* inputs: the files that a program was given, by their paths under /data. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { define, list, push, join } = praxis;
  const { decode, input, paths } = praxis.channel;
  const {
    charCodeAt, defineProperty, indexOf, jsonParse, slice, startsWith, typedBuffer, typedLength, freeze, Array, Error, TypeError,
    Uint8Array,
  } = praxis.primordials; // prettier-ignore

  const FOLDER = '/data/';
  const [QUOTE, COMMA, NEWLINE, RETURN] = [0x22, 0x2c, 0x0a, 0x0d];

  /** The bytes of an input. Its path as `/data/table.csv`, or `table.csv` in short. */
  function bytes(path) {
    if (typeof path !== 'string') throw new TypeError('inputs: the path must be a string');
    const whole = startsWith(path, '/') ? path : FOLDER + path;
    const buffer = input(whole);
    if (buffer !== undefined) return new Uint8Array(buffer);
    const known = paths();
    const listed = known.length === 0 ? 'this program has no inputs' : `the inputs are ${join(known, ', ')}`;
    throw new Error(`inputs: there is no ${whole}, or no memory for it; ${listed}`);
  }

  /** The text of an input in UTF-8. */
  function text(path) {
    const content = bytes(path);
    return decode({ __proto__: null, buffer: typedBuffer(content), offset: 0, size: typedLength(content) });
  }

  /** The records of RFC 4180 in a text: lists of fields. Empty lines are none. */
  function records(source) {
    const found = list();
    const size = source.length;
    let at = 0;
    // A mark of the byte order is none of the first field.
    if (charCodeAt(source, 0) === 0xfeff) at = 1;
    while (at < size) {
      const record = list();
      const begin = at;
      for (;;) {
        let field = '';
        // Two quotes in a row stand for one.
        for (let open = charCodeAt(source, at) === QUOTE; open; open = charCodeAt(source, at) === QUOTE) {
          const end = indexOf(source, '"', at + 1);
          field += slice(source, at + 1, end < 0 ? size : end);
          at = end < 0 ? size : end + 1;
          if (charCodeAt(source, at) === QUOTE) field += '"';
        }
        const start = at;
        while (at < size && !isEnd(charCodeAt(source, at))) at++;
        push(record, field + slice(source, start, at));
        if (charCodeAt(source, at) !== COMMA) break;
        at++;
      }
      if (at > begin) push(found, record);
      if (charCodeAt(source, at) === RETURN && charCodeAt(source, at + 1) === NEWLINE) at++;
      at++;
    }
    return found;
  }

  const isEnd = (code) => code === COMMA || code === NEWLINE || code === RETURN;

  /** The rows of a table with a line of names above them: an object of texts for each. */
  function csv(path) {
    const found = records(text(path));
    const rows = new Array();
    for (let index = 1; index < found.length; index++) {
      const row = {};
      const [names, fields] = [found[0], found[index]];
      // By definition, not by assignment: a column may be called `__proto__`.
      for (let column = 0; column < names.length; column++)
        put(row, names[column], column < fields.length ? fields[column] : '');
      put(rows, index - 1, row);
    }
    return rows;
  }

  const put = (target, name, value) =>
    defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });

  define('inputs', freeze({ __proto__: null, paths, bytes, text, json: (path) => jsonParse(text(path)), csv }));
});
