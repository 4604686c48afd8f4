/** OpenAPI 3.1 from the route table: the very schemas that requests are checked against. */
import type { TObject, TSchema } from 'typebox';
import { PROBLEMS } from '../errors.ts';
import { ProblemSchema } from '../schemas.ts';
import { SENTENCES } from '../policy.ts';
import type { Route } from './route.ts';

/** The document for `routes` below `prefix`. */
export function openApi(routes: readonly Route[], prefix: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = prefix + route.path.replace(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Praxis',
      version: '1',
      description:
        'Scientific documents whose results can be verified. Errors are RFC 9457 problems with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: ProblemSchema },
      responses: {
        Problem: {
          description: `An error. Codes: ${Object.keys(PROBLEMS).join(', ')}.`,
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'praxis',
          description: '`__Host-praxis` on https. Unsafe methods need X-CSRF-Token.',
        },
        signature: { type: 'apiKey', in: 'query', name: 'signature', description: 'A signed URL made by this API.' },
      },
    },
  };
}

function operation(route: Route): Record<string, unknown> {
  const { permission } = route;
  const who =
    permission === null
      ? ''
      : ` For members who may ${permission.sentence}: ${SENTENCES[permission.sentence]} or above.`;
  return {
    summary: route.summary,
    description: `${route.summary}.${who}`,
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[^A-Za-z]+/g, '_')}`,
    security: route.authentication === 'none' ? [] : [{ [route.authentication]: [] }],
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query'), ...headerParameters(route)],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, schema]) => [status, answer(schema)])),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function headerParameters(route: Route): Record<string, unknown>[] {
  const header = (name: string, required: boolean) => ({ name, in: 'header', required, schema: { type: 'string' } });
  const needsToken = route.method !== 'GET' && route.authentication !== 'signature';
  return [
    ...(route.idempotency === 'required' ? [header('Idempotency-Key', true)] : []),
    ...(needsToken ? [header('X-CSRF-Token', route.authentication === 'session')] : []),
  ];
}

function parameters(schema: TObject | undefined, place: 'path' | 'query'): Record<string, unknown>[] {
  const required = new Set<string>(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: property,
  }));
}

function answer(schema: TSchema | null): Record<string, unknown> {
  if (schema === null) return { description: 'Done' };
  return { description: 'Done', content: { 'application/json': { schema } } };
}
