/** The server as the client sees it. */
import { artifactsApi, type ArtifactsApi } from './artifacts.ts';
import { documentsApi, type DocumentsApi } from './documents.ts';
import { createHttp } from './http.ts';
import { jobsApi, type JobsApi } from './jobs.ts';
import { session, sessionApi, type SessionApi } from './session.ts';

export interface Api {
  session: SessionApi;
  documents: DocumentsApi;
  jobs: JobsApi;
  artifacts: ArtifactsApi;
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
    setCsrfToken: (token) => http.setCsrfToken(token),
  };
}
