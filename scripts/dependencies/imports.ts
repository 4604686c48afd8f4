/** Which modules a source file imports, read from its syntax tree. */
import { parseSync } from 'vite';

export interface Import {
  specifier: string;
  /** 1-based. */
  line: number;
}

interface TypeImport {
  type: 'TSImportType';
  start: number;
  source: { value: string };
}

function isTypeImport(node: object): node is TypeImport {
  if (!('type' in node) || node.type !== 'TSImportType' || !('source' in node)) return false;
  const { source } = node;
  return typeof source === 'object' && source !== null && 'value' in source && typeof source.value === 'string';
}

/** `typeof import('x')` and `import('x').T` are in no list of the parser's; everything else is. */
function typeImports(tree: unknown, found: TypeImport[] = []): TypeImport[] {
  if (typeof tree !== 'object' || tree === null) return found;
  if (isTypeImport(tree)) found.push(tree);
  for (const child of Object.values(tree)) typeImports(child, found);
  return found;
}

/** The text of a string literal or of a template without holes; undefined for anything computed. */
function literal(source: string): string | undefined {
  const match = /^(['"`])([^'"`$\\]*)\1$/.exec(source.trim());
  return match?.[2];
}

/**
 * All imports of a file: static, re-exported, dynamic and in types.
 * @throws SyntaxError when the file does not parse, or when it imports a module whose name is computed: nobody could check that.
 */
export function importsOf(file: string, source: string): Import[] {
  const { program, module, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`);
  const lineOf = (offset: number): number => source.slice(0, offset).split('\n').length;
  const found: Import[] = [];
  const add = (specifier: string, offset: number): void => {
    found.push({ specifier, line: lineOf(offset) });
  };
  for (const { moduleRequest } of module.staticImports) add(moduleRequest.value, moduleRequest.start);
  for (const { entries } of module.staticExports) {
    const request = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest;
    if (request !== undefined && request !== null) add(request.value, request.start);
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const specifier = literal(source.slice(moduleRequest.start, moduleRequest.end));
    if (specifier === undefined) {
      throw new SyntaxError(`${file}:${lineOf(moduleRequest.start)}: the name of an imported module is computed`);
    }
    add(specifier, moduleRequest.start);
  }
  for (const node of typeImports(program)) add(node.source.value, node.start);
  return found;
}
