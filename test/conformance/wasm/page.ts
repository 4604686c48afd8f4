/** The script of the page that runs the suite in a browser. */
import { compareScript, type Comparison } from './compare.ts';
import type { Script } from './script.ts';

async function bytesOf(url: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function compareFile(name: string, url: string): Promise<Comparison> {
  // Made by wast2json.
  const script = JSON.parse(new TextDecoder().decode(await bytesOf(url))) as Script;
  const names = script.commands.flatMap((command) =>
    'filename' in command && command.filename.endsWith('.wasm') ? [command.filename] : [],
  );
  const folder = url.slice(0, url.lastIndexOf('/') + 1);
  const modules = new Map(await Promise.all(names.map(async (file) => [file, await bytesOf(folder + file)] as const)));
  return compareScript(name, script, (file) => {
    const bytes = modules.get(file);
    if (!bytes) throw new Error(`${file} was not fetched`);
    return bytes;
  });
}

declare global {
  interface Window {
    compareFile: typeof compareFile;
  }
}

window.compareFile = compareFile;
