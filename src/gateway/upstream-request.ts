import type { Decision } from '../core/decide.ts';
import type { RequestPlan } from './request-plan.ts';
import type { Claim, HeaderList, UpstreamLimits, UpstreamRequest } from './upstream.ts';

/** What is sent for a plan once it is decided where. Its fields are made in the form that they are asked for. */
export class PlannedRequest implements UpstreamRequest {
  readonly #plan: RequestPlan;
  readonly claim: Claim;
  readonly method: string;
  readonly target: string;
  readonly body: UpstreamRequest['body'];
  readonly upgrade: string | null;
  readonly requestId: string;
  readonly limits: UpstreamLimits;
  readonly isChecked = true;

  constructor(plan: RequestPlan, { shard, epoch, unit, cell }: Decision & { kind: 'forward' }) {
    this.#plan = plan;
    this.claim = { shard, epoch, unit: unit.id, cell: cell.id, safe: plan.isSafe };
    this.method = plan.method;
    this.target = plan.target;
    this.body = plan.body;
    this.upgrade = plan.upgrade;
    this.requestId = plan.requestId;
    this.limits = plan.route.timeouts;
  }

  get headers(): HeaderList {
    return this.#plan.headers;
  }

  get lines(): string | undefined {
    return this.#plan.lines;
  }
}
