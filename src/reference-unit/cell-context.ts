import type { IncomingHttpHeaders } from 'node:http';
import { GLOBAL_SHARD_NAME, parseShardName } from '../core/shard-name.ts';
import { NO_SHARD } from '../core/shard-rule.ts';
import type { ShardRule, TopologyDocument } from '../core/topology-document.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

/** The cell that an instance belongs to. */
export interface OwnCell {
  readonly cell: string;
  readonly unit: string;
  readonly kind: 'R' | 'G' | 'C';
  readonly dataCenter: string;
  readonly shardRule: ShardRule;
}

/** What the gateway's headers say about a request, checked against the cell that got it. */
export interface CellContext {
  /** null for C, which has no shard. */
  readonly shard: string | null;
  /** 0 for C. */
  readonly epoch: number;
  /** Data center whose copy takes writes now; null for C, and while the shard moves, when only reads come and nobody's takes any. */
  readonly primary: string | null;
  /** null where the route needs none (G and C). */
  readonly userId: string | null;
  /** Whose entries these are: the user of an R shard; `''` for the one account of `G`, whoever asks. */
  readonly account: string;
  readonly requestId: string;
}

/** The cells of one data center. */
export function cellsOf(topology: TopologyDocument, dataCenter: string): OwnCell[] {
  return topology.units.flatMap((unit) =>
    unit.cells
      .filter((cell) => cell.dataCenter === dataCenter)
      .map((cell) => ({ cell: cell.id, unit: unit.id, kind: unit.kind, dataCenter, shardRule: topology.shardRule })),
  );
}

export const missing = (name: string, seen: string | undefined, allowed: string): Answer =>
  errorAnswer(
    'HEADERS_MISSING',
    `${name} is ${seen === undefined ? 'missing' : JSON.stringify(seen)}, must be ${allowed}`,
  );

/** Reads the `ldc-*` headers; an Answer is the refusal: 400 what is missing or malformed, 421 what is meant for another cell. */
export function readContext(headers: IncomingHttpHeaders, own: OwnCell): CellContext | Answer {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const apart =
    differs('ldc-unit', text('ldc-unit'), own.unit) ??
    differs('ldc-cell', text('ldc-cell'), own.cell) ??
    differs('ldc-data-center', text('ldc-data-center'), own.dataCenter);
  if (apart !== null) return apart;
  const requestId = text('ldc-request-id') ?? '';
  const userId = text('ldc-user-id') || null;
  if (userId !== null && userId.length > 64) return missing('ldc-user-id', userId.slice(0, 80), '1 to 64 characters');
  if (own.kind === 'C') return { shard: null, epoch: 0, primary: null, userId, account: userId ?? '', requestId };
  const shard = text('ldc-shard') ?? '';
  if (parseShardName(own.shardRule, shard) === NO_SHARD)
    return missing('ldc-shard', text('ldc-shard'), 'the name of a shard');
  if ((shard === GLOBAL_SHARD_NAME) !== (own.kind === 'G'))
    return errorAnswer('WRONG_CELL', `ldc-shard is ${shard}, unit ${own.unit} is of kind ${own.kind}`);
  const epoch = Number(text('ldc-epoch') ?? Number.NaN);
  if (!/^\d{1,16}$/.test(text('ldc-epoch') ?? '') || !Number.isSafeInteger(epoch))
    return missing('ldc-epoch', text('ldc-epoch'), 'a whole number');
  const primary = text('ldc-primary') ?? null;
  if (primary === '') return missing('ldc-primary', primary, 'the name of a data center');
  if (own.kind === 'R' && userId === null) return missing('ldc-user-id', text('ldc-user-id'), '1 to 64 characters');
  return { shard, epoch, primary, userId, account: own.kind === 'G' ? '' : (userId ?? ''), requestId };
}

function differs(name: string, seen: string | undefined, own: string): Answer | null {
  if (seen === own) return null;
  if (seen === undefined || seen === '') return missing(name, seen, own);
  return errorAnswer('WRONG_CELL', `${name} is ${JSON.stringify(seen)}, this is ${own}`);
}
