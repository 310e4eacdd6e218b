import { type Admission, admit } from '../core/admit.ts';
import { shardName } from '../core/shard-name.ts';
import type { Table } from '../core/table.ts';
import { NONE } from '../core/topology.ts';
import { DeferredStream } from './deferred-stream.ts';
import type { HeaderList, Upstream, UpstreamEvents, UpstreamRequest, UpstreamStream } from './upstream.ts';

/** Where the guard's table comes from: the table feed, or the simulator's. */
export interface GuardTables {
  readonly current: Table | null;
  /** Reads the store by a read that begins after this call; bounded, never rejects. */
  refresh(): Promise<void>;
}

export interface GuardedCellsParts {
  readonly tables: GuardTables;
  readonly dataCenter: string;
  readonly cells: Upstream;
}

/**
 * The guard in front of this data center's cells: the only way to them, for requests of its own edge and for those that
 * come over the interlink. The decision is made on the head, before a body byte is used; only its REFUSED means "not executed".
 */
export class GuardedCells implements Upstream {
  readonly #parts: GuardedCellsParts;

  constructor(parts: GuardedCellsParts) {
    this.#parts = parts;
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const table = this.#parts.tables.current;
    const admission = this.#admit(table, request);
    if (admission.kind !== 'behind') return this.#proceed(admission, table, request, events);
    const deferred = new DeferredStream();
    void this.#parts.tables.refresh().then(() => {
      if (deferred.isCancelled) return;
      const newer = this.#parts.tables.current;
      const again = this.#admit(newer, request);
      deferred.follow(this.#proceed(again, newer, request, events), () => events.drain());
    });
    return deferred;
  }

  #admit(table: Table | null, { claim }: UpstreamRequest): Admission {
    if (table === null) return { kind: 'refused', code: 'NO_TABLE', epoch: claim.epoch, owner: null };
    const dataCenter = table.topology.dataCenterIndex.get(this.#parts.dataCenter) ?? NONE;
    return admit(table, dataCenter, claim);
  }

  #proceed(
    admission: Admission,
    table: Table | null,
    request: UpstreamRequest,
    events: UpstreamEvents,
  ): UpstreamStream {
    if (admission.kind === 'admitted' && table !== null) {
      events.admitted();
      return this.#parts.cells.open({ ...request, headers: this.#withOwnership(table, request) }, events);
    }
    const epoch = 'epoch' in admission ? admission.epoch : request.claim.epoch;
    events.refused(admission.kind === 'refused' ? admission : { code: 'GUARD_BEHIND', epoch, owner: null });
    return CLOSED;
  }

  /** The guard's word to the application: whose request this is, and under which epoch (docs/reference-unit.md). */
  #withOwnership(table: Table, { claim, headers, requestId }: UpstreamRequest): HeaderList {
    const { topology, epoch } = table;
    const unit = topology.units[topology.unitIndex.get(claim.unit) ?? NONE];
    const added = ['ldc-unit', claim.unit, 'ldc-cell', claim.cell, 'ldc-data-center', this.#parts.dataCenter];
    if (unit?.kind === 'C') return headers.concat(added, ['ldc-epoch', String(epoch), 'ldc-request-id', requestId]);
    added.push('ldc-epoch', String(claim.epoch), 'ldc-request-id', requestId);
    added.push('ldc-shard', shardName(topology.shardRule, claim.shard));
    const primary = topology.dataCenters[table.shards.primary[claim.shard] ?? NONE];
    return primary === undefined ? headers.concat(added) : headers.concat(added, ['ldc-primary', primary.id]);
  }
}

const CLOSED: UpstreamStream = {
  write: () => true,
  end: () => undefined,
  cancel: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};
