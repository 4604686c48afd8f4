/**
 * The schemas of what crosses a border, by typebox. Only this file imports it here: the build makes it one file with all of typebox
 * that it needs, since its hundreds of files take longer to find than a small program takes to run.
 */
export { Type, type Static } from 'typebox';
export { Check, Errors } from 'typebox/value';
