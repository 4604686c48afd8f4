/** Shapes of uploads and artifacts. */
import { type Static, Type } from 'typebox';
import { closed, Count, Digest, Id, Line, MediaType, Time } from '../schemas.ts';

/** Shown to people and offered as a file name on download; never used as a path here. */
const ArtifactName = Line(255);

export const NewUpload = Type.Object(
  {
    digest: Digest,
    size_bytes: Count,
    media_type: MediaType,
    name: Type.Optional(ArtifactName),
    /** What the bytes are for, e.g. `artifact`, `display`, `dataset`; becomes the artifact's kind. */
    purpose: Type.Optional(Type.String({ pattern: '^[a-z][a-z_]{0,31}$' })),
  },
  closed,
);
export type NewUpload = Static<typeof NewUpload>;

export const ArtifactView = Type.Object(
  {
    id: Id,
    workspace_id: Id,
    digest: Digest,
    size_bytes: Count,
    media_type: Type.String(),
    name: Type.String(),
    kind: Type.String(),
    created_by: Type.Union([Id, Type.Null()]),
    created_at: Time,
  },
  closed,
);
export type ArtifactView = Static<typeof ArtifactView>;

export const UploadTicket = Type.Object(
  {
    upload_id: Id,
    /** Absolute path with query on this server. Works once. */
    url: Type.String(),
    method: Type.Literal('PUT'),
    /** Headers that the PUT has to carry. */
    headers: Type.Record(Type.String(), Type.String()),
    expires_at: Time,
  },
  closed,
);
export const UploadAnswer = Type.Union([UploadTicket, Type.Object({ artifact: ArtifactView }, closed)]);
export type UploadAnswer = Static<typeof UploadAnswer>;
export const CompletedUpload = Type.Object({ artifact: ArtifactView }, closed);
export const DownloadLink = Type.Object({ url: Type.String(), expires_at: Time }, closed);
