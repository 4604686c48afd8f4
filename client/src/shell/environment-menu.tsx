/** The name of the kernel's environment, which opens the list of all of them with what they have. */
import type { VNode } from 'preact';
import { Menu, type MenuItem } from '../design/menu.tsx';
import { formatBytes } from '../kernel/amounts.ts';
import type { Offered } from '../kernel/choice.ts';
import { nameOf } from './environment.ts';
import type { Page } from './page.ts';

export function EnvironmentMenu({ page }: { page: Page }): VNode | null {
  const { current, offered, load } = page.environment;
  const version = current.value;
  if (version === null) return null;
  const items = (): MenuItem[] => {
    load();
    if (offered.value === null) {
      return [{ id: 'wait', label: 'The list is on its way', disabled: true, run: () => undefined }];
    }
    return offered.value
      .toSorted((one, other) => one.size_bytes - other.size_bytes)
      .map((environment) => ({
        id: environment.name,
        label: `${environment.name}, ${formatBytes(environment.size_bytes)}`,
        detail: contentsOf(environment),
        checked: environment.env_version === version,
        disabled: page.kernel.running.value !== null,
        run: () => page.switchEnvironment(environment, null),
      }));
  };
  return (
    <Menu class="environment-name" label={`Environment: ${nameOf(version)}`} text={nameOf(version)} items={items} />
  );
}

function contentsOf({ packages, summary }: Offered): string {
  return packages.length === 0 ? summary : packages.map(({ name, version }) => `${name} ${version}`).join(', ');
}
