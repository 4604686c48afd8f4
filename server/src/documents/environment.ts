/** Which environment of this server the code of a document runs in. */
import type { Dependencies } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import { chooseEnvironment, needsOf } from '../runtime.ts';
import { codeOf } from './content.ts';
import type { RevisionContent, ScientificObject } from './schemas.ts';

/**
 * The one environment that the selected code asks for: a name or an `env_version`; null when it asks for none.
 * @throws Problem validation_error when they differ
 */
export function environmentOf(code: readonly ScientificObject[]): string | null {
  const asked = new Set(code.flatMap((object) => object.runtime?.environment ?? []));
  const [first, second] = asked;
  if (second !== undefined) {
    throw new Problem('validation_error', {
      detail: `One run has one environment, but the objects ask for ${first} and ${second}.`,
    });
  }
  return first ?? null;
}

/**
 * What the code asks for, as far as this server offers it; where it asks for nothing, what the whole document needs.
 * @returns its `env_version`
 * @throws Problem environment_unknown
 */
export async function resolveEnvironment(
  { environments }: Pick<Dependencies, 'environments'>,
  asked: string | null,
  content: RevisionContent,
): Promise<string> {
  if (asked === null) {
    const offered = await environments.offered();
    if (offered.length > 0) return chooseEnvironment(needsOf(codeOf(content)), offered).environment.env_version;
    throw new Problem('environment_unknown', { detail: 'There is no environment on this server.' });
  }
  const found = asked.includes('@') ? await environments.find(asked) : await environments.current(asked);
  if (found === null)
    throw new Problem('environment_unknown', { detail: `There is no environment ${asked} on this server.` });
  return found.env_version;
}
