import type { Acknowledges, Gate, GateCalls } from '../../src/control/operations/gate-calls.ts';
import type { Epoch } from '../../src/core/ids.ts';
import type { GateResult } from '../../src/gate/gate-client.ts';
import type { GateScope, ShardPlace } from '../../src/gate/gate-contract.ts';
import { GatePosition } from '../../src/gate/gate-position.ts';
import { expandShards } from '../../src/gate/shard-list.ts';

/** Data gates that say yes to everything, for tests of what people see of operations; the real ones are the ledger's. */
export class AgreeableGates implements GateCalls {
  /** Data centers whose gate does not answer. */
  readonly silent = new Set<string>();
  /** No copy is ever as far as its source. */
  isLagging = false;
  acknowledged: Acknowledges = 'same-city';
  readonly #lineages = new Map<string, Epoch>();

  acknowledges(): Acknowledges {
    return this.acknowledged;
  }

  gateOf(dataCenter: string): Gate {
    const places = (scope: GateScope): ShardPlace[] =>
      (expandShards(scope.shards) ?? []).map((shard) => this.#place(shard));
    const answer = <T>(read: () => T): Promise<GateResult<T>> => {
      if (!this.silent.has(dataCenter)) return Promise.resolve({ kind: 'answered', answer: read() });
      return Promise.resolve({ kind: 'unknown', maySent: false, detail: 'ECONNREFUSED' });
    };
    return {
      fence: () => answer(() => ({ shards: [] })),
      position: (call) => answer(() => ({ shards: places(call) })),
      caughtUp: (call) =>
        answer(() => {
          const caughtUp = !this.isLagging;
          return { caughtUp, shards: places(call).map((place) => ({ ...place, caughtUp })) };
        }),
      promote: (call) =>
        answer(() => {
          for (const shard of expandShards(call.shards) ?? []) this.#lineages.set(shard, call.epoch);
          return { shards: places(call) };
        }),
      follow: (call) => answer(() => ({ shards: places(call).map((place) => ({ ...place, setAside: 0 })) })),
      lag: (call) => answer(() => ({ shards: places(call).map((place) => ({ ...place, copies: [] })) })),
    };
  }

  #place(shard: string): ShardPlace {
    const position = new GatePosition(this.#lineages.get(shard) ?? (0 as Epoch), 5);
    return { shard, role: 'copy', position };
  }
}
