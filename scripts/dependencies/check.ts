/** Decides for one import whether the house allows it. Pure: the rules are passed in. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';

export interface FeatureRules {
  /** Features of the same package that this one may import from. `.` stands for the files beside the folders. */
  uses: readonly string[];
  /** What others may import from here, as file names; without it, every file that lies directly in the folder. */
  offers?: readonly string[];
}

export interface PackageRules {
  /** Name as in its manifest. */
  name: string;
  /** Folder of the package relative to the root, e.g. `server`. */
  folder: string;
  /** Packages of this project that it may import, by name. */
  packages: readonly string[];
  /** Which files, relative to the root, may import Node's own modules. */
  nodeBuiltins: (file: string) => boolean;
  /** Every folder of `src`. */
  features: Readonly<Record<string, FeatureRules>>;
}

const inside = (folder: string, file: string): boolean => file.startsWith(`${folder}/`);

/** The feature that a file of a package's `src` belongs to, or undefined outside of `src`. */
function featureOf(rules: PackageRules, file: string): string | undefined {
  const source = `${rules.folder}/src`;
  if (!inside(source, file)) return undefined;
  const [first, ...rest] = file.slice(source.length + 1).split('/');
  return rest.length === 0 ? '.' : first;
}

function checkFeatures(rules: PackageRules, file: string, target: string): string | undefined {
  const from = featureOf(rules, file);
  const to = featureOf(rules, target);
  if (from === undefined || from === to) return undefined;
  if (to === undefined) return `${target} lies outside of ${rules.folder}/src`;
  const own = rules.features[from];
  if (own === undefined) return `the folder "${from}" has no rules yet: add it to scripts/dependencies/rules.ts`;
  const other = rules.features[to];
  if (other === undefined) return `the folder "${to}" has no rules yet: add it to scripts/dependencies/rules.ts`;
  if (!own.uses.includes(to)) return `"${from}" may not import from "${to}"`;
  const name = to === '.' ? posix.basename(target) : target.slice(`${rules.folder}/src/${to}/`.length);
  const offered = other.offers === undefined ? !name.includes('/') : other.offers.includes(name);
  return offered ? undefined : `${name} is an internal of "${to}"`;
}

/**
 * @param file path relative to the root, with `/`.
 * @returns why the import is not allowed, or undefined when it is.
 */
export function checkImport(all: readonly PackageRules[], file: string, specifier: string): string | undefined {
  const rules = all.find(({ folder }) => inside(folder, file));
  if (rules === undefined) return undefined;
  if (specifier.startsWith('.')) {
    // A query such as `?worker` is for the bundler.
    const target = posix.join(posix.dirname(file), specifier.replace(/[?#].*$/, ''));
    if (!inside(rules.folder, target)) {
      return `a relative import may not leave the package: import ${target} by its package's name, if at all`;
    }
    return checkFeatures(rules, file, target);
  }
  if (isBuiltin(specifier)) {
    return rules.nodeBuiltins(file)
      ? undefined
      : `${specifier} exists in Node only, and this file runs in browsers too`;
  }
  const imported = all.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (imported === undefined || rules.packages.includes(imported.name)) return undefined;
  return `${rules.name} may not depend on ${imported.name}`;
}
