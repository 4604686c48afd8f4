/** Schemas become validators once, when the server starts; a request either has the declared shape or gets a 422 that says where not. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Static, TSchema } from 'typebox';
import { type FieldError, Problem } from '../errors.ts';

/** Most field errors that one answer lists. */
const MAXIMUM_ERRORS = 20;

const bodies = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true });
// Path and query hold text only: `limit=10` has to become a number.
const texts = new Ajv2020({ allErrors: false, strict: true, coerceTypes: true });

export type RequestPart = 'body' | 'query' | 'path';

/** Returns the value, typed, or throws. */
export type Validator<S extends TSchema> = (value: unknown) => Static<S>;

export function validator<S extends TSchema>(schema: S, part: RequestPart): Validator<S> {
  const check: ValidateFunction = (part === 'body' ? bodies : texts).compile(schema);
  return (value) => {
    if (!check(value)) {
      // A path that cannot name anything names nothing.
      if (part === 'path') throw new Problem('not_found');
      throw new Problem('validation_error', describe(check.errors ?? [], part));
    }
    // Safe: ajv has just checked the value against the schema that the type comes from.
    return value as Static<S>;
  };
}

function describe(errors: ErrorObject[], part: RequestPart): { detail: string; errors: FieldError[] } {
  const fields = errors.slice(0, MAXIMUM_ERRORS).map((error) => ({
    pointer: `/${part}${error.instancePath}`,
    message: messageOf(error),
  }));
  const [first] = fields;
  return { detail: first === undefined ? 'Unexpected shape.' : `${first.pointer} ${first.message}.`, errors: fields };
}

function messageOf(error: ErrorObject): string {
  // Safe: ajv's own typings leave `params` open; this keyword always carries the property's name.
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    return `must not have the unknown field ${JSON.stringify(String(params['additionalProperty']).slice(0, 64))}`;
  }
  if (error.keyword === 'const') return `must be ${JSON.stringify(params['allowedValue'])}`;
  if (error.keyword === 'enum' && Array.isArray(params['allowedValues']))
    return `must be one of ${params['allowedValues'].join(', ')}`;
  return error.message ?? 'is not valid';
}
