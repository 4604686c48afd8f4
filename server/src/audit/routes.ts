/** The audit log over HTTP, for owners. */
import { Type } from 'typebox';
import type { AuditEventRow } from '../database/rows.ts';
import { page, pageOf, PageQuery } from '../http/pages.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { Id, params, Time } from '../schemas.ts';

const MaybeId = Type.Union([Id, Type.Null()]);
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const AuditEventView = Type.Object(
  {
    id: Id,
    event: Type.String(),
    timestamp: Time,
    actor_user_id: MaybeId,
    workspace_id: MaybeId,
    document_id: MaybeId,
    revision_id: MaybeId,
    object_id: MaybeText,
    job_id: MaybeId,
    ip: MaybeText,
    user_agent: MaybeText,
    detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  },
  { additionalProperties: false },
);

export function auditRoutes(): Route[] {
  return [
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/audit',
      summary: 'What happened in the workspace, newest first',
      rate: 'api',
      params: params({ ws: Id }),
      query: PageQuery,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'read the audit log' },
      answers: { 200: pageOf(AuditEventView) },
      handler: async ({ scope, query }) => {
        const events = scope.connection<AuditEventRow>('audit_events').where({ workspace_id: scope.workspaceId });
        // Safe: `detail` is the JSON object that `recordEvent` wrote.
        const present = (row: AuditEventRow) => ({ ...row, detail: JSON.parse(row.detail) as Record<string, unknown> });
        return { body: await page(events, 'audit_events.id', query, present) };
      },
    }),
  ];
}
