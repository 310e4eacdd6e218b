import type { Operation } from '../../core/operation/operation.ts';
import type { CoordStore, StoreEntry } from '../../store/coord-store.ts';
import { decodeOperation, OPERATION_PREFIX, operationKey } from '../records/operation-record.ts';
import { decodePolicy, NO_POLICY, POLICY_KEY, type PolicyRecord } from '../records/policy-record.ts';

/** An operation and the version of its record. */
export interface StoredOperation {
  readonly operation: Operation;
  readonly version: string;
}

/** All operations on record, those that cannot be read left out and named. */
export async function readOperations(
  store: CoordStore,
): Promise<{ readonly operations: readonly StoredOperation[]; readonly bad: readonly string[] }> {
  const { entries } = await store.snapshot(OPERATION_PREFIX);
  const operations: StoredOperation[] = [];
  const bad: string[] = [];
  for (const { key, value, version } of entries) {
    try {
      operations.push({ operation: decodeOperation(key, value), version });
    } catch (error) {
      bad.push((error as Error).message);
    }
  }
  return { operations, bad };
}

/** Null: there is none. Throws RecordError for a damaged one. */
export async function readOperation(store: CoordStore, id: string): Promise<StoredOperation | null> {
  const [entry] = (await store.read([operationKey(id)])).entries;
  if (entry === undefined) return null;
  return { operation: decodeOperation(entry.key, entry.value), version: entry.version };
}

export interface StoredPolicy {
  readonly policy: PolicyRecord;
  /** Null: there is no record yet. */
  readonly version: string | null;
}

export async function readPolicy(store: CoordStore): Promise<StoredPolicy> {
  const [entry] = (await store.read([POLICY_KEY])).entries;
  return policyOf(entry);
}

export function policyOf(entry: StoreEntry | undefined): StoredPolicy {
  if (entry === undefined) return { policy: NO_POLICY, version: null };
  return { policy: decodePolicy(entry.value), version: entry.version };
}

/** Newest first; those under way come before all others. */
export function inOrder(operations: readonly StoredOperation[]): Operation[] {
  const rank = ({ outcome }: Operation): number => (outcome === null ? 0 : 1);
  return operations
    .map(({ operation }) => operation)
    .sort((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}
