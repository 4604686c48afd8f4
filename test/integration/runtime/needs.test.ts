/** Our reading of imports against Python's own parser: on every file of the standard library. Needs a build. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { needsOfSource, STANDARD_LIBRARY, type Needs } from '@praxis/wasm-runtime';
import { runSource } from '../../support/node-runs.ts';

const PARSER = readFileSync(path.join(import.meta.dirname, '../../support/needs.py'), 'utf8');
const COLLECT = `
import json, sys, warnings, zipfile, praxis
warnings.simplefilter("ignore")
found = []
for place in sys.path:
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            for name in archive.namelist():
                source = archive.read(name).decode("utf-8", "replace") if name.endswith(".py") else ""
                needs = needs_of_source(source)
                if needs is not None:
                    found.append([name, source, needs])
found.append(["names", "", sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))])
praxis.artifact("found.json", json.dumps(found).encode())
`;

it('reads in each file of the standard library what Python reads in it', async () => {
  const { record, blobs } = await runSource('python', PARSER + COLLECT, {
    limits: { fuel: 1e12, timeout_ms: 100_000 },
  });
  expect(record.error).toBeNull();
  const bytes = blobs.get(record.artifacts[0]?.digest ?? '');
  // Written by the program above.
  const found = JSON.parse(new TextDecoder().decode(bytes)) as [string, string, Needs][];
  const names = found.pop();
  expect(names?.[2]).toEqual([...STANDARD_LIBRARY]);
  expect(found.length).toBeGreaterThan(500);
  const different = found.filter(
    ([, source, needs]) => JSON.stringify(needsOfSource(source)) !== JSON.stringify(needs),
  );
  expect(different.map(([name]) => name)).toEqual([]);
});
