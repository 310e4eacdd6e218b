import type { ExchangeEnd } from './exchange-end.ts';

/**
 * `accessLine` as the JSON text of one log line, without its end: put together by hand, because a general serialiser takes as long for
 * it as the rest of the pipeline. `prefix`: what every line of the program begins with, from `{` to a comma.
 */
export function accessText(end: ExchangeEnd, prefix: string, wallMs: number): string {
  const { facts, plan, decision } = end;
  const forward = decision?.kind === 'forward' ? decision : null;
  let text = `{"level":30,"time":${Math.floor(wallMs)},${prefix}"requestId":${quoted(facts.requestId)},"traceId":"${facts.traceId}"`;
  text += `,"client":${quoted(facts.clientAddress)},"method":${quoted(facts.method)},"host":${quoted(facts.host)},"path":${quoted(facts.path)}`;
  text += `,"status":${end.status},"outcome":"${end.code ?? 'answered'}"`;
  if (end.detail !== '') text += `,"detail":${quoted(end.detail)}`;
  if (plan !== null) {
    text += `,"route":${quoted(plan.route.name)}`;
    if (plan.maskedUserId !== null) text += `,"user":${quoted(plan.maskedUserId)}`;
  }
  if (decision !== null && decision.unit !== null) text += `,"unit":${quoted(decision.unit.id)}`;
  if (plan !== null && plan.shard !== null) text += `,"shard":${plan.shard}`;
  if (forward !== null)
    text += `,"cell":${quoted(forward.cell.id)},"dataCenter":${quoted(forward.dataCenter.id)},"epoch":${forward.epoch}`;
  text += `,"lane":"${facts.lane}","resends":${end.resends},"requestBytes":${end.requestBytes}`;
  text += `,"responseBytes":${end.responseBytes},"heldMs":${rounded(end.heldMs)}`;
  return `${text},"upstreamMs":${end.upstreamMs === null ? 'null' : rounded(end.upstreamMs)},"totalMs":${rounded(end.totalMs)},"msg":"request"}`;
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 || c > 0x7e || c === 0x22 || c === 0x5c) return JSON.stringify(text);
  }
  return `"${text}"`;
}
