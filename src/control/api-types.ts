/**
 * The bodies of the control API's answers and calls, as JSON has them: the contract with `ldc`, the console and other
 * programs. Shards are written in ranges of names (`00-19,40`), units, cells and data centers by ID, times in milliseconds
 * since 1970. schemas/ states the same as JSON Schema for /openapi.json; a test holds real answers against it.
 */
import type { TopologyDocument } from '../core/topology-document.ts';
import type { ErrorCode } from '../errors.ts';
import type { RefusalView } from './operation-api-types.ts';
import type { VersionView } from './version-view.ts';

export type * from './adoption-api-types.ts';
export type * from './operation-api-types.ts';
export type { TopologyDocument, VersionView };

export type Role = 'viewer' | 'operator' | 'admin';

export interface TableAnswer extends VersionView {
  readonly digest: string;
  readonly shardRule: TopologyDocument['shardRule'];
  /** Equal neighbours in one run, in ascending order; `G` last. */
  readonly shards: readonly ShardRunView[];
  readonly overrides: readonly OverrideView[];
}

export interface ShardRunView {
  /** `00-19`. */
  readonly shards: string;
  readonly count: number;
  readonly home: string | null;
  readonly owner: string | null;
  /** Data center that takes writes. */
  readonly primary: string | null;
  readonly previous: string | null;
  readonly state: 'ACTIVE' | 'FREEZING';
  readonly epoch: number;
  readonly since: number;
  readonly operation: string | null;
}

export interface OverrideView {
  readonly unit: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly author: string;
  readonly reason: string;
  readonly expiresAt: number | null;
}

export interface TopologyAnswer extends VersionView {
  readonly topology: TopologyDocument;
}

/**
 * `alive`: its record changed within the limit, on the control node's own clock. `new`: this control node has only just
 * begun to watch it. `silent`: it did not change for longer than the limit.
 */
export type GatewayState = 'alive' | 'new' | 'silent';

export interface GatewayView {
  readonly node: string;
  readonly boot: string;
  readonly dataCenter: string;
  readonly version: string;
  readonly formats: readonly number[];
  readonly door: string;
  readonly admin: string;
  readonly interlink: string;
  /** Null: it has no table yet. */
  readonly applied: VersionView | null;
  /** How many epochs it is behind; null: it has no table, or one of another incarnation. */
  readonly lag: number | null;
  readonly state: GatewayState;
  /** Watched time since its record last changed. */
  readonly silentMs: number;
}

/** A record under `edges/` that this version cannot use. */
export interface BadRecordView {
  readonly key: string;
  readonly reason: string;
}

export interface GatewaysAnswer {
  readonly epoch: number | null;
  readonly gateways: readonly GatewayView[];
  readonly badRecords: readonly BadRecordView[];
  /** Age of the last reading of the gateways' records; null: none yet. */
  readonly readMsAgo: number | null;
}

/** `disputed`: some gateway finds it healthy, some other does not. `unreported`: no live gateway of its data center speaks of it. */
export type MergedHealth = 'healthy' | 'unhealthy' | 'checking' | 'ejected' | 'draining' | 'disputed' | 'unreported';

export interface InstanceView {
  readonly address: string;
  readonly origin: 'static' | 'dns' | 'registered';
  readonly health: MergedHealth;
  /** How many gateways say what: `{ "healthy": 2 }`. */
  readonly reports: Readonly<Record<string, number>>;
}

export interface CellView {
  readonly id: string;
  readonly dataCenter: string;
  /** Weight in force: the ruleset's, unless an override says otherwise. */
  readonly weight: number;
  readonly configuredWeight: number;
  /** Whether it can take requests: false only when its gateways say that no instance can. */
  readonly available: boolean;
  /** Number of live gateways that report on it. */
  readonly reporters: number;
  readonly instances: readonly InstanceView[];
}

export interface UnitCellsView {
  readonly id: string;
  readonly kind: 'R' | 'G' | 'C';
  readonly city: string | null;
  readonly cells: readonly CellView[];
}

export interface CellsAnswer extends VersionView {
  readonly units: readonly UnitCellsView[];
}

/** What every gateway would do with one request, and why. */
export interface RouteAnswer extends VersionView {
  readonly request: {
    readonly userId: string | null;
    readonly method: string;
    readonly host: string;
    readonly path: string;
    readonly dataCenter: string;
  };
  /** Null: no route matches. */
  readonly route: {
    readonly name: string;
    readonly kind: 'R' | 'G' | 'C';
    readonly path: string;
    readonly onMissing: string;
  } | null;
  /** Null for C requests, and where no shard was found. */
  readonly shard: ShardChoiceView | null;
  /** Null where no unit was found. */
  readonly unit: {
    readonly id: string;
    readonly kind: 'R' | 'G' | 'C';
    readonly cells: readonly CellChoiceView[];
  } | null;
  readonly outcome: OutcomeView;
}

export interface ShardChoiceView extends Omit<ShardRunView, 'shards' | 'count'> {
  readonly name: string;
  readonly atHome: boolean;
  /** `user`: by the user ID. `global`: the one global shard. */
  readonly from: 'user' | 'global';
  readonly rule: string;
  /** Characters of the user ID that the rule reads, from..to (exclusive); null for a hash. */
  readonly digits: { readonly from: number; readonly to: number } | null;
}

