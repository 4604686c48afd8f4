/** Showing what a guest wrote to a person's terminal: its text, but none of its commands to the terminal. */

/** Colours and weights are harmless; everything else that a terminal obeys is not (titles, clipboard, cursor, links). */
const COMMANDS =
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  /\u001b\[[0-9;:]{0,64}m|\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[[0-?]*[ -/]*[@-~]?|[PX^_][^\u001b]*(?:\u001b\\)?|.)?|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/gsu;
// oxlint-disable-next-line no-control-regex -- as above
const COLOUR = /^\u001b\[[0-9;:]*m$/;

/** @returns the text with only colours, tabs, newlines and carriage returns left of its control characters */
export function harmless(text: string): string {
  return text.replace(COMMANDS, (match) => (COLOUR.test(match) ? match : ''));
}

/** A guest's text for this stream: as it is for a file or pipe, harmless for a terminal. */
export function forStream(stream: NodeJS.WriteStream, text: string): string {
  return stream.isTTY ? harmless(text) : text;
}
