/** Facts about the Node that goes into the jail, as it says them itself: its libraries (alike for glibc and musl) and its flags. */
import path from 'node:path';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { runToEnd } from './jail-process.ts';

export interface NodeFacts {
  /** Absolute paths of its shared libraries, as its loader found them. */
  libraries: string[];
  /** What the flag is called that takes its permissions away. */
  permission: string;
}

const Answer = Type.Object({ version: Type.String(), objects: Type.Array(Type.String(), { minItems: 1 }) });
const QUESTION =
  'JSON.stringify({ version: process.versions.node, objects: process.report.getReport().sharedObjects })';

/** @throws Error when this Node does not start or does not say */
export async function askNode(node: string): Promise<NodeFacts> {
  // The network part of a report may look up names.
  const args = ['--no-addons', '--report-exclude-network', '--print', QUESTION];
  const { stdout, stderr, ending, succeeded } = await runToEnd({ command: node, args, env: {} });
  if (!succeeded) throw new Error(`${node} does not say which libraries it uses (${ending}): ${stderr.slice(0, 300)}`);
  const answer: unknown = JSON.parse(stdout);
  if (!Check(Answer, answer)) throw new Error(`${node} does not say which libraries it uses`);
  // What has no path is mapped by the kernel (linux-vdso).
  const paths = answer.objects.filter((object) => path.isAbsolute(object) && object !== node);
  return { libraries: [...new Set(paths)].sort(), permission: permissionFlag(answer.version) };
}

/** `--permission` since 22.13 and 23.5; before that by its experimental name, which 24 does not know any more. */
export function permissionFlag(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const named = major >= 24 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return named ? '--permission' : '--experimental-permission';
}
