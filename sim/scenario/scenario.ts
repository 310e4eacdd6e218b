import type { OperatorCommand } from './operator-command.ts';

/**
 * A drill as people write it (`sim/scenarios/*.yaml`, schema: `scenario.schema.json`) after parsing: every default filled in,
 * every name checked against the ruleset. Both engines carry out the same document: the simulator in virtual time, the live
 * one with real processes; both write a `DrillRecord` (sim/report/drill-record.ts), on which the same code gives the verdicts.
 * All times are milliseconds from the moment at which the load has begun to be served.
 */
export interface Scenario {
  /** The file's name without `.yaml`. */
  readonly name: string;
  readonly title: string;
  /** What happens and what it should show, in a few sentences. */
  readonly story: string;
  readonly topology: ScenarioTopology;
  readonly load: readonly LoadGroup[];
  readonly clients: ClientHabits;
  /** In order of `atMs`; those that wait for a step (`on`) stand after what they name. */
  readonly timeline: readonly TimelineEntry[];
  /** The load ends then; what is in flight and under way still gets its time (`settleMs`). */
  readonly durationMs: number;
  /** After the load: faults that have no end are mended, and everything must converge within this. */
  readonly settleMs: number;
  readonly must: readonly Claim[];
  readonly live: LiveForm;
}

export interface ScenarioTopology {
  /** Ruleset under `rules/`. */
  readonly rules: string;
  readonly store: ScenarioStore;
  /** Control nodes: `control-1`, `control-2`, … */
  readonly controls: number;
  readonly gatewaysPerDataCenter: number;
  /** L of the guards. */
  readonly guardHorizonMs: number;
  /** When a write is acknowledged: own copy, the same city's too, or a remote one's too. */
  readonly acknowledge: 'local' | 'same-city' | 'remote';
  /** Formats of the records that processes read at the start, for rolling upgrades. */
  readonly readsFormats: readonly number[];
}

export type ScenarioStore =
  /** One file that every process opens: nothing can be cut off from it. */
  | { readonly kind: 'embedded' }
  /** Members `store-1`, `store-2`, … in these data centers; they die and are cut off with them. */
  | { readonly kind: 'etcd'; readonly members: readonly string[] };

/** Requests for some shards, at a steady rate that does not wait for answers (open loop). */
export interface LoadGroup {
  /** Names the shard group in claims and in the report. */
  readonly group: string;
  /** As the CLI takes them: `00-19,42`, `G`. */
  readonly shards: string;
  /** Data centers whose doors take these requests, in turn. */
  readonly through: readonly string[];
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  readonly fromMs: number;
  /** Null: to the end. */
  readonly untilMs: number | null;
}

export interface ClientHabits {
  /** A client gives up a try after this. */
  readonly timeoutMs: number;
  /**
   * Tries after the first, with the same entry ID: at the next door if there was no connection or no answer, at the same one
   * if the answer says 503 or 504 (then after `retryMs`, or what Retry-After says up to it). A request has failed when its last try has.
   */
  readonly retries: number;
  readonly retryMs: number;
}

/** When something happens: at an instant, or so long after a step of an operation came on record. */
export type Moment =
  | { readonly kind: 'at'; readonly atMs: number }
  | {
      readonly kind: 'step';
      /** The first operation that the scenario starts is 1. */
      readonly operation: number;
      /** As in OperationView.step: `drain` begins with the freeze, `promote` with the grant, `follow` with the release. */
      readonly step: string;
      readonly afterMs: number;
    };

export interface TimelineEntry {
  readonly when: Moment;
  readonly action: Action;
}

