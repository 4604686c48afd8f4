/** Keeps drafts in IndexedDB, one record for each document. Storage may be refused or full: callers get a typed failure. */
import { asDraft, isOverwrite, type Draft } from './drafts.ts';

const DATABASE = 'praxis';
const STORE = 'drafts';

/** Another tab wrote this draft since this page last read or wrote it. */
export class DraftConflict extends Error {
  override readonly name = 'DraftConflict';
  readonly theirs: Draft;

  constructor(theirs: Draft) {
    super('This notebook was changed in another tab.');
    this.theirs = theirs;
  }
}

export interface DraftStore {
  read(key: string): Promise<Draft | null>;
  /** @throws DraftConflict when the stored draft does not have the stamp that this page last saw */
  write(draft: Draft, lastSeenStamp: string | null): Promise<void>;
  /** Removes the draft that this page last saw; one that another tab wrote since stays. */
  remove(key: string, lastSeenStamp: string | null): Promise<void>;
}

export function indexedDrafts(): DraftStore {
  let opened: Promise<IDBDatabase> | null = null;
  const database = (): Promise<IDBDatabase> => {
    opened ??= open().catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  return {
    async read(key) {
      const store = (await database()).transaction(STORE, 'readonly').objectStore(STORE);
      return asDraft(await settled(store.get(key)));
    },
    async write(draft, lastSeenStamp) {
      const transaction = (await database()).transaction(STORE, 'readwrite');
      const store = transaction.objectStore(STORE);
      const stored = asDraft(await settled(store.get(draft.key)));
      if (stored !== null && isOverwrite(stored, lastSeenStamp)) {
        transaction.abort();
        throw new DraftConflict(stored);
      }
      await settled(store.put(draft));
    },
    async remove(key, lastSeenStamp) {
      const store = (await database()).transaction(STORE, 'readwrite').objectStore(STORE);
      const stored = asDraft(await settled(store.get(key)));
      if (!isOverwrite(stored, lastSeenStamp)) await settled(store.delete(key));
    },
  };
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE, { keyPath: 'key' }));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(failure(request.error)));
    request.addEventListener('blocked', () => reject(new Error('Another tab keeps the storage of this site busy.')));
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(failure(request.error)));
  });
}

function failure(error: DOMException | null): Error {
  return error ?? new Error('The storage of this site failed.');
}
