/** The server as the client sees it. */
import { offeredOf, type EnvironmentManifest, type Offered } from '../kernel/choice.ts';
import { artifactsApi, type ArtifactsApi } from './artifacts.ts';
import { dictionary, fields, flag, list, nullable, text, type Decoder } from './decode.ts';
import { documentsApi, type DocumentsApi } from './documents.ts';
import { createHttp } from './http.ts';
import { jobsApi, type JobsApi } from './jobs.ts';
import { session, sessionApi, type SessionApi } from './session.ts';

const NOTEBOOK_ENVIRONMENT = 'python';
const environment = fields({ env_version: text });

const manifest: Decoder<EnvironmentManifest> = (value, path) => {
  const packaged = fields({ name: text, version: text, licence: text, modules: nullable(list(text)) });
  // The first manifests lacked some of it, and environments of before an upgrade are listed beside those of after it.
  fields({ name: text, summary: nullable(text), packages: list(packaged), engines: dictionary })(value, path);
  // Answered as this schema by the server, which checks it against the manifest's digest; only sizes are read of its engines.
  return value as EnvironmentManifest;
};
const listed = fields({ items: list(fields({ env_version: text, current: flag, manifest })) });

/** Environments for programs, and which of them their names stand for now. */
export interface ListedEnvironment {
  offered: Offered;
  current: boolean;
}

export interface Api {
  session: SessionApi;
  documents: DocumentsApi;
  jobs: JobsApi;
  artifacts: ArtifactsApi;
  /** The `env_version` that new notebooks run in. */
  currentEnvironment(): Promise<string>;
  environments(): Promise<ListedEnvironment[]>;
  setCsrfToken(token: string | null): void;
}

export function createApi(fetcher: typeof fetch): Api {
  const http = createHttp({
    fetch: fetcher,
    renewCsrfToken: async () => (await http.request('GET', '/session', session)).csrf_token,
  });
  return {
    session: sessionApi(http),
    documents: documentsApi(http),
    jobs: jobsApi(http),
    artifacts: artifactsApi(http, fetcher),
    currentEnvironment: async () =>
      (await http.request('GET', `/environments/${NOTEBOOK_ENVIRONMENT}`, environment)).env_version,
    environments: async () =>
      (await http.request('GET', '/environments', listed)).items.map(({ env_version, current, manifest: of }) => ({
        offered: offeredOf(env_version, of),
        current,
      })),
    setCsrfToken: (token) => http.setCsrfToken(token),
  };
}
