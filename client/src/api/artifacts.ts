/** Bytes by digest: uploaded through signed URLs, downloaded through others. */
import { anything, dictionary, fields, text, type Decoder } from './decode.ts';
import type { Http } from './http.ts';
import { ConnectionProblem, problemFrom } from './problems.ts';

export interface UploadRequest {
  digest: string;
  size_bytes: number;
  media_type: string;
  name: string;
  purpose: 'artifact' | 'display';
}

interface UploadTicket {
  upload_id: string;
  url: string;
  headers: Record<string, string>;
}

export interface ArtifactsApi {
  /** Uploads bytes unless the workspace has them already. The server checks size, type and digest. */
  upload(workspaceId: string, request: UploadRequest, bytes: Uint8Array, idempotencyKey: string): Promise<void>;
  download(workspaceId: string, digest: string): Promise<Uint8Array>;
}

const headers: Decoder<Record<string, string>> = (value, path) =>
  Object.fromEntries(
    Object.entries(dictionary(value ?? {}, path)).map(([name, inner]) => [name, text(inner, `${path}.${name}`)]),
  );

const ticket: Decoder<UploadTicket | null> = (value, path) => {
  const source = dictionary(value, path);
  if (source['artifact'] !== undefined && source['artifact'] !== null) return null;
  return fields<UploadTicket>({ upload_id: text, url: text, headers })(value, path);
};

export function artifactsApi(http: Http, fetchBytes: typeof fetch): ArtifactsApi {
  const transfer = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetchBytes(url, init).catch((error: unknown) => {
      throw new ConnectionProblem(error);
    });
    if (response.ok) return response;
    const body: unknown = await response.json().catch(() => null);
    throw problemFrom(response.status, body, response.headers.get('Retry-After'));
  };
  return {
    async upload(workspaceId, request, bytes, idempotencyKey) {
      const granted = await http.request('POST', `/workspaces/${workspaceId}/uploads`, ticket, {
        body: request,
        idempotencyKey,
      });
      if (granted === null) return;
      await transfer(granted.url, {
        method: 'PUT',
        headers: granted.headers,
        body: new Uint8Array(bytes),
        credentials: 'same-origin',
      });
      await http.request('POST', `/uploads/${granted.upload_id}/complete`, anything);
    },
    async download(workspaceId, digest) {
      const { url } = await http.request(
        'POST',
        `/workspaces/${workspaceId}/artifacts/${digest}/download-url`,
        fields({ url: text }),
      );
      const response = await transfer(url, { credentials: 'same-origin' });
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
