/** Environments over HTTP: which there are, their manifests and their files. */
import { Type } from 'typebox';
import type { Dependencies } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import { publicRoute, type Route } from '../http/route.ts';
import { EnvironmentManifest } from '../runtime.ts';
import { closed, EnvVersion } from '../schemas.ts';

const EnvironmentView = Type.Object(
  { env_version: EnvVersion, current: Type.Boolean(), manifest: EnvironmentManifest },
  closed,
);

export function environmentRoutes(deps: Dependencies): Route[] {
  const { environments } = deps;
  return [
    publicRoute({
      method: 'GET',
      path: '/environments',
      summary: 'The environments that programs can name',
      rate: 'api',
      answers: { 200: Type.Object({ items: Type.Array(EnvironmentView), next_cursor: Type.Null() }, closed) },
      handler: async () => {
        const list = await environments.list();
        const items = await Promise.all(
          list.map(async ({ env_version, manifest }) => ({
            env_version,
            current: (await environments.current(manifest.name))?.env_version === env_version,
            manifest,
          })),
        );
        return { body: { items, next_cursor: null } };
      },
    }),
    publicRoute({
      method: 'GET',
      path: '/environments/:env_version',
      summary: 'One environment: by its version, or the current one by its name',
      rate: 'api',
      params: Type.Object({ env_version: Type.String({ maxLength: 128 }) }, closed),
      answers: { 200: EnvironmentView },
      handler: async ({ params: { env_version } }) => {
        const found = env_version.includes('@')
          ? await environments.find(env_version)
          : await environments.current(env_version);
        if (found === null) throw new Problem('not_found');
        const current = await environments.current(found.manifest.name);
        return { body: { ...found, current: current?.env_version === found.env_version } };
      },
    }),
  ];
}
