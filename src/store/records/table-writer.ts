import type { CoordStore, StoreCondition, StoreWrite, TransactionResult } from '../coord-store.ts';
import { LIMITS } from '../coord-store.ts';
import { chunkKey, encodeHead, HEAD_KEY } from './head-record.ts';
import { type EncodedTable, encodeTable, type TableContent } from './table-record.ts';

/** What goes with the flip of the head, all or nothing: the leader's term, an operation's step, the audit. */
export interface Accompaniment {
  readonly conditions: readonly StoreCondition[];
  readonly writes: readonly StoreWrite[];
}

/**
 * Writes a table: first its chunks, which nothing names yet, then one transaction that flips the head. `headVersion` is the
 * head that the new table was worked out from (null: none exists). A conflict means that somebody else changed it first.
 */
export async function writeTable(
  store: CoordStore,
  content: TableContent,
  headVersion: string | null,
  accompaniment: Accompaniment = { conditions: [], writes: [] },
): Promise<{ readonly result: TransactionResult; readonly encoded: EncodedTable }> {
  const encoded = encodeTable(content);
  await putChunks(store, encoded);
  const result = await store.transact(
    [{ key: HEAD_KEY, version: headVersion }, ...accompaniment.conditions],
    [{ key: HEAD_KEY, value: encodeHead(encoded.head) }, ...accompaniment.writes],
  );
  return { result, encoded };
}

async function putChunks(store: CoordStore, encoded: EncodedTable): Promise<void> {
  let writes: StoreWrite[] = [];
  let bytes = 0;
  for (const [hash, value] of encoded.chunks) {
    const size = Buffer.byteLength(value);
    if (writes.length > 0 && bytes + size > LIMITS.transactionBytes / 2) {
      await store.transact([], writes);
      writes = [];
      bytes = 0;
    }
    writes.push({ key: chunkKey(hash), value });
    bytes += size;
  }
  if (writes.length > 0) await store.transact([], writes);
}
