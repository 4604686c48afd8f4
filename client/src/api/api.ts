/** The server as the client sees it. */
import { artifactsApi, type ArtifactsApi } from './artifacts.ts';
import { fields, text } from './decode.ts';
import { documentsApi, type DocumentsApi } from './documents.ts';
import { createHttp } from './http.ts';
import { jobsApi, type JobsApi } from './jobs.ts';
import { session, sessionApi, type SessionApi } from './session.ts';

const NOTEBOOK_ENVIRONMENT = 'python';
const environment = fields({ env_version: text });

export interface Api {
  session: SessionApi;
  documents: DocumentsApi;
  jobs: JobsApi;
  artifacts: ArtifactsApi;
  /** The `env_version` that new notebooks run in. */
  currentEnvironment(): Promise<string>;
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
    setCsrfToken: (token) => http.setCsrfToken(token),
  };
}
