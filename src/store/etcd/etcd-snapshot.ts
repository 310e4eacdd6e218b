import type { IRangeResponse } from 'etcd3';
import { CodedError } from '../../errors.ts';
import { LIMITS, type StoreEntry, type StoreSnapshot } from '../coord-store.ts';
import type { Rpc } from './etcd-connection.ts';
import { EtcdFailure } from './etcd-failure.ts';
import type { EtcdRequest } from './etcd-request.ts';

const FIRST_PAGE_KEYS = 16;
/** With values of `LIMITS.valueBytes` even the largest page stays below what a message may have. */
const MAX_PAGE_KEYS = LIMITS.transactionKeys;
const SMALL_PAGE_BYTES = 512 * 1024;
const LARGE_PAGE_BYTES = 2 * 1024 * 1024;
/** A snapshot whose revision is compacted away under it this many times in a row is given up. */
const MAX_RESTARTS = 5;

/** Keys to ask for next: etcd limits a page by number only, so the size is steered by what the last page weighed. */
export function nextPageKeys(keys: number, bytes: number): number {
  if (bytes < SMALL_PAGE_BYTES) return Math.min(MAX_PAGE_KEYS, keys * 2);
  if (bytes > LARGE_PAGE_BYTES) return Math.max(1, Math.floor(keys / 2));
  return keys;
}

/**
 * All entries under `prefix` at one revision: the first page is a linearizable read, the others are pinned to its
 * revision. If that is compacted in the middle, all begins again.
 */
export async function readSnapshot(
  request: EtcdRequest,
  prefix: string,
  maxBytes: number,
  call: (rpc: Rpc) => Promise<unknown>,
): Promise<StoreSnapshot> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await readPages(request, prefix, maxBytes, call);
    } catch (failure) {
      const isCompacted = failure instanceof EtcdFailure && failure.kind === 'compacted';
      if (!isCompacted || restarts === MAX_RESTARTS) throw failure;
    }
  }
}

async function readPages(
  request: EtcdRequest,
  prefix: string,
  maxBytes: number,
  call: (rpc: Rpc) => Promise<unknown>,
): Promise<StoreSnapshot> {
  const entries: StoreEntry[] = [];
  let revision: string | undefined;
  let after: Buffer | undefined;
  let total = 0;
  for (let keys = FIRST_PAGE_KEYS; ; ) {
    const page = (await call(request.page(prefix, after, keys, revision))) as IRangeResponse;
    revision ??= page.header.revision;
    let bytes = 0;
    for (const pair of page.kvs) {
      bytes += pair.key.length + pair.value.length;
      entries.push(request.entry(pair));
    }
    total += bytes;
    if (total > maxBytes) throw tooLarge(prefix, maxBytes);
    after = page.kvs.at(-1)?.key;
    if (!page.more || after === undefined) return { entries, revision };
    keys = nextPageKeys(keys, bytes);
  }
}

const tooLarge = (prefix: string, limit: number): CodedError =>
  new CodedError(
    'STORE_TOO_LARGE',
    `the keys under ${JSON.stringify(prefix)} hold more than ${limit} bytes (settings.snapshotBytes)`,
  );
