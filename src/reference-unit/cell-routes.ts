import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { entityTag, matchesTag, readCatalogue } from './catalogue.ts';
import { type CellContext, missing, type OwnCell } from './cell-context.ts';
import { parseEntry, refuseId } from './entry-input.ts';
import { readJsonText, sendAnswer, type Target } from './exchange.ts';
import type { InFlight } from './in-flight.ts';
import type { LedgerService } from './ledger-service.ts';
import type { CellLimits } from './process-options.ts';
import { download, echo, events, slow, upload } from './stream-paths.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

export interface CellServices {
  readonly clock: Clock;
  readonly ledger: LedgerService;
  readonly inFlight: InFlight;
  readonly limits: CellLimits;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly own: OwnCell;
  readonly context: CellContext;
}

type Handler = (exchange: Exchange, services: CellServices) => Promise<Answer | null> | Answer | null;

interface CellRoute {
  readonly methods: readonly string[];
  readonly handle: Handler;
}

const SAFE = ['GET', 'HEAD'] as const;

const ROUTES: ReadonlyMap<string, CellRoute> = new Map<string, CellRoute>([
  ['whoami', { methods: SAFE, handle: whoami }],
  ['inflight', { methods: SAFE, handle: (_, services) => ({ status: 200, body: services.inFlight.report() }) }],
  [
    'echo',
    { methods: ['POST'], handle: ({ request, response }, { limits }) => echo(request, response, limits.streamBytes) },
  ],
  ['upload', { methods: ['PUT', 'POST'], handle: ({ request }, { limits }) => upload(request, limits.streamBytes) }],
  [
    'download',
    {
      methods: ['GET'],
      handle: ({ response, target }, { limits }) => download(response, target.query, limits.streamBytes),
    },
  ],
  ['events', { methods: ['GET'], handle: ({ response, target }, { clock }) => events(response, target.query, clock) }],
  ['slow', { methods: ['GET'], handle: ({ response, target }, { clock }) => slow(response, target.query, clock) }],
  ['ws', { methods: SAFE, handle: () => errorAnswer('UPGRADE_REQUIRED', 'send Upgrade: websocket') }],
  ['ledger/entries', { methods: ['POST'], handle: postEntry }],
  ['ledger/balance', { methods: SAFE, handle: getLedger }],
]);

/** The path below the prefix of the unit's kind: a G cell answers `/global/whoami` and `/whoami` alike. */
export function pathBelowPrefix(segments: readonly string[], kind: OwnCell['kind']): readonly string[] {
  return kind === 'G' && segments[0] === 'global' ? segments.slice(1) : segments;
}

/** Answers one request of a cell; null: the handler sent the answer itself. */
export async function serve(exchange: Exchange, services: CellServices): Promise<Answer | null> {
  const segments = pathBelowPrefix(exchange.target.segments, exchange.own.kind);
  if (exchange.own.kind === 'C' && segments[0] === 'catalog') return getCatalogue(exchange, segments.slice(1));
  const route = routeOf(segments, exchange.own.kind);
  if (route === undefined)
    return errorAnswer('NOT_FOUND', `${exchange.target.path.slice(0, 200)} at a cell of kind ${exchange.own.kind}`);
  const method = exchange.request.method ?? '';
  if (!route.methods.includes(method)) return refuseMethod(exchange, route.methods);
  return route.handle(exchange, services);
}

function routeOf(segments: readonly string[], kind: OwnCell['kind']): CellRoute | undefined {
  const [first, second] = segments;
  if (first === 'ledger' && kind === 'C') return undefined;
  if (first === 'ledger' && second === 'entries' && segments.length === 3) return { methods: SAFE, handle: getLedger };
  return ROUTES.get(segments.join('/'));
}

function refuseMethod({ request, response }: Exchange, allowed: readonly string[]): null {
  const answer = errorAnswer('METHOD_NOT_ALLOWED', `${request.method} is not one of ${allowed.join(', ')}`);
  sendAnswer(response, answer, { allow: allowed.join(', ') });
  return null;
}

function whoami({ own, context }: Exchange): Answer {
  const { userId, shard, epoch } = context;
  return { status: 200, body: { userId, shard, unit: own.unit, cell: own.cell, dataCenter: own.dataCenter, epoch } };
}

async function postEntry({ request, own, context }: Exchange, { ledger, limits }: CellServices): Promise<Answer> {
  const text = await readJsonText(request, limits.jsonBytes);
  if (typeof text !== 'string') return text;
  const input = parseEntry(text);
  if ('status' in input) return input;
  const { shard, primary, epoch, account } = context;
  if (shard === null) return errorAnswer('NOT_FOUND', 'no ledger here');
  if (primary === null) return missing('ldc-primary', undefined, 'the name of a data center for a write');
  return ledger.write({ shard, epoch, account, unit: own.unit, cell: own.cell, ...input }, primary);
}

function getLedger({ target, own, context }: Exchange, { ledger }: CellServices): Promise<Answer> | Answer {
  const { shard, primary, account } = context;
  if (shard === null) return errorAnswer('NOT_FOUND', 'no ledger here');
  const [, what, id = ''] = pathBelowPrefix(target.segments, own.kind);
  if (what === 'balance') return ledger.read({ shard, account, id: null }, own.unit, primary);
  return refuseId(id) ?? ledger.read({ shard, account, id }, own.unit, primary);
}

function getCatalogue(exchange: Exchange, segments: readonly string[]): null {
  const { request, response, own } = exchange;
  if (!SAFE.some((method) => method === request.method)) return refuseMethod(exchange, SAFE);
  const answer = readCatalogue(segments, own);
  const tag = entityTag(answer);
  const headers = { etag: tag, 'cache-control': 'no-cache' };
  if (answer.status === 200 && matchesTag(request.headers['if-none-match'], tag))
    response.writeHead(304, headers).end();
  else sendAnswer(response, answer, answer.status === 200 ? headers : {});
  return null;
}
