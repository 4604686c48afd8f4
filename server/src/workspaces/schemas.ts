/** Shapes of the workspace API. */
import { type Static, Type } from 'typebox';
import { closed, Count, Id, Line, Prose, RoleSchema, Time } from '../schemas.ts';

export const WorkspaceName = Type.Object({ name: Line(120) }, closed);
export const WorkspaceView = Type.Object(
  { id: Id, name: Type.String(), role: RoleSchema, created_by: Id, created_at: Time },
  closed,
);
export type WorkspaceView = Static<typeof WorkspaceView>;

export const ReplayPolicySchema = Type.Union([Type.Literal('always'), Type.Literal('on_demand')]);
export const SettingsView = Type.Object(
  {
    execution_enabled: Type.Boolean(),
    replay_policy: ReplayPolicySchema,
    quotas: Type.Object(
      { storage_bytes: Count, upload_bytes: Count, open_uploads: Count, running_jobs: Count },
      closed,
    ),
  },
  closed,
);
export const SettingsChange = Type.Object(
  { execution_enabled: Type.Optional(Type.Boolean()), replay_policy: Type.Optional(ReplayPolicySchema) },
  { ...closed, minProperties: 1 },
);
export type SettingsChange = Static<typeof SettingsChange>;
export const UsageView = Type.Object(
  {
    storage_bytes: Type.Object({ used: Count, reserved: Count, quota: Count }, closed),
    running_jobs: Type.Object({ used: Count, quota: Count }, closed),
  },
  closed,
);

export const NewMember = Type.Object(
  { email: Type.String({ minLength: 3, maxLength: 254 }), role: RoleSchema },
  closed,
);
export const MemberChange = Type.Object({ role: RoleSchema }, closed);
export const MemberView = Type.Object(
  { user_id: Id, email: Type.String(), name: Type.String(), role: RoleSchema, joined_at: Time },
  closed,
);
export type MemberView = Static<typeof MemberView>;

export const NewProject = Type.Object({ name: Line(200), description: Type.Optional(Prose(10_000)) }, closed);
export const ProjectChange = Type.Object(
  { name: Type.Optional(Line(200)), description: Type.Optional(Prose(10_000)) },
  { ...closed, minProperties: 1 },
);
export const ProjectView = Type.Object(
  {
    id: Id,
    workspace_id: Id,
    name: Type.String(),
    description: Type.String(),
    created_at: Time,
    archived_at: Type.Union([Time, Type.Null()]),
  },
  closed,
);
export type ProjectView = Static<typeof ProjectView>;
