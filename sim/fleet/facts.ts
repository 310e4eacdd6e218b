import type { Table } from '../../src/core/table.ts';
import type { LedgerEntry } from '../../src/reference-unit/ledger-entry.ts';
import type { Commit } from '../store/sim-store.ts';
import type { SimGateway } from './sim-gateway.ts';

/** What a client wanted, and what became of it. */
export interface ClientRequest {
  /** Of the entry; retries of a keyed write carry the same. */
  readonly id: string;
  /** Of this try. */
  readonly tag: string;
  readonly user: string;
  readonly shard: number;
  readonly amount: number;
  /** `plain`: must never be executed twice, and is never repeated by its client when nobody knows what became of it. */
  readonly kind: 'read' | 'plain' | 'keyed' | 'copy';
  readonly hasBody: boolean;
  readonly sentAt: number;
}

/** What the checkers see: each is told at the instant at which it happens. */
export type Fact =
  /** A write passed a guard on its way to a cell (rules 1 to 3). */
  | {
      readonly kind: 'admitted';
      readonly gateway: SimGateway;
      readonly shard: number;
      readonly epoch: number;
      readonly unit: string;
    }
  /** The answer of a write passed a guard on its way back (rule 5). */
  | {
      readonly kind: 'passedOn';
      readonly gateway: SimGateway;
      readonly shard: number;
      readonly epoch: number;
      readonly unit: string;
    }
  /** A table came into force at a gateway, or its guard may have become open, or its clock went on after a pause. */
  | {
      readonly kind: 'guardChanged';
      readonly gateway: SimGateway;
      readonly before: Table | null;
      readonly after: Table | null;
    }
  /** A guard extended its horizon by a read that showed an older table than it runs. */
  | { readonly kind: 'restedOnOlder'; readonly gateway: SimGateway; readonly shown: number }
  /** A copy that takes writes took one. */
  | { readonly kind: 'executed'; readonly dataCenter: string; readonly entry: LedgerEntry; readonly unit: string }
  /** An application got a request that it might carry out. */
  | { readonly kind: 'delivered'; readonly dataCenter: string; readonly tag: string; readonly shard: number }
  /** The copy that takes writes acknowledged one; `required`: data centers whose copies must have it by now, by the ledger's setting. */
  | {
      readonly kind: 'confirmed';
      readonly dataCenter: string;
      readonly shard: string;
      readonly account: string;
      readonly id: string;
      readonly required: readonly string[];
    }
  /** A copy went back to a lower lineage than it had. */
  | {
      readonly kind: 'lineageFell';
      readonly dataCenter: string;
      readonly shard: string;
      readonly from: number;
      readonly to: number;
    }
  /** A copy added an entry that another one took. */
  | { readonly kind: 'copied'; readonly dataCenter: string; readonly entry: LedgerEntry }
  /** The application's answer says that it did nothing. */
  | { readonly kind: 'notExecuted'; readonly tag: string }
  /** A transaction took effect; the tables are null where it did not touch the table. */
  | { readonly kind: 'committed'; readonly commit: Commit; readonly before: Table | null; readonly after: Table | null }
  /** A data gate answered a call with success. */
  | {
      readonly kind: 'gateTook';
      readonly dataCenter: string;
      readonly call: string;
      readonly epoch: number;
      readonly shards: readonly string[];
      readonly by: string;
      /** When the call arrived, ms. */
      readonly askedAt: number;
    }
  /** A gateway ended an exchange, as its access log says; `heldMs`: how long it held the request for a freeze. */
  | {
      readonly kind: 'exchangeEnded';
      readonly gateway: SimGateway;
      readonly requestId: string;
      readonly heldMs: number;
    }
  /** A client got a final answer; `code` null: the cell's own. */
  | {
      readonly kind: 'answered';
      readonly request: ClientRequest;
      readonly status: number;
      readonly code: string | null;
      readonly finals: number;
    };

export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { readonly kind: K }>;

/** Passes facts on to whoever listens for their kind. */
export class FactFeed {
  readonly #listeners = new Map<FactKind, ((fact: never) => void)[]>();

  on<K extends FactKind>(kind: K, listener: (fact: FactOf<K>) => void): void {
    const listeners = this.#listeners.get(kind) ?? [];
    listeners.push(listener as (fact: never) => void);
    this.#listeners.set(kind, listeners);
  }

  tell(fact: Fact): void {
    const listeners = this.#listeners.get(fact.kind);
    if (listeners === undefined) return;
    for (const listener of listeners) (listener as (fact: Fact) => void)(fact);
  }
}
