import type { ExchangeEnd } from './exchange-end.ts';
import type { RequestFacts } from './request-plan.ts';

/**
 * `accessLine` as the JSON text of one log line, without its end: put together by hand, because a general serialiser takes as long for
 * it as the rest of the pipeline. `prefix`: what every line of the program begins with, from `{` to a comma.
 */
export function accessText(end: ExchangeEnd, prefix: string, wallMs: number): string {
  const { facts, plan } = end;
  let text = `{"level":30,"time":${wholeText(wallMs)},${prefix}"requestId":${quoted(facts.requestId)},"traceId":"${facts.traceId}"`;
  text += `${clientText(facts)},"path":${quoted(facts.path)},"status":${end.status},"outcome":"${end.code ?? 'answered'}"`;
  if (end.detail !== '') text += `,"detail":${quoted(end.detail)}`;
  if (plan !== null && plan.maskedUserId !== null) text += `,"user":${quoted(plan.maskedUserId)}`;
  text += `${placeText(end)},"resends":${end.resends},"requestBytes":${end.requestBytes},"responseBytes":${end.responseBytes}`;
  const upstream = end.upstreamMs === null ? 'null' : decimals(end.upstreamMs);
  return `${text},"heldMs":${decimals(end.heldMs)},"upstreamMs":${upstream},"totalMs":${decimals(end.totalMs)},"msg":"request"}`;
}

let lastClient = { clientAddress: '', method: '', host: '', text: '' };

/** One client asks the same host again and again. */
function clientText({ clientAddress, method, host }: RequestFacts): string {
  const last = lastClient;
  if (last.clientAddress === clientAddress && last.method === method && last.host === host && last.text !== '')
    return last.text;
  const text = `,"client":${quoted(clientAddress)},"method":${quoted(method)},"host":${quoted(host)}`;
  lastClient = { clientAddress, method, host, text };
  return text;
}

interface Place {
  readonly route: string;
  readonly unit: string;
  readonly cell: string;
  readonly dataCenter: string;
  readonly epoch: number;
  readonly lane: string;
  readonly text: string;
}

/** Where requests of a shard went last, with the text that says so; at most one entry a shard. */
const PLACES = new Map<number, Place>();

function placeText({ facts, plan, decision }: ExchangeEnd): string {
  if (plan === null || plan.shard === null || decision?.kind !== 'forward') return restText(facts, plan, decision);
  const { shard, lane } = plan;
  const { unit, cell, dataCenter, epoch } = decision;
  const known = PLACES.get(shard);
  const isSame =
    known?.route === plan.route.name &&
    known.unit === unit.id &&
    known.cell === cell.id &&
    known.dataCenter === dataCenter.id &&
    known.epoch === epoch &&
    known.lane === lane;
  if (isSame) return known.text;
  const text = restText(facts, plan, decision);
  PLACES.set(shard, {
    route: plan.route.name,
    unit: unit.id,
    cell: cell.id,
    dataCenter: dataCenter.id,
    epoch,
    lane,
    text,
  });
  return text;
}

function restText(facts: RequestFacts, plan: ExchangeEnd['plan'], decision: ExchangeEnd['decision']): string {
  let text = plan === null ? '' : `,"route":${quoted(plan.route.name)}`;
  if (decision !== null && decision.unit !== null) text += `,"unit":${quoted(decision.unit.id)}`;
  if (plan !== null && plan.shard !== null) text += `,"shard":${plan.shard}`;
  if (decision?.kind === 'forward')
    text += `,"cell":${quoted(decision.cell.id)},"dataCenter":${quoted(decision.dataCenter.id)},"epoch":${decision.epoch}`;
  return `${text},"lane":"${facts.lane}"`;
}

/** Thousandths as three digits: a table costs a tenth of what it costs to print a fraction. */
const THOUSANDTHS: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

/** Milliseconds with three decimals. */
function decimals(ms: number): string {
  const us = Math.round(ms * 1000);
  return us > 0 ? `${Math.floor(us / 1000)}.${THOUSANDTHS[us % 1000]}` : '0';
}

let lastWhole = -1;
let lastWholeText = '';

/** Many requests end in one millisecond. */
function wholeText(wallMs: number): string {
  const whole = Math.floor(wallMs);
  if (whole !== lastWhole) {
    lastWhole = whole;
    lastWholeText = String(whole);
  }
  return lastWholeText;
}

function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 || c > 0x7e || c === 0x22 || c === 0x5c) return JSON.stringify(text);
  }
  return `"${text}"`;
}
