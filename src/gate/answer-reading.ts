import type { Epoch, Incarnation } from '../core/ids.ts';
import {
  type CaughtUpAnswer,
  COPY_ROLES,
  type CopyLag,
  type FenceAnswer,
  type FollowAnswer,
  type LagAnswer,
  type PlacesAnswer,
  type ShardPlace,
  type ShardVersion,
} from './gate-contract.ts';
import { GatePosition } from './gate-position.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An answer that is not what the contract says; the message names the field. */
export class AnswerMistake extends Error {}

const mistake = (what: string, value: unknown): never => {
  throw new AnswerMistake(`${what} is ${JSON.stringify(value)?.slice(0, 80) ?? 'missing'}`);
};

function fieldsOf(value: unknown, what: string): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : mistake(what, value);
}

function countOf(value: unknown, what: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : mistake(what, value);
}

function flagOf(value: unknown, what: string): boolean {
  return typeof value === 'boolean' ? value : mistake(what, value);
}

function textOf(value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : mistake(what, value);
}

function listOf<T>(value: unknown, what: string, read: (fields: Fields) => T): T[] {
  if (!Array.isArray(value)) return mistake(what, value);
  return value.map((item, index) => read(fieldsOf(item, `${what}[${index}]`)));
}

/** One item for each shard that was asked for, in any order; more, fewer or repeated ones are a mistake. */
function perShard<T extends { readonly shard: string }>(
  body: unknown,
  asked: readonly string[],
  read: (fields: Fields) => T,
): T[] {
  const found = new Map(listOf(fieldsOf(body, 'the answer').shards, 'shards', read).map((item) => [item.shard, item]));
  const missing = asked.find((shard) => !found.has(shard));
  if (missing !== undefined) throw new AnswerMistake(`shard ${missing} is missing in the answer`);
  if (found.size !== asked.length) throw new AnswerMistake('the answer has shards that were not asked for');
  return asked.flatMap((shard) => found.get(shard) ?? []);
}

function versionOf({ shard, incarnation, epoch }: Fields): ShardVersion {
  return {
    shard: textOf(shard, 'shard'),
    // Empty: the gate learnt the epoch from the owner's lineage, and was never called.
    incarnation: (typeof incarnation === 'string' ? incarnation : mistake('incarnation', incarnation)) as Incarnation,
    epoch: countOf(epoch, 'epoch') as Epoch,
  };
}

function placeOf({ shard, role, lineage, offset }: Fields): ShardPlace {
  const position = new GatePosition(countOf(lineage, 'lineage') as Epoch, countOf(offset, 'offset'));
  return {
    shard: textOf(shard, 'shard'),
    role: COPY_ROLES.find((each) => each === role) ?? mistake('role', role),
    position,
  };
}

const amountOf = (value: unknown, what: string): number | null => (value === null ? null : countOf(value, what));

function lagOf({ copy, entries, ms }: Fields): CopyLag {
  return { copy: textOf(copy, 'copy'), entries: amountOf(entries, 'entries'), ms: amountOf(ms, 'ms') };
}

/** The kept versions that a refusal shows; unreadable ones are left out, as the code says enough. */
export function readHighest(body: unknown): ShardVersion[] {
  try {
    return listOf(fieldsOf(body, 'the answer').highest, 'highest', versionOf);
  } catch {
    return [];
  }
}

/** Readers of each call's answer; they throw AnswerMistake. `asked`: the shards by name. */
export const ANSWERS = {
  fence: (body: unknown, asked: readonly string[]): FenceAnswer => ({ shards: perShard(body, asked, versionOf) }),
  places: (body: unknown, asked: readonly string[]): PlacesAnswer => ({ shards: perShard(body, asked, placeOf) }),
  caughtUp: (body: unknown, asked: readonly string[]): CaughtUpAnswer => {
    const read = (item: Fields) => ({ ...placeOf(item), caughtUp: flagOf(item.caughtUp, 'caughtUp') });
    const shards = perShard(body, asked, read);
    const caughtUp = flagOf(fieldsOf(body, 'the answer').caughtUp, 'caughtUp');
    if (caughtUp !== shards.every((each) => each.caughtUp)) throw new AnswerMistake('caughtUp contradicts its shards');
    return { caughtUp, shards };
  },
  follow: (body: unknown, asked: readonly string[]): FollowAnswer => ({
    shards: perShard(body, asked, (item) => ({ ...placeOf(item), setAside: countOf(item.setAside, 'setAside') })),
  }),
  lag: (body: unknown, asked: readonly string[]): LagAnswer => ({
    shards: perShard(body, asked, (item) => ({ ...placeOf(item), copies: listOf(item.copies, 'copies', lagOf) })),
  }),
} as const;
