/** Addresses of the page: `/` is the scratch notebook, `/d/<id>` a document, `?revision=` one of its revisions. */

export type Place =
  { kind: 'scratch' } | { kind: 'document'; id: string; revisionId: string | null } | { kind: 'unknown' };

export function parsePlace(path: string, query: string): Place {
  if (path === '/' || path === '/index.html') return { kind: 'scratch' };
  const id = /^\/d\/([A-Za-z0-9-]{1,64})\/?$/.exec(path)?.[1];
  if (id === undefined) return { kind: 'unknown' };
  const revision = new URLSearchParams(query).get('revision');
  return {
    kind: 'document',
    id,
    revisionId: revision !== null && /^[A-Za-z0-9-]{1,64}$/.test(revision) ? revision : null,
  };
}

export function addressOf(place: Place): string {
  if (place.kind !== 'document') return '/';
  return `/d/${place.id}${place.revisionId === null ? '' : `?revision=${place.revisionId}`}`;
}
