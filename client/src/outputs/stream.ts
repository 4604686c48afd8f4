/** Growing lists of outputs: pieces of one stream become one block, as they are in the record. */
import type { Output } from '../kernel/runtime.ts';

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
