/** Jobs over HTTP. */
import type { ServerConfiguration } from '../configuration.ts';
import { pageOf, PageQuery } from '../http/pages.ts';
import { noteForLog } from '../http/request-log.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { Id, params } from '../schemas.ts';
import { Claim, ClaimAnswer, Envelope, JobResult, JobView, NewJob, RevisionOutputs, VerdictView } from './schemas.ts';
import type { Jobs } from './service.ts';

const Ws = params({ ws: Id });
const Job = params({ job: Id });
const ofJob = { resource: 'job', parameter: 'job' } as const;

export function jobRoutes(service: Jobs, configuration: ServerConfiguration): Route[] {
  return [
    workspaceRoute({
      method: 'POST',
      path: '/workspaces/:ws/jobs',
      summary: 'Run a document or an object of a stored revision',
      rate: 'jobs',
      params: Ws,
      body: NewJob,
      bodyLimit: configuration.body.documentBytes,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'run documents' },
      idempotency: 'required',
      answers: { 200: JobView, 201: JobView },
      handler: async ({ scope, body, origin, koa }) => {
        const { job, created } = await service.create(scope, body, origin);
        noteForLog(koa, { job_id: job.id, document_id: job.document_id, revision_id: job.document_revision_id });
        return { status: created ? 201 : 200, body: job };
      },
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/jobs',
      summary: 'The jobs',
      rate: 'api',
      params: Ws,
      query: PageQuery,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'see jobs' },
      answers: { 200: pageOf(JobView) },
      handler: async ({ scope, query }) => ({ body: await service.list(scope, query) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/jobs/:job',
      summary: 'One job with its payload',
      rate: 'api',
      params: Job,
      permission: { ...ofJob, sentence: 'see jobs' },
      answers: { 200: JobView },
      handler: async ({ scope, params: { job } }) => ({ body: await service.get(scope, job) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/jobs/:job/cancel',
      summary: 'Cancel a job that has not ended',
      rate: 'jobs',
      params: Job,
      permission: { ...ofJob, sentence: 'run documents' },
      answers: { 200: JobView },
      handler: async ({ scope, params: { job }, origin }) => ({ body: await service.cancel(scope, job, origin) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/jobs/:job/claim',
      summary: 'Hand in the run record; answers with the digests of bytes that are still missing, or with the job',
      rate: 'jobs',
      params: Job,
      body: Claim,
      bodyLimit: configuration.body.claimBytes,
      permission: { ...ofJob, sentence: 'run documents' },
      answers: { 200: ClaimAnswer },
      handler: async ({ scope, params: { job }, body, origin, koa }) => {
        noteForLog(koa, { job_id: job });
        return { body: await service.claim(scope, job, body, origin) };
      },
    }),
    workspaceRoute({
      method: 'POST',
      path: '/jobs/:job/replay',
      summary: 'Ask for the replay of a claim',
      rate: 'jobs',
      params: Job,
      permission: { ...ofJob, sentence: 'run documents' },
      answers: { 202: VerdictView },
      handler: async ({ scope, params: { job } }) => ({ status: 202, body: await service.requestReplay(scope, job) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/jobs/:job/result',
      summary: 'The result with its run record',
      rate: 'api',
      params: Job,
      permission: { ...ofJob, sentence: 'see jobs' },
      answers: { 200: JobResult },
      handler: async ({ scope, params: { job } }) => ({ body: await service.result(scope, job) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/jobs/:job/verdict',
      summary: 'What replay found',
      rate: 'api',
      params: Job,
      permission: { ...ofJob, sentence: 'see jobs' },
      answers: { 200: VerdictView },
      handler: async ({ scope, params: { job } }) => ({ body: await service.verdict(scope, job) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/jobs/:job/attestation',
      summary: 'The signed attestation (DSSE envelope with an in-toto statement) of a verified run',
      rate: 'api',
      params: Job,
      permission: { ...ofJob, sentence: 'see jobs' },
      answers: { 200: Envelope },
      handler: async ({ scope, params: { job } }) => ({
        // Safe: stored as JSON by replay.
        body: JSON.parse(await service.attestation(scope, job)) as unknown,
        headers: { 'Content-Disposition': `attachment; filename="attestation-${job}.json"` },
      }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/revisions/:rev/outputs',
      summary: 'The newest outputs of every object of a revision, with their trust state',
      rate: 'api',
      params: params({ rev: Id }),
      permission: { resource: 'revision', parameter: 'rev', sentence: 'read documents' },
      answers: { 200: RevisionOutputs },
      handler: async ({ scope, params: { rev } }) => ({ body: await service.outputs(scope, rev) }),
    }),
  ];
}
