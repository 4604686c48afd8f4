/** For an error of a run: what happened in one sentence, and the next step to take. */
import type { RunError } from '../kernel/runtime.ts';
import { formatBytes, formatExact, formatFuel } from '../kernel/amounts.ts';

export interface Advice {
  title: string;
  next: string | null;
  /** The page can open the limits for the person. */
  opensLimits: boolean;
}

export function adviceFor(error: RunError): Advice {
  const { limit, used } = error.details;
  switch (error.code) {
    case 'FUEL':
      return limits(
        limit === undefined ? 'The fuel limit was reached' : `The fuel limit of ${formatFuel(limit)} was reached`,
        'Make the cell do less work at once, or raise its fuel limit.',
      );
    case 'MEMORY': {
      const asked = used === undefined ? '' : ` (${formatBytes(used)} asked for)`;
      const allowed = limit === undefined ? '' : ` of ${formatBytes(limit)}`;
      return limits(
        `The memory limit${allowed} was reached${asked}`,
        'Keep less in memory at once, or raise the memory limit.',
      );
    }
    case 'DEPTH':
      return plain('Calls were nested too deeply', 'Look for a recursion that does not end, or write it as a loop.');
    case 'OUTPUT':
      return limits('The cell wrote more output than it may', 'Print less, or write the data to an artifact.');
    case 'ARTIFACTS':
      return limits('The artifacts are too many or too large', 'Keep fewer of them, or make them smaller.');
    case 'FILES':
      return limits('The files of the cell are too many or too large', 'Delete what is no longer needed in /job.');
    case 'WALL_CLOCK':
    case 'CPU':
      return limits(
        limit === undefined
          ? 'The time limit was reached'
          : `The time limit of ${formatExact(Math.round(limit / 1000))} s was reached`,
        'Make the cell do less work at once, or raise the time limit.',
      );
    case 'IMPORT_DENIED':
      return plain(
        'The cell asked for something that the sandbox does not allow',
        'Programs here have no network, processes or host files.',
      );
    case 'CODE_LOADING':
      return plain('The cell tried to load native code', 'Only the packages of the environment can be used.');
    case 'PROTOCOL':
      return plain('The sandbox sent something it must not send', 'It was closed. Restart the kernel to go on.');
    case 'PACKAGE_UNAVAILABLE':
      return plain('This package is not part of the environment', error.message);
    case 'INPUT_MISSING':
    case 'INPUT_DIGEST':
      return plain('An input file is missing or not the one that was recorded', null);
    case 'ENVIRONMENT_UNKNOWN':
      return plain(
        'The environment of this program is not available here',
        'It may have been removed from this server.',
      );
    case 'ENGINE_FAILED':
    case 'HOST_FAILED':
      return plain('The engine failed', 'Restart the kernel and run again. Your cells are safe.');
    default:
      return plain('', null);
  }
}

function limits(title: string, next: string): Advice {
  return { title, next, opensLimits: true };
}

function plain(title: string, next: string | null): Advice {
  return { title, next, opensLimits: false };
}
