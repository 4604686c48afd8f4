/** The real wheels of the project's definitions: that they can be had, unpacked, and are under the licences that are said. */
import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { listDefinitions, readDefinition } from '../../../wasm-runtime/src/environment/definition.ts';
import { unpackWheel } from '../../../wasm-runtime/src/environment/unpack.ts';
import { wheelPlaces } from '../../../wasm-runtime/src/environment/wheel-cache.ts';
import { type ObtainedWheel, obtainWheels, WheelsUnavailable } from '../../../wasm-runtime/src/environment/wheels.ts';
import { readZip } from '../../../wasm-runtime/src/environment/zip.ts';

/** The first time, up to 77 MB come over the network. */
const TIMEOUT_MS = 900_000;

/** What the index's classifiers may mean in SPDX's words. */
const CLASSIFIED: Readonly<Record<string, readonly string[]>> = {
  'Apache Software License': ['Apache-2.0'],
  'BSD License': ['BSD-2-Clause', 'BSD-3-Clause'],
  'Historical Permission Notice and Disclaimer (HPND)': ['HPND'],
  'MIT License': ['MIT'],
  'Python Software Foundation License': ['PSF-2.0'],
};

const definitions = await Promise.all((await listDefinitions()).map((name) => readDefinition(name)));

describe.each(definitions)('the wheels of $name', (definition) => {
  it(
    'can be had, unpacked, and say the licences and modules that the definition says',
    { timeout: TIMEOUT_MS },
    async ({ skip }) => {
      let obtained: ObtainedWheel[];
      try {
        obtained = await obtainWheels(definition, wheelPlaces(process.env, homedir()));
      } catch (error) {
        if (error instanceof WheelsUnavailable) return skip(error.message);
        throw error;
      }
      expect(obtained.map(({ wheel }) => wheel)).toEqual(definition.wheels);
      for (const { wheel, bytes } of obtained) {
        const files = unpackWheel(wheel.file, bytes, definition.exclude);
        expect(files.length, wheel.file).toBeGreaterThan(0);
        const tops = new Set(files.map(({ path }) => path.split(/[./]/)[0]));
        for (const module of wheel.modules) expect(tops, wheel.file).toContain(module);
        checkLicence(wheel.licence, wheel.file, bytes);
      }
      const places = obtained.flatMap(({ wheel, bytes }) =>
        unpackWheel(wheel.file, bytes).map(({ place, path }) => `${place}/${path}`),
      );
      expect(new Set(places).size, 'no wheel has a file of another').toBe(places.length);
    },
  );
});

/** Where the wheel says nothing of it, as upstream's parts of the standard library, there is nothing to check. */
function checkLicence(licence: string, file: string, bytes: Uint8Array): void {
  const [metadata] = readZip(bytes, { select: (name) => /^[^/]+\.dist-info\/METADATA$/.test(name) });
  const [head = ''] = new TextDecoder().decode(metadata?.bytes).split('\n\n');
  const [, expression] = /^License-Expression: (.*)$/m.exec(head) ?? [];
  if (expression !== undefined) expect(licence, file).toBe(expression);
  const said = licence.split(/ AND | OR | WITH /);
  for (const [, classifier = ''] of head.matchAll(/^Classifier: License :: OSI Approved :: (.*)$/gm)) {
    const meant = CLASSIFIED[classifier];
    expect(meant, `${file} is classified as ${classifier}, which this test does not know`).toBeDefined();
    expect(
      said.some((id) => meant?.includes(id)),
      `${file}: ${licence} against ${classifier}`,
    ).toBe(true);
  }
}
