import type { Decision } from '../../src/core/decide.ts';
import { decideShard } from '../../src/core/decide.ts';
import type { Epoch, ShardId } from '../../src/core/ids.ts';
import type { Table } from '../../src/core/table.ts';
import { Exchange } from '../../src/gateway/exchange.ts';
import type { ExchangeEnd } from '../../src/gateway/exchange-end.ts';
import type { Holding } from '../../src/gateway/holding/holding.ts';
import type { RequestPlan } from '../../src/gateway/request-plan.ts';
import type { Refusal } from '../../src/gateway/upstream.ts';
import { HandClock } from './hand-clock.ts';
import { type HandExchange, HandGuard } from './hand-guard.ts';
import { holdBench } from './hold-bench.ts';
import { RecordingDownstream } from './recording-downstream.ts';
import { route, threeCitiesTable } from './three-cities.ts';

const TABLE = threeCitiesTable();
export const FORWARD = decideShard(TABLE, { dataCenter: 0, isAvailable: () => true }, 7 as ShardId, 1, true);
export const HOLD: Decision = {
  kind: 'hold',
  shard: 7 as ShardId,
  epoch: 2 as Epoch,
  unit: TABLE.topology.units[0] as never,
  reason: 'shard is being moved',
};
export const STALE: Refusal = { code: 'STALE_EPOCH', epoch: 2 as Epoch, owner: null };

export const LIMITS = { identityMs: 500, connectMs: 1000, responseHeadMs: 2000, bodyIdleMs: 3000, requestMs: 60_000 };

export function planOf(part: Partial<RequestPlan> = {}): RequestPlan {
  const body = part.body ?? 'none';
  return {
    lane: 'general',
    requestId: 'request-1',
    traceId: 'trace-1',
    method: body === 'none' ? 'GET' : 'POST',
    host: 'a',
    path: '/x',
    clientAddress: '192.0.2.1',
    isSecure: false,
    target: '/x',
    headers: ['Host', 'a'],
    guarded: new Set(),
    body,
    upgrade: null,
    isSafe: body === 'none',
    route: route({ limits: { bodyBytes: 100 }, timeouts: LIMITS }),
    shard: 7 as ShardId,
    cellHash: 1,
    maskedUserId: null,
    ...part,
  };
}

/** One exchange between a client's side and a guard, both moved by hand. */
export class ExchangeBench {
  readonly clock = new HandClock();
  readonly guard = new HandGuard();
  readonly client = new RecordingDownstream();
  readonly ends: ExchangeEnd[] = [];
  readonly exchange: Exchange;
  readonly holding: Holding;
  /** By it the held are released. */
  table: Table | null = null;
  decision: Decision = FORWARD;
  budget = 100;
  catchUps = 0;
  /** Whether a refusal names an owner to which there is a way. */
  isLearnt = false;
  /** What `catchUp` waits for. */
  catchingUp: Promise<void> = Promise.resolve();

  constructor(part: Partial<RequestPlan> = {}) {
    this.holding = holdBench(this.clock, () => this.table).holding;
    this.exchange = new Exchange(
      planOf(part),
      {
        clock: this.clock,
        decide: () => this.decision,
        route: () => this.guard,
        holding: this.holding,
        learn: () => this.isLearnt,
        catchUp: () => {
          this.catchUps += 1;
          return this.catchingUp;
        },
        mayResend: () => this.budget-- > 0,
        ownHeaders: () => ['x-own', '1'],
        finished: (end) => void this.ends.push(end),
      },
      this.client,
    );
    this.client.handle = this.exchange;
  }

  start(): this {
    this.exchange.start();
    return this;
  }

  /** The newest attempt. */
  get sent(): HandExchange {
    return this.guard.last;
  }

  get outcome(): string {
    return this.ends.map(({ status, code }) => `${status} ${code ?? 'answered'}`).join('; ');
  }
}
