/**
 * What an engine writes while it carries out a scenario: the only input of verdicts and report, the same for virtual and for
 * real time. Instants are milliseconds of the drill (0: the load began to be served); samples are in order of `atMs`.
 */
export interface DrillRecord {
  readonly format: 1;
  readonly scenario: string;
  readonly engine: EngineFacts;
  readonly samples: readonly Sample[];
  /** When the load ended. */
  readonly loadEndedMs: number;
  /** When live gateways ran one table, shards were ACTIVE and nothing was held; null: not within the scenario's `settleMs`. */
  readonly convergedMs: number | null;
  /** What was missing for that, in words; empty if nothing. */
  readonly missing: readonly string[];
  readonly books: BooksResult;
  /** Owner of each shard at the end, as runs: `00-19`. */
  readonly owners: readonly { readonly shards: string; readonly unit: string; readonly dataCenter: string }[];
  /** What the engine saw of the statements of docs/ownership-protocol.md; left out where it cannot see inside (live). */
  readonly statements?: StatementsResult;
  /** What kept the engine from carrying out the scenario; null: nothing. The drill then has failed. */
  readonly broken: string | null;
}

/** The statements that must always hold, checked at every event of a virtual drill. */
export interface StatementsResult {
  readonly checked: number;
  /** Null: all held. Else the drill ended there: what else the record says is of the time before. */
  readonly violated: StatementViolation | null;
}

export interface StatementViolation {
  readonly checker: string;
  readonly sentence: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface EngineFacts {
  readonly kind: 'virtual' | 'live';
  readonly commit: string;
  readonly version: string;
  /** Of the virtual engine. */
  readonly seed: number | null;
  /** Node version, cores; or what the virtual engine ran. */
  readonly machine: string;
  /** Wall-clock ms since 1970 at which it began; for people. */
  readonly startedAt: number;
  /** How much faster or shorter than written it ran; 1: as written. */
  readonly factor: number;
}

export type Sample = RequestSample | EpochSample | StepSample | FaultSample | CommandSample | OperationEndSample;

/** One request of a client, with all its tries. */
export interface RequestSample {
  readonly kind: 'request';
  /** When the client first sent it. */
  readonly atMs: number;
  /** Of the door that answered, or was tried last. */
  readonly dataCenter: string;
  readonly group: string;
  readonly isWrite: boolean;
  /** `held`: served, after a gateway had held it for a freeze. */
  readonly outcome: 'served' | 'held' | 'failed';
  readonly latencyMs: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Why it failed: status and code, or the error of the connection; empty if it did not. */
  readonly detail: string;
}

/** The table's epoch that a process runs from now on; process `''`: the store's head. */
export interface EpochSample {
  readonly kind: 'epoch';
  readonly atMs: number;
  readonly process: string;
  readonly epoch: number;
}

/** A step came on record. */
export interface StepSample {
  readonly kind: 'step';
  readonly atMs: number;
  /** The scenario's n-th operation, from 1. */
  readonly operation: number;
  readonly operationKind: string;
  readonly step: string;
  readonly detail: string;
}

export interface OperationEndSample {
  readonly kind: 'operationEnd';
  readonly atMs: number;
  readonly operation: number;
  readonly operationKind: string;
  readonly outcome: 'done' | 'aborted';
  readonly reason: string;
  /** From freeze to release on record; null: it never froze or released. */
  readonly frozenMs: number | null;
}

export interface FaultSample {
  readonly kind: 'fault';
  readonly atMs: number;
  /** `kill dc sz-a`, in the document's words. */
  readonly what: string;
  /** True when a fault ended: mended, resumed, restarted. */
  readonly isEnd: boolean;
}

export interface CommandSample {
  readonly kind: 'command';
  readonly atMs: number;
  readonly endedMs: number;
  /** `ldc failover dc sz-a --emergency` */
  readonly text: string;
  readonly outcome: string;
  readonly expected: string;
  readonly asExpected: boolean;
}

/** The ledger against what clients were told. */
export interface BooksResult {
  /** Entries that were acknowledged to a client. */
  readonly acknowledged: number;
  /** Entries whose outcome the client was never told: there, or not, but at most once. */
  readonly unknown: number;
  /** Acknowledged entries that the final owner does not have. */
  readonly lost: readonly string[];
  /** Entries that are there more than once, or though they were refused, or with another amount. */
  readonly wrong: readonly string[];
  /** Accounts whose balance is not the sum of their entries. */
  readonly unbalanced: readonly string[];
  readonly accounts: number;
}