export interface CellChoiceView {
  readonly id: string;
  readonly dataCenter: string;
  readonly weight: number;
  readonly configuredWeight: number;
  readonly available: boolean;
  readonly chosen: boolean;
}

export interface OutcomeView {
  readonly kind: 'forward' | 'hold' | 'reject';
  readonly reason: string;
  /** Code that the client gets; null unless rejected. */
  readonly code: ErrorCode | null;
  readonly cell: string | null;
  readonly dataCenter: string | null;
  /** `own`: the edge's data center has the cell. `interlink`: a gateway of the other data center takes it on. */
  readonly by: 'own' | 'interlink' | null;
  /** The shard's epoch that goes along; null for C requests. */
  readonly epoch: number | null;
}

export interface RulesetView {
  readonly file: string;
  readonly sha256: string;
  /** Epoch at which it was applied. */
  readonly epoch: number;
  readonly author: string;
  readonly reason: string;
  readonly at: number;
}

export interface RulesetAnswer extends RulesetView {
  readonly incarnation: string;
  readonly text: string;
}

/** `problem`: somebody should act. `note`: as wished, but not as the ruleset says. */
export interface FindingView {
  readonly severity: 'problem' | 'note';
  readonly text: string;
}

export interface UnitStatusView extends UnitCellsView {
  readonly primary: string | null;
  readonly capacity: number | null;
  readonly home: ShardSetView;
  readonly owned: ShardSetView;
}

export interface ShardSetView {
  readonly shards: string;
  readonly count: number;
}

export interface AwayView {
  readonly shards: string;
  readonly count: number;
  readonly home: string | null;
  readonly homePrimary: string | null;
  readonly owner: string | null;
  readonly primary: string | null;
  readonly state: 'ACTIVE' | 'FREEZING';
  readonly operation: string | null;
}

export interface StatusAnswer {
  readonly version: string;
  readonly realm: string;
  /** One sentence: is all well? */
  readonly summary: string;
  readonly allWell: boolean;
  readonly findings: readonly FindingView[];
  /** Null before the first ruleset. */
  readonly table: (VersionView & { readonly digest: string; readonly shardCount: number }) | null;
  readonly ruleset: RulesetView | null;
  readonly units: readonly UnitStatusView[];
  readonly away: readonly AwayView[];
  readonly overrides: readonly OverrideView[];
  readonly gateways: readonly GatewayView[];
  readonly badRecords: readonly BadRecordView[];
  readonly readMsAgo: number | null;
}

/** Body of validate and diff. */
export interface RulesCall {
  readonly file: string;
  readonly text: string;
}

export interface ApplyCall extends RulesCall {
  /** The table's epoch that the author looked at; 0: there was none. */
  readonly plannedOnEpoch: number;
  readonly incarnation?: string | null;
  readonly reason?: string;
  /** Chosen by the caller: the same apply sent again under the same ID is done once and answered twice. */
  readonly id?: string;
}

export interface MistakeView {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

export interface ValidateAnswer {
  readonly valid: boolean;
  readonly mistakes: readonly MistakeView[];
}

export interface DiffAnswer {
  readonly plannedOnEpoch: number;
  readonly incarnation: string | null;
  /** What changes, in words, one sentence each; empty: nothing does. */
  readonly changes: readonly string[];
  /** Shards that will not be at home afterwards; an operation moves them, applying never does. */
  readonly away: readonly AwayView[];
  readonly overrides: readonly OverrideView[];
  /** Why an apply would be refused; empty: it would not. */
  readonly refusals: readonly string[];
}

export interface ApplyAnswer extends VersionView {
  /** `nothing`: the ruleset says what runs already, nothing was written. `again`: this ID was applied before. */
  readonly outcome: 'applied' | 'again' | 'nothing';
  readonly digest: string;
  readonly changes: readonly string[];
  readonly away: readonly AwayView[];
}

/** One change of the table, from its audit record. */
export interface ChangeView {
  readonly epoch: number;
  readonly at: number;
  readonly author: string;
  readonly action: string;
  readonly reason: string;
  readonly changes: readonly string[];
}

export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly detail: string;
    readonly next: string;
  };
  /** With RULES_INVALID. */
  readonly mistakes?: readonly MistakeView[];
  /** With RULES_REFUSED. */
  readonly refusals?: readonly string[];
  /** With CONFLICT. */
  readonly conflict?: ConflictView;
  /** With OPERATION_REFUSED and PLAN_IMPOSSIBLE. */
  readonly refusal?: RefusalView;
}

export interface ConflictView {
  readonly plannedOnEpoch: number;
  /** Null: there is no table. */
  readonly running: VersionView | null;
  /** Oldest first; at most the last 20. */
  readonly since: readonly ChangeView[];
  /** How many more there are before those. */
  readonly earlier: number;
}

export interface HealthAnswer {
  readonly status: 'ok';
  readonly node: string;
  readonly version: string;
}
