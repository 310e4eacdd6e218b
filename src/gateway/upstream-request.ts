import type { Decision } from '../core/decide.ts';
import type { RequestPlan } from './request-plan.ts';
import type { UpstreamRequest } from './upstream.ts';

/** What is sent for a plan once it is decided where. */
export function upstreamRequest(plan: RequestPlan, decision: Decision & { kind: 'forward' }): UpstreamRequest {
  const { connectMs, responseHeadMs, bodyIdleMs } = plan.route.timeouts;
  const { shard, epoch, unit, cell } = decision;
  return {
    claim: { shard, epoch, unit: unit.id, cell: cell.id, safe: plan.isSafe },
    method: plan.method,
    target: plan.target,
    headers: plan.headers,
    body: plan.body,
    upgrade: plan.upgrade,
    requestId: plan.requestId,
    limits: { connectMs, responseHeadMs, bodyIdleMs },
    isChecked: true,
  };
}
