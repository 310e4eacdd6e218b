import type { ExchangeEnd } from './exchange-end.ts';

/** One request as a log line; user IDs only masked. The field names are public (docs/operations.md). */
export function accessLine(end: ExchangeEnd): Record<string, unknown> {
  const { facts, plan, decision } = end;
  const forward = decision?.kind === 'forward' ? decision : null;
  return {
    requestId: facts.requestId,
    traceId: facts.traceId,
    client: facts.clientAddress,
    method: facts.method,
    host: facts.host,
    path: facts.path,
    status: end.status,
    outcome: end.code ?? 'answered',
    detail: end.detail === '' ? undefined : end.detail,
    route: plan?.route.name,
    user: plan?.maskedUserId ?? undefined,
    unit: decision?.unit?.id,
    shard: plan?.shard ?? undefined,
    cell: forward?.cell.id,
    dataCenter: forward?.dataCenter.id,
    epoch: forward?.epoch,
    lane: facts.lane,
    resends: end.resends,
    requestBytes: end.requestBytes,
    responseBytes: end.responseBytes,
    heldMs: rounded(end.heldMs),
    upstreamMs: rounded(end.upstreamMs),
    totalMs: rounded(end.totalMs),
  };
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1000) / 1000);
