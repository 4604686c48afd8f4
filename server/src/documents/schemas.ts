/** Shapes of documents, revisions, scientific objects and views. */
import { type Static, Type } from 'typebox';
import { closed, Digest, EnvVersion, Id, Line, MediaType, Prose, Time } from '../schemas.ts';

export const OBJECT_TYPES = ['text', 'equation', 'code', 'plot', 'table', 'media', 'dataset'] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Objects are named by their author's editor, keep their name through all revisions, and become step names of programs. */
export const OBJECT_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$';
export const ObjectId = Type.String({ pattern: OBJECT_ID_PATTERN });

const ENVIRONMENT_NAME = '^[a-z][a-z0-9-]{0,31}$';
export const ObjectRuntime = Type.Object(
  {
    language: Type.Union([Type.Literal('python'), Type.Literal('javascript')]),
    entrypoint: Type.Optional(Line(128)),
    parameters: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' }), Type.Unknown())),
    /** A name, meaning the current environment of that name, or an exact `env_version`. */
    environment: Type.Optional(Type.Union([Type.String({ pattern: ENVIRONMENT_NAME }), EnvVersion])),
  },
  closed,
);
export type ObjectRuntime = Static<typeof ObjectRuntime>;

export const ObjectSemantics = Type.Object(
  {
    /** Ids of objects of the same revision; order does not matter. */
    dependencies: Type.Optional(Type.Array(ObjectId, { maxItems: 500, uniqueItems: true })),
    references: Type.Optional(Type.Array(Prose(2000), { maxItems: 500 })),
    tags: Type.Optional(Type.Array(Line(64), { maxItems: 100 })),
    metadata: Type.Optional(Type.Record(Type.String({ maxLength: 128 }), Type.Unknown())),
  },
  closed,
);

export const ScientificObject = Type.Object(
  {
    id: ObjectId,
    type: Type.Unsafe<ObjectType>({ type: 'string', enum: [...OBJECT_TYPES] }),
    content: Type.Record(Type.String({ maxLength: 128 }), Type.Unknown()),
    semantics: Type.Optional(ObjectSemantics),
    runtime: Type.Optional(ObjectRuntime),
  },
  closed,
);
export type ScientificObject = Static<typeof ScientificObject>;

const MAXIMUM_TEXT = 1_048_576;
const Source = Type.Object({ source: Prose(MAXIMUM_TEXT) }, closed);
const Text = Type.Object({ markdown: Prose(MAXIMUM_TEXT) }, closed);
const Equation = Type.Object({ latex: Prose(65_536) }, closed);
/** A file that runs read as `/data/<name>`. */
export const DatasetContent = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' }),
    digest: Digest,
    size_bytes: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    media_type: MediaType,
  },
  closed,
);
export type DatasetContent = Static<typeof DatasetContent>;
const Free = Type.Record(Type.String({ maxLength: 128 }), Type.Unknown());

/** What an object of each type holds. */
export const CONTENT = {
  text: Text,
  equation: Equation,
  code: Source,
  plot: Free,
  table: Free,
  media: Free,
  dataset: DatasetContent,
} as const satisfies Record<ObjectType, unknown>;

const Coordinate = Type.Number({ minimum: -1e9, maximum: 1e9 });
const Extent = Type.Number({ minimum: 0, maximum: 1e9 });
const SlidePlacement = Type.Object(
  {
    object_id: ObjectId,
    x: Coordinate,
    y: Coordinate,
    width: Extent,
    height: Extent,
    z_index: Type.Integer({ minimum: -10_000, maximum: 10_000 }),
  },
  closed,
);
const CanvasPlacement = Type.Object(
  {
    object_id: ObjectId,
    x: Coordinate,
    y: Coordinate,
    scale: Type.Number({ exclusiveMinimum: 0, maximum: 1000 }),
    rotation: Type.Number({ minimum: -360, maximum: 360 }),
    group_id: Type.Optional(Line(128)),
  },
  closed,
);
const MAXIMUM_OBJECTS = 2000;
export const View = Type.Union([
  Type.Object(
    {
      view_type: Type.Literal('notebook'),
      object_ids: Type.Array(ObjectId, { maxItems: MAXIMUM_OBJECTS, uniqueItems: true }),
    },
    closed,
  ),
  Type.Object(
    {
      view_type: Type.Literal('slides'),
      slides: Type.Array(Type.Object({ placements: Type.Array(SlidePlacement, { maxItems: 200 }) }, closed), {
        maxItems: 500,
      }),
    },
    closed,
  ),
  Type.Object(
    {
      view_type: Type.Literal('canvas'),
      coordinate_space: Type.Optional(Line(64)),
      placements: Type.Array(CanvasPlacement, { maxItems: MAXIMUM_OBJECTS }),
    },
    closed,
  ),
]);
export type View = Static<typeof View>;

export const NewDocument = Type.Object(
  { project_id: Type.Optional(Id), title: Line(300), description: Type.Optional(Prose(10_000)) },
  closed,
);
export const DocumentChange = Type.Object(
  { project_id: Type.Optional(Id), title: Type.Optional(Line(300)), description: Type.Optional(Prose(10_000)) },
  { ...closed, minProperties: 1 },
);
export const DocumentView = Type.Object(
  {
    id: Id,
    workspace_id: Id,
    project_id: Id,
    title: Type.String(),
    description: Type.String(),
    created_by: Id,
    created_at: Time,
    archived_at: Type.Union([Time, Type.Null()]),
    head_revision_id: Type.Union([Id, Type.Null()]),
  },
  closed,
);
export type DocumentView = Static<typeof DocumentView>;

export const RevisionContent = Type.Object(
  { objects: Type.Array(ScientificObject, { maxItems: MAXIMUM_OBJECTS }), views: Type.Array(View, { maxItems: 20 }) },
  closed,
);
export type RevisionContent = Static<typeof RevisionContent>;

export const NewRevision = Type.Object(
  {
    parent_revision_id: Type.Union([Id, Type.Null()]),
    message: Type.Optional(Prose(2000)),
    objects: Type.Array(ScientificObject, { maxItems: MAXIMUM_OBJECTS }),
    views: Type.Optional(Type.Array(View, { maxItems: 20 })),
  },
  closed,
);
export type NewRevision = Static<typeof NewRevision>;

const revisionSummary = {
  id: Id,
  workspace_id: Id,
  document_id: Id,
  parent_revision_id: Type.Union([Id, Type.Null()]),
  /** 1 for the first revision of the document. */
  sequence: Type.Integer({ minimum: 1 }),
  message: Type.String(),
  /** sha256 of the canonical JSON of {objects, views}. */
  digest: Digest,
  is_head: Type.Boolean(),
  created_by: Id,
  created_at: Time,
};
export const RevisionSummary = Type.Object(revisionSummary, closed);
export type RevisionSummary = Static<typeof RevisionSummary>;
export const RevisionView = Type.Object({ ...revisionSummary, ...RevisionContent.properties }, closed);
export type RevisionView = Static<typeof RevisionView>;

export const ImportBody = Type.Object(
  {
    format: Type.Literal('ipynb'),
    /** The notebook, as JSON or as the text of its file. */
    content: Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())]),
    /** The head when it is left out. */
    parent_revision_id: Type.Optional(Type.Union([Id, Type.Null()])),
    message: Type.Optional(Prose(2000)),
  },
  closed,
);
export type ImportBody = Static<typeof ImportBody>;
export const ImportView = Type.Object({ revision: RevisionView, warnings: Type.Array(Type.String()) }, closed);
