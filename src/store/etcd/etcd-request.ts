import type { IKeyValue, IRangeRequest, IRangeResponse, IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import type { StoreCondition, StoreEntry, StoreSnapshot, StoreWrite, TransactionResult } from '../coord-store.ts';
import type { Rpc } from './etcd-connection.ts';

/** The first key after all that begin with these bytes; our prefixes end in `/` or text, never in 0xff only. */
export function rangeEnd(prefix: Buffer): Buffer {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  const end = Buffer.from(prefix.subarray(0, length));
  if (length > 0) end[length - 1] = (end[length - 1] ?? 0) + 1;
  return end;
}

/** Turns the port's calls into etcd's messages and back. Pure; knows the realm's prefix. */
export class EtcdRequest {
  readonly #keyPrefix: string;

  constructor(keyPrefix: string) {
    this.#keyPrefix = keyPrefix;
  }

  bytes(key: string): Buffer {
    return Buffer.from(this.#keyPrefix + key);
  }

  /** Also as a proof that the member reaches a quorum: etcd answers a linearizable read only then. */
  revision(): Rpc {
    return range({ key: this.bytes(''), range_end: rangeEnd(this.bytes('')), count_only: true });
  }

  /** All named keys at one revision (one transaction of reads); `revision` pins an older one. */
  read(keys: readonly string[], revision: string | undefined): Rpc {
    const pinned = revision === undefined ? {} : { revision };
    const success = keys.map((key): IRequestOp => ({ request_range: { key: this.bytes(key), ...pinned } }));
    return txn({ compare: [], success, failure: [] });
  }

  /** At most `limit` keys under the prefix, from `after` (exclusive) on, at `revision` if given. */
  page(prefix: string, after: Buffer | undefined, limit: number, revision: string | undefined): Rpc {
    const begin = after === undefined ? this.bytes(prefix) : Buffer.concat([after, Buffer.of(0)]);
    const pinned = revision === undefined ? {} : { revision };
    return range({ key: begin, range_end: rangeEnd(this.bytes(prefix)), limit, ...pinned });
  }

  transaction(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Rpc {
    // mod_revision is 0 for a key that does not exist.
    const compare = conditions.map(({ key, version }) => ({
      target: 'Mod' as const,
      result: 'Equal' as const,
      key: this.bytes(key),
      mod_revision: version ?? '0',
    }));
    const success = writes.map(
      ({ key, value }): IRequestOp =>
        value === null
          ? { request_delete_range: { key: this.bytes(key) } }
          : { request_put: { key: this.bytes(key), value: Buffer.from(value) } },
    );
    const compared = new Set(conditions.map((condition) => condition.key));
    const failure = [...compared].map((key): IRequestOp => ({ request_range: { key: this.bytes(key) } }));
    return txn({ compare, success, failure });
  }

  snapshotOf(answer: ITxnResponse): StoreSnapshot {
    return { entries: this.#entriesOf(answer), revision: answer.header.revision };
  }

  resultOf(answer: ITxnResponse): TransactionResult {
    if (answer.succeeded) return { kind: 'committed', revision: answer.header.revision };
    return { kind: 'conflict', entries: this.#entriesOf(answer) };
  }

  entry({ key, value, mod_revision }: IKeyValue): StoreEntry {
    return { key: this.key(key), value: value.toString('utf8'), version: mod_revision };
  }

  key(full: Buffer): string {
    return full.toString('utf8').slice(this.#keyPrefix.length);
  }

  #entriesOf(answer: ITxnResponse): StoreEntry[] {
    const found = answer.responses.flatMap((response): readonly IKeyValue[] => rangeOf(response.response_range));
    const sorted = [...found].sort((left, right) => Buffer.compare(left.key, right.key));
    return sorted.map((pair) => this.entry(pair));
  }
}

const range = (request: IRangeRequest): Rpc => ({
  service: 'KV',
  method: 'range',
  request: { ...request, serializable: false },
});
const txn = (request: ITxnRequest): Rpc => ({ service: 'KV', method: 'txn', request });
const rangeOf = (response: IRangeResponse | null | undefined): readonly IKeyValue[] => response?.kvs ?? [];