export type Action =
  /** SIGKILL; `loses` deletes the directories too, so that a restart begins with nothing. */
  | { readonly kind: 'kill'; readonly target: Target; readonly losesDirectory: boolean }
  /** Starts what was killed. */
  | { readonly kind: 'restart'; readonly target: Target }
  /** SIGSTOP; null: until `resume`. */
  | { readonly kind: 'pause'; readonly target: Target; readonly forMs: number | null }
  | { readonly kind: 'resume'; readonly target: Target }
  /** No byte passes, connections are not told. null: until `mend`. `isOneWay`: only from `link.from` to `link.to`. */
  | { readonly kind: 'cut'; readonly link: Link; readonly isOneWay: boolean; readonly forMs: number | null }
  | { readonly kind: 'slow'; readonly link: Link; readonly delayMs: number; readonly forMs: number | null }
  /** Cut and mended again and again. */
  | {
      readonly kind: 'flap';
      readonly link: Link;
      readonly downMs: number;
      readonly upMs: number;
      readonly forMs: number;
    }
  /** Ends a cut or slowness of exactly this link. */
  | { readonly kind: 'mend'; readonly link: Link }
  /** The wall clock jumps and, as after a suspended machine, the processes' monotonic one does not. Not live. */
  | { readonly kind: 'jump'; readonly target: Target; readonly byMs: number }
  /** Graceful restart as a version that reads and writes these formats of the records. */
  | { readonly kind: 'upgrade'; readonly target: Target; readonly readsFormats: readonly number[] }
  /** What an operator types; the command's exit code must be the expected one. */
  | { readonly kind: 'operate'; readonly command: OperatorCommand; readonly expect: OperatorOutcome };

/**
 * `done`: exit code 0; `aborted`: 7; `refused`: 1 or 4; `any`: nobody looks (the operation's outcome can be claimed under
 * `must`). Commands run one beside the other: none waits for an earlier one.
 */
export type OperatorOutcome = 'done' | 'aborted' | 'refused' | 'any';

/** Processes. A data center has its gateways `gateway-hz-a-1` …, its cells `cells-hz-a`, and the store's members there. */
export type Target =
  | { readonly kind: 'dataCenter'; readonly dataCenter: string }
  | { readonly kind: 'city'; readonly city: string }
  | { readonly kind: 'process'; readonly process: string }
  | { readonly kind: 'store' }
  /** The store's member that leads when the moment comes. */
  | { readonly kind: 'storeLeader' }
  /** The control node that leads when the moment comes. */
  | { readonly kind: 'controlLeader' };

/** Everything between the processes of `from` and those of `to`. Inside a data center `others` never cuts. */
export interface Link {
  readonly from: Target;
  readonly to: Target | { readonly kind: 'others' };
}

/** What must hold. A group's name, or `all` for every group. */
export type Claim =
  /** Requests of the group without a good answer. */
  | { readonly kind: 'failed'; readonly group: string; readonly most: number }
  /** As a share of the group's requests, 0 to 1. */
  | { readonly kind: 'failedShare'; readonly group: string; readonly most: number }
  /** The longest time in which writes of the group were sent and none was answered well. */
  | { readonly kind: 'pause'; readonly group: string; readonly mostMs: number }
  /**
   * RTO: until the answer from which on no write of the group fails any more; from the first fault, or from the moment at which
   * the last one ended (`mend`).
   */
  | { readonly kind: 'recovered'; readonly group: string; readonly mostMs: number; readonly since: 'fault' | 'mend' }
  /** Latency of served requests (held ones count with their waiting), without the time in `exceptMs`. */
  | { readonly kind: 'latency'; readonly group: string; readonly percentile: number; readonly mostMs: number }
  /** Acknowledged writes that the final owner does not have (RPO); 0 unless copies are asynchronous. */
  | { readonly kind: 'lost'; readonly most: number }
  /** Outcome of the scenario's n-th operation. */
  | { readonly kind: 'operation'; readonly operation: number; readonly outcome: 'done' | 'aborted' }
  /** From the end of the load until live gateways run one table, shards are ACTIVE and nothing is held. */
  | { readonly kind: 'converged'; readonly mostMs: number }
  /** Units among which the shards are at the end. */
  | { readonly kind: 'owner'; readonly shards: string; readonly units: readonly string[] };

/** How the document runs against real processes. */
export type LiveForm =
  /** As it stands; each limit of time in `must` gets `allowanceMs` more, for a machine that does other things too. */
  | { readonly kind: 'same'; readonly allowanceMs: number }
  /** With every time of timeline, load and duration multiplied by `factor`. */
  | { readonly kind: 'scaled'; readonly factor: number; readonly because: string; readonly allowanceMs: number }
  | { readonly kind: 'no'; readonly because: string };
