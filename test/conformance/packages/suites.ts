/** The suites: which library's tests, from which wheel, with which of pytest's options, and which files go into one run. */
import type { Wheel } from '../../../wasm-runtime/src/environment/definition.ts';

export interface Suite {
  /** As it is asked for, and as its library is imported. */
  library: string;
  /** The wheel that has the tests: Pyodide's own leaves them out, and so do our environments. */
  wheel: Wheel;
  /** What the library's own `test()` gives to pytest. */
  options: readonly string[];
  /** Whether a file of tests, by its path in the wheel, is run. */
  isChosen: (file: string) => boolean;
  /** So many parts of a path say what a file is about; files about one thing share runs. */
  depth: number;
}

/** The environment whose library is tested: what stock Pyodide loads are its wheels, too. */
export const ENVIRONMENT = 'data';

const indexWheel = (name: string, version: string, tags: string, sha256: string, licence: string): Wheel => ({
  name,
  version,
  file: `${name}-${version}-${tags}.whl`,
  sha256,
  licence,
  source: 'index',
  modules: [],
});

const PURE = 'py3-none-any';
const LINUX = 'cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64';

/** pytest and hypothesis of the time of the libraries, which numpy's and pandas's own requirements name or allow. */
export const TOOLS: readonly Wheel[] = [
  indexWheel('pytest', '7.4.4', PURE, 'b090cdf5ed60bf4c45261be03239c2c1c22df034fbffe691abe93cd80cea01d8', 'MIT'),
  indexWheel('iniconfig', '2.3.1', PURE, '9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7', 'MIT'),
  indexWheel('pluggy', '1.7.0', PURE, '7dd7b0d8832ba3cb632c306926ded123429211b83641b35dc5c41ad2d34f9bec', 'MIT'),
  indexWheel(
    'hypothesis',
    '6.104.1',
    PURE,
    'a0a898fa78ecaefe76ad248901dc274e598f29198c6015b3053f7f7827670e0e',
    'MPL-2.0',
  ),
  indexWheel('attrs', '26.1.0', PURE, 'c647aa4a12dfbad9333ca4e71fe62ddc36f4e63b2d260a37a8b83d2f043ac309', 'MIT'),
  indexWheel(
    'sortedcontainers',
    '2.4.0',
    'py2.py3-none-any',
    'a163dcaede0f1c021485e957a39245190e74249897e2ae4b2aa38595db237ee0',
    'Apache-2.0',
  ),
];

/**
 * All of pandas would take hours. Left out beside the large folders are `scalar`, `tools` and `tslibs`: some of their tests had not ended
 * after twelve minutes, on either side.
 */
const PANDAS_PARTS =
  /^pandas\/tests\/(api|apply|base|config|construction|dtypes|generic|interchange|internals|libs|reductions|util)\//;

export const SUITES: readonly Suite[] = [
  {
    library: 'numpy',
    wheel: indexWheel(
      'numpy',
      '2.0.2',
      LINUX,
      '0123ffdaa88fa4ab64835dcbde75dcdf89c453c922f18dced6e27c90d1d0ec5a',
      'BSD-3-Clause',
    ),
    options: ['-m', 'not slow'],
    isChosen: () => true,
    depth: 1,
  },
  {
    library: 'pandas',
    wheel: indexWheel(
      'pandas',
      '2.2.3',
      LINUX,
      'fffb8ae78d8af97f849404f21411c95062db1496aeb3e56f146f0355c9989319',
      'BSD-3-Clause',
    ),
    options: ['-m', 'not slow and not network and not db', '--hypothesis-seed=0'],
    isChosen: (file) => PANDAS_PARTS.test(file),
    depth: 2,
  },
];
