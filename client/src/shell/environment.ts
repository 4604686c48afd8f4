/**
 * Which environment the kernel of the page is in. It is chosen from what the cells import before the first of them runs; a live kernel
 * changes it only when its reader asks for that, and then has its transcript run again there.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { Api, ListedEnvironment } from '../api/api.ts';
import { notify } from '../design/toast.tsx';
import { openDocument } from '../documents/current.ts';
import {
  chooseEnvironment,
  explainMissing,
  joined,
  lacking,
  missingModule,
  needsOf,
  STANDARD_LIBRARY,
  type Missing,
  type Offered,
} from '../kernel/choice.ts';
import type { GivenEnvironments } from '../kernel/given-environment.ts';
import type { RunError } from '../kernel/runtime.ts';
import * as store from '../notebook/store.ts';

export interface PageEnvironment {
  /** `env_version` that the kernel has, or is opened in; `null` until the server has said what new notebooks have. */
  readonly current: ReadonlySignal<string | null>;
  /** What the server offers; `null` until it was asked. */
  readonly offered: ReadonlySignal<readonly Offered[] | null>;
  /** Asks the server, once. */
  load(): void;
  version(): Promise<string>;
  /** Chooses for the cells as they are, which are about to run. @returns whether the kernel has to be another one */
  prepare(): Promise<boolean>;
  /** The same before anybody runs them: nothing is said, and the document is not changed. */
  foresee(): Promise<boolean>;
  /** The document names it from now on, and the next kernel is opened in it. */
  choose(environment: Offered): void;
  /** What to say of an import that the kernel's environment lacks. */
  missing(error: RunError): Missing | null;
}

export const nameOf = (envVersion: string): string => envVersion.slice(0, envVersion.indexOf('@'));

/**
 * @param given what the page came with
 * @param remember told the name of what a notebook needed that is no document; null where that is what all have
 */
export function createPageEnvironment(
  api: Pick<Api, 'currentEnvironment' | 'environments'>,
  given: GivenEnvironments,
  remember: (name: string | null) => void,
): PageEnvironment {
  const current = signal<string | null>(given.likely);
  const offered = signal<readonly Offered[] | null>(null);
  let asking: Promise<readonly ListedEnvironment[]> | null = null;
  let told = '';
  let usual = given.usual;

  const ask = (): Promise<readonly ListedEnvironment[]> => {
    asking ??= api.environments().then(
      (listed) => {
        offered.value = listed.filter((each) => each.current).map((each) => each.offered);
        return listed;
      },
      (error: unknown) => {
        asking = null;
        throw error;
      },
    );
    return asking;
  };

  const version = async (): Promise<string> => (current.value ??= await api.currentEnvironment());

  const chosen = async (): Promise<{ version: string; name: string | null; lacks: readonly string[] }> => {
    const named = store.environment.peek();
    const needs = needsOf(store.codeCells());
    usual ??= await api.currentEnvironment();
    // Most notebooks: nobody has to be asked.
    if (named === null && lacking(needs, (module) => STANDARD_LIBRARY.has(module)).size === 0)
      return { version: usual, name: null, lacks: [] };
    // A document may name a version that is not the newest any more.
    const candidates = (await ask()).filter((each) => each.current || each.offered.env_version === named);
    const { environment, lacks } = chooseEnvironment(
      needs,
      candidates.map((each) => each.offered),
      named,
    );
    const stays = environment.name === named || environment.env_version === named;
    const name = environment.env_version === usual ? null : environment.name;
    return { version: environment.env_version, name: stays ? named : name, lacks };
  };

  const goTo = (version: string | null): boolean => {
    if (version === null || version === current.peek()) return false;
    current.value = version;
    return true;
  };

  /** Once for each finding. */
  const tell = (lacks: readonly string[], name: string): void => {
    const sentence =
      lacks.length === 0
        ? ''
        : `No environment has everything that is imported: ${name} lacks ${joined(lacks, 'and')}.`;
    if (sentence !== '' && sentence !== told) notify(sentence);
    told = sentence;
  };

  return {
    current,
    offered,
    load: () => void ask().catch(() => undefined),
    version,
    async prepare() {
      // Without a list the kernel stays where it is, and an import that it lacks says so.
      const next = await chosen().catch(() => null);
      if (next === null) return false;
      if (!store.readOnly.peek()) store.environment.value = next.name;
      if (openDocument.peek() === null) remember(next.name);
      tell(next.lacks, nameOf(next.version));
      return goTo(next.version);
    },
    async foresee() {
      const next = await chosen().catch(() => null);
      // Half a name is no name yet.
      return next !== null && next.lacks.length === 0 && goTo(next.version);
    },
    choose(environment) {
      if (!store.readOnly.peek()) store.environment.value = environment.name;
      current.value = environment.env_version;
    },
    missing(error) {
      const module = missingModule(error);
      if (module === null) return null;
      if (offered.value === null) void ask().catch(() => undefined);
      return offered.value === null ? null : explainMissing(module, offered.value);
    },
  };
}
