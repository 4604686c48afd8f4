/** Growing lists of outputs: pieces of one stream become one block, and displays change in place, as they do in the record. */
import type { Output, OutputChange } from '../kernel/runtime.ts';

export function changeOutputs(outputs: readonly Output[], change: OutputChange): Output[] {
  switch (change.kind) {
    case 'add':
      return appendOutput(outputs, change.output);
    case 'replace':
      // A place that is not there is nobody's: the list that comes with the end of the run is the one that counts.
      return outputs.map((output, at) => (at === change.at ? change.output : output));
    case 'clear':
      return [];
  }
}

export function appendOutput(outputs: readonly Output[], next: Output): Output[] {
  const last = outputs.at(-1);
  if (last?.type === 'stream' && next.type === 'stream' && last.name === next.name) {
    const joined: Output = {
      ...last,
      text: last.text + next.text,
      ...(next.truncated === true ? { truncated: true } : {}),
    };
    return [...outputs.slice(0, -1), joined];
  }
  return [...outputs, next];
}
