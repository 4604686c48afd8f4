/** Workspaces, members, settings and projects over HTTP. */
import { Type } from 'typebox';
import { PageQuery, pageOf } from '../http/pages.ts';
import { personalRoute, type Route, workspaceRoute } from '../http/route.ts';
import { Id, params } from '../schemas.ts';
import {
  MemberChange,
  MemberView,
  NewMember,
  NewProject,
  ProjectChange,
  ProjectView,
  SettingsChange,
  SettingsView,
  UsageView,
  WorkspaceName,
  WorkspaceView,
} from './schemas.ts';
import type { Workspaces } from './service.ts';
import type { Usage } from './usage.ts';

const Ws = params({ ws: Id });
const WsUser = Type.Object({ ws: Id, user: Id }, { additionalProperties: false });
const WsProject = Type.Object({ ws: Id, id: Id }, { additionalProperties: false });
const ws = { resource: 'workspace', parameter: 'ws' } as const;

export function workspaceRoutes(service: Workspaces, usage: Usage): Route[] {
  return [
    personalRoute({
      method: 'GET',
      path: '/workspaces',
      summary: 'The workspaces that you are a member of',
      rate: 'api',
      query: PageQuery,
      answers: { 200: pageOf(WorkspaceView) },
      handler: async ({ actor, query }) => ({ body: await service.list(actor, query) }),
    }),
    personalRoute({
      method: 'POST',
      path: '/workspaces',
      summary: 'Make a workspace and own it',
      rate: 'api',
      body: WorkspaceName,
      answers: { 201: WorkspaceView },
      handler: async ({ actor, body, origin }) => ({
        status: 201,
        body: await service.create(actor, body.name, origin),
      }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws',
      summary: 'One workspace',
      rate: 'api',
      params: Ws,
      permission: { ...ws, sentence: 'see the workspace' },
      answers: { 200: WorkspaceView },
      handler: async ({ scope }) => ({ body: await service.get(scope) }),
    }),
    workspaceRoute({
      method: 'PATCH',
      path: '/workspaces/:ws',
      summary: 'Rename a workspace',
      rate: 'api',
      params: Ws,
      body: WorkspaceName,
      permission: { ...ws, sentence: 'change the workspace' },
      answers: { 200: WorkspaceView },
      handler: async ({ scope, body, origin }) => ({ body: await service.rename(scope, body.name, origin) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/settings',
      summary: 'Whether code may run, when it is replayed, and the quotas',
      rate: 'api',
      params: Ws,
      permission: { ...ws, sentence: 'see the workspace' },
      answers: { 200: SettingsView },
      handler: async ({ scope }) => ({ body: await service.settings(scope) }),
    }),
    workspaceRoute({
      method: 'PATCH',
      path: '/workspaces/:ws/settings',
      summary: 'Change the settings',
      rate: 'api',
      params: Ws,
      body: SettingsChange,
      permission: { ...ws, sentence: 'change the workspace' },
      answers: { 200: SettingsView },
      handler: async ({ scope, body, origin }) => {
        await service.changeSettings(scope, body, origin);
        return { body: await service.settings(scope) };
      },
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/usage',
      summary: 'What is used of the quotas',
      rate: 'api',
      params: Ws,
      permission: { ...ws, sentence: 'see the workspace' },
      answers: { 200: UsageView },
      handler: async ({ scope }) => ({ body: await usage.view(scope) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/members',
      summary: 'The members',
      rate: 'api',
      params: Ws,
      query: PageQuery,
      permission: { ...ws, sentence: 'see the members' },
      answers: { 200: pageOf(MemberView) },
      handler: async ({ scope, query }) => ({ body: await service.listMembers(scope, query) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/workspaces/:ws/members',
      summary: 'Add somebody who has an account',
      rate: 'api',
      params: Ws,
      body: NewMember,
      permission: { ...ws, sentence: 'change the members' },
      answers: { 201: MemberView },
      handler: async ({ scope, body, origin }) => ({ status: 201, body: await service.addMember(scope, body, origin) }),
    }),
    workspaceRoute({
      method: 'PATCH',
      path: '/workspaces/:ws/members/:user',
      summary: 'Change a role',
      rate: 'api',
      params: WsUser,
      body: MemberChange,
      permission: { ...ws, sentence: 'change the members' },
      answers: { 200: MemberView },
      handler: async ({ scope, params: { user }, body, origin }) => ({
        body: await service.changeMember(scope, user, body.role, origin),
      }),
    }),
    workspaceRoute({
      method: 'DELETE',
      path: '/workspaces/:ws/members/:user',
      summary: 'Remove a member',
      rate: 'api',
      params: WsUser,
      permission: { ...ws, sentence: 'change the members' },
      answers: { 204: null },
      handler: async ({ scope, params: { user }, origin }) => {
        await service.removeMember(scope, user, origin);
        return { status: 204 };
      },
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/projects',
      summary: 'The projects',
      rate: 'api',
      params: Ws,
      query: PageQuery,
      permission: { ...ws, sentence: 'read documents' },
      answers: { 200: pageOf(ProjectView) },
      handler: async ({ scope, query }) => ({ body: await service.listProjects(scope, query) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/workspaces/:ws/projects',
      summary: 'Make a project',
      rate: 'api',
      params: Ws,
      body: NewProject,
      permission: { ...ws, sentence: 'write documents' },
      answers: { 201: ProjectView },
      handler: async ({ scope, body, origin }) => ({
        status: 201,
        body: await service.createProject(scope, body, origin),
      }),
    }),
    workspaceRoute({
      method: 'PATCH',
      path: '/workspaces/:ws/projects/:id',
      summary: 'Change a project',
      rate: 'api',
      params: WsProject,
      body: ProjectChange,
      permission: { ...ws, sentence: 'write documents' },
      answers: { 200: ProjectView },
      handler: async ({ scope, params: { id }, body, origin }) => ({
        body: await service.changeProject(scope, id, body, origin),
      }),
    }),
    workspaceRoute({
      method: 'DELETE',
      path: '/workspaces/:ws/projects/:id',
      summary: 'Archive a project',
      rate: 'api',
      params: WsProject,
      permission: { ...ws, sentence: 'write documents' },
      answers: { 204: null },
      handler: async ({ scope, params: { id }, origin }) => {
        await service.archiveProject(scope, id, origin);
        return { status: 204 };
      },
    }),
  ];
}
