/* How the entries of an object or list are put into lines. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { list, push, join } = praxis;
  const { indexOf, max, min, padEnd, padStart, repeat, round, slice, sqrt, startsWith } = praxis.primordials;

  const LINE_WIDTH = 80;
  /** Objects with this much nesting inside them get a line for each entry. */
  const SINGLE_LINE_HEIGHT = 3;

  /** One line when it is short and shallow, otherwise one for each entry; long lists in columns. */
  function layout(entries, shape, height, indent) {
    const prefix = shape.prefix === '' ? '' : `${shape.prefix} `;
    if (entries.length === 0) return `${prefix}${shape.open}${shape.close}`;
    const lines = shape.list && entries.length > 6 ? columns(entries, indent) : entries;
    if (height < SINGLE_LINE_HEIGHT + 1 && lines.length === entries.length && indexOf(prefix, '\n') < 0) {
      let total = lines.length + indent + shape.prefix.length + 11;
      let broken = false;
      for (let index = 0; index < lines.length && !broken; index++) {
        total += lines[index].length;
        broken = total + lines.length > LINE_WIDTH || indexOf(lines[index], '\n') >= 0;
      }
      if (!broken) return `${prefix}${shape.open} ${join(lines, ', ')} ${shape.close}`;
    }
    const start = `\n${repeat(' ', indent)}`;
    return `${prefix}${shape.open}${start}  ${join(lines, `,${start}  `)}${start}${shape.close}`;
  }

  /** Short entries side by side, numbers to the right. */
  function columns(entries, indent) {
    const last = entries[entries.length - 1];
    const count = startsWith(last, '... ') ? entries.length - 1 : entries.length;
    let widest = 0;
    let total = 0;
    for (let index = 0; index < count; index++) {
      const width = entries[index].length + 2;
      if (indexOf(entries[index], '\n') >= 0) return entries;
      widest = max(widest, width);
      total += width;
    }
    // Not worth it when one long entry would stretch every column.
    if (widest * 3 + indent >= LINE_WIDTH || !(total / widest > 5 || widest <= 8)) return entries;
    const bias = sqrt(widest - total / entries.length);
    const narrow = max(widest - 3 - bias, 1);
    const wanted = min(round(sqrt(2.5 * narrow * count) / narrow), (LINE_WIDTH - indent) / widest, 12, 15);
    const width = wanted | 0;
    if (width <= 1) return entries;
    const widths = list();
    for (let column = 0; column < width; column++) {
      let size = 0;
      for (let index = column; index < count; index += width) size = max(size, entries[index].length);
      push(widths, size + 2);
    }
    const right = isNumeric(entries[0]);
    const rows = list();
    for (let start = 0; start < count; start += width) {
      const end = min(start + width, count);
      let row = '';
      for (let index = start; index < end; index++) {
        const isLastOfRow = index === end - 1;
        const cell = isLastOfRow ? entries[index] : `${entries[index]}, `;
        const size = widths[index - start] - (isLastOfRow && right ? 2 : 0);
        row += right ? padStart(cell, size) : isLastOfRow ? cell : padEnd(cell, size);
      }
      push(rows, row);
    }
    if (count < entries.length) push(rows, last);
    return rows;
  }

  const isNumeric = (text) => {
    const digit = slice(text, 0, 1) === '-' ? slice(text, 1, 2) : slice(text, 0, 1);
    return digit >= '0' && digit <= '9';
  };

  praxis.layout = layout;
});
