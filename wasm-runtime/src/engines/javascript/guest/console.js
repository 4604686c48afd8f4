/* console: log, info and debug go to stdout; warn, error and trace to stderr. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { define, isObject, list, push, join, inspect } = praxis;
  const { stdout, stderr, now } = praxis.channel;
  const { frames, primitive } = praxis.text;
  const {
    apply, indexOf, isArray, isView, jsonStringify, mapDelete, mapForEach, mapGet, mapHas, mapSet, mapSize, max, numberFixed, ownKeys, padEnd,
    repeat, setForEach, setSize, slice, trunc, toNumber, toText, getOwnPropertyDescriptor, Error, Map,
  } = praxis.primordials; // prettier-ignore

  const MAX_TABLE_ROWS = 1000;
  const MAX_TABLE_COLUMNS = 100;
  let margin = '';
  const counts = new Map();
  const timers = new Map();

  const plain = (value) => (typeof value === 'string' ? value : inspect(value));

  /** Arguments as one text: a leading format string takes the values that it names, the others follow after spaces. */
  function format(values) {
    let text = '';
    let next = 0;
    if (typeof values[0] === 'string') {
      next = 1;
      text = values.length === 1 ? values[0] : '';
      for (let start = 0; values.length > 1;) {
        const at = indexOf(values[0], '%', start);
        if (at < 0 || at + 1 >= values[0].length) {
          text += slice(values[0], start);
          break;
        }
        const letter = slice(values[0], at + 1, at + 2);
        text += slice(values[0], start, at);
        if (letter === '%') text += '%';
        else if (indexOf('sdifjoOc', letter) < 0 || next >= values.length) text += `%${letter}`;
        else text += directive(letter, values[next++]);
        start = at + 2;
      }
    }
    for (; next < values.length; next++) text += (next === 0 ? '' : ' ') + plain(values[next]);
    return text;
  }

  function directive(letter, value) {
    switch (letter) {
      case 's':
        return typeof value === 'string' ? value : isObject(value) ? inspect(value, 0) : primitive(value);
      case 'd':
        return isObject(value)
          ? 'NaN'
          : typeof value === 'bigint'
            ? primitive(value)
            : typeof value === 'symbol'
              ? 'NaN'
              : primitive(toNumber(value));
      case 'i':
        return isObject(value) || typeof value === 'symbol'
          ? 'NaN'
          : typeof value === 'bigint'
            ? primitive(value)
            : primitive(trunc(toNumber(value)));
      case 'f':
        return typeof value === 'symbol' || isObject(value) ? 'NaN' : primitive(toNumber(value));
      case 'j':
        try {
          return toText(jsonStringify(value));
        } catch {
          return '[Circular]';
        }
      case 'c':
        return '';
      default:
        return inspect(value, 4);
    }
  }

  function print(write, text) {
    if (margin === '') write(`${text}\n`);
    else write(`${margin}${indented(text)}\n`);
  }

  function indented(text) {
    let result = '';
    let start = 0;
    for (let at = indexOf(text, '\n'); at >= 0; at = indexOf(text, '\n', start)) {
      result += slice(text, start, at + 1) + margin;
      start = at + 1;
    }
    return result + slice(text, start);
  }

  const label = (name) =>
    name === undefined ? 'default' : `${typeof name === 'symbol' ? primitive(name) : toText(name)}`;

  function elapsed(name, rest, forget) {
    const known = label(name);
    if (!mapHas(timers, known))
      return print(stderr, `No such label '${known}' for console.time${forget ? 'End' : 'Log'}()`);
    const milliseconds = now() - mapGet(timers, known);
    if (forget) mapDelete(timers, known);
    const shown =
      milliseconds >= 1000 ? `${numberFixed(milliseconds / 1000, 3)}s` : `${numberFixed(milliseconds, 3)}ms`;
    let text = `${known}: ${shown}`;
    for (let index = 0; index < rest.length; index++) text += ` ${plain(rest[index])}`;
    print(stdout, text);
  }

  /** Rows of a table: arrays and objects by their keys, maps and sets by their order. */
  function table(data, columns) {
    if (!isObject(data)) return print(stdout, plain(data));
    const rows = list();
    const names = list();
    const wanted = isArray(columns) ? columns : undefined;
    const seen = new Map();
    let values = false;
    const addRow = (index, value) => {
      if (rows.length >= MAX_TABLE_ROWS) return;
      const cells = new Map();
      if (isObject(value) && typeof value !== 'function') {
        const keys = wanted ?? ownKeys(value);
        for (let position = 0; position < keys.length && names.length <= MAX_TABLE_COLUMNS; position++) {
          const slot = getOwnPropertyDescriptor(value, keys[position]);
          if (wanted === undefined && (slot === undefined || !slot.enumerable)) continue;
          const name = typeof keys[position] === 'symbol' ? primitive(keys[position]) : toText(keys[position]);
          if (!mapHas(seen, name)) {
            mapSet(seen, name, true);
            push(names, name);
          }
          if (slot !== undefined) mapSet(cells, name, inspect(slot.value, 0));
        }
      } else {
        values = true;
        mapSet(cells, VALUES, inspect(value, 0));
      }
      push(rows, { index, cells });
    };
    const kind = { isMap: isCollection(mapSize, data), isSet: isCollection(setSize, data) };
    let position = 0;
    if (kind.isMap)
      mapForEach(data, (value, key) => addRow(toText(position++), { __proto__: null, Key: key, Values: value }));
    else if (kind.isSet) setForEach(data, (value) => addRow(toText(position++), value));
    else {
      const size = isView(data) || isArray(data) ? data.length : undefined;
      if (size !== undefined)
        for (; position < size && position < MAX_TABLE_ROWS; position++) addRow(toText(position), data[position]);
      else {
        const keys = ownKeys(data);
        for (; position < keys.length && rows.length < MAX_TABLE_ROWS; position++) {
          const slot = getOwnPropertyDescriptor(data, keys[position]);
          if (slot !== undefined && slot.enumerable && typeof keys[position] === 'string')
            addRow(keys[position], slot.value);
        }
      }
    }
    if (values) push(names, VALUES);
    print(stdout, drawn(kind.isMap || kind.isSet ? '(iteration index)' : '(index)', names, rows));
  }
  const VALUES = 'Values';

  const isCollection = (size, data) => {
    try {
      size(data);
      return true;
    } catch {
      return false;
    }
  };

  function drawn(corner, names, rows) {
    const grid = list();
    const head = list();
    push(head, corner);
    for (let column = 0; column < names.length; column++) push(head, names[column]);
    push(grid, head);
    for (let row = 0; row < rows.length; row++) {
      const line = list();
      push(line, rows[row].index);
      for (let column = 0; column < names.length; column++) push(line, mapGet(rows[row].cells, names[column]) ?? '');
      push(grid, line);
    }
    const widths = list();
    for (let column = 0; column < head.length; column++) {
      let width = 0;
      for (let row = 0; row < grid.length; row++) width = max(width, grid[row][column].length);
      push(widths, width);
    }
    const rule = (left, middle, right) => {
      const parts = list();
      for (let column = 0; column < widths.length; column++) push(parts, repeat('─', widths[column] + 2));
      return left + join(parts, middle) + right;
    };
    const lines = list();
    push(lines, rule('┌', '┬', '┐'));
    for (let row = 0; row < grid.length; row++) {
      const cells = list();
      for (let column = 0; column < widths.length; column++)
        push(cells, ` ${padEnd(grid[row][column], widths[column])} `);
      push(lines, `│${join(cells, '│')}│`);
      if (row === 0) push(lines, rule('├', '┼', '┤'));
    }
    push(lines, rule('└', '┴', '┘'));
    return join(lines, '\n');
  }

  const out = (...values) => print(stdout, format(values));
  const err = (...values) => print(stderr, format(values));
  const console = {
    log: out,
    info: out,
    debug: out,
    warn: err,
    error: err,
    trace(...values) {
      const text = format(values);
      print(stderr, `Trace${text === '' ? '' : `: ${text}`}\n${frames(new Error())}`);
    },
    assert(condition, ...values) {
      if (condition) return;
      const text = format(values);
      print(stderr, `Assertion failed${text === '' ? '' : `: ${text}`}`);
    },
    dir(value, options) {
      const depth = isObject(options) ? options.depth : undefined;
      print(stdout, inspect(value, depth === null ? 100 : typeof depth === 'number' ? depth : 2));
    },
    dirxml: out,
    table,
    group(...values) {
      if (values.length > 0) print(stdout, format(values));
      margin += '  ';
    },
    groupCollapsed(...values) {
      apply(console.group, console, values);
    },
    groupEnd() {
      margin = slice(margin, 2);
    },
    count(name) {
      const known = label(name);
      const count = (mapGet(counts, known) ?? 0) + 1;
      mapSet(counts, known, count);
      print(stdout, `${known}: ${count}`);
    },
    countReset(name) {
      mapDelete(counts, label(name));
    },
    time(name) {
      mapSet(timers, label(name), now());
    },
    timeLog: (name, ...rest) => elapsed(name, rest, false),
    timeEnd: (name) => elapsed(name, [], true),
    clear() {
      margin = '';
    },
  };

  define('console', console);
  praxis.resetConsole = () => {
    margin = '';
  };
});
