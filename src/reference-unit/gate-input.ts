import { GATE_LIMITS, type GateOwner } from '../gate/gate-contract.ts';
import { expandShards } from '../gate/shard-list.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

/** What every call of the gate carries, with the shards by name. */
export interface GateInput {
  readonly incarnation: string;
  readonly epoch: number;
  readonly shards: readonly string[];
  /** The other fields, to be read by the call. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface WantedPosition {
  readonly shard: string;
  readonly lineage: number;
  readonly offset: number;
}

type Fields = Readonly<Record<string, unknown>>;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 128;
const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;

export const badCall = (detail: string): Answer => errorAnswer('BAD_INPUT', detail);

/** An Answer is the refusal. `isShard`: whether the topology has the shard. */
export function readGateInput(body: unknown, isShard: (name: string) => boolean): GateInput | Answer {
  const fields = fieldsOf(body);
  if (fields === null) return badCall('the body must be an object');
  const { incarnation, epoch, shards } = fields;
  if (!isName(incarnation)) return badCall('incarnation must be a text of 1 to 128 characters');
  if (!isCount(epoch) || epoch < 1) return badCall('epoch must be a whole number of at least 1');
  const names = Array.isArray(shards) && shards.length > 0 ? expandShards(shards) : null;
  if (names === null) return badCall('shards must be a list such as ["00-19", "42", "G"]');
  const unknown = names.find((name) => !isShard(name));
  if (unknown !== undefined) return badCall(`shard ${unknown} is not in the topology`);
  return { incarnation, epoch, shards: names, fields };
}

/** The field `owner`; an Answer is the refusal. */
export function readOwner({ fields }: GateInput): GateOwner | Answer {
  const owner = fieldsOf(fields.owner);
  if (owner === null || !isName(owner.unit) || !isName(owner.dataCenter))
    return badCall('owner must be {"unit": NAME, "dataCenter": NAME}');
  return { unit: owner.unit, dataCenter: owner.dataCenter };
}

/** The field `lineage` of a follow, which is the call's epoch where it is absent; an Answer is the refusal. */
export function readLineage({ fields, epoch }: GateInput): number | Answer {
  const value = fields.lineage ?? epoch;
  return isCount(value) && value <= epoch
    ? value
    : badCall(`lineage must be a whole number from 0 to the epoch, ${epoch}`);
}

/** A whole number of milliseconds up to a limit; an Answer is the refusal. */
export function readWait({ fields }: GateInput, name: 'waitMs' | 'holdMs'): number | Answer {
  const value = fields[name] ?? 0;
  if (isCount(value) && value <= GATE_LIMITS[name]) return value;
  return badCall(`${name} must be a whole number from 0 to ${GATE_LIMITS[name]}`);
}

/** One position for each of the shards; an Answer is the refusal. */
export function readPositions({ fields, shards }: GateInput): readonly WantedPosition[] | Answer {
  const { positions } = fields;
  if (!Array.isArray(positions)) return badCall('positions must be a list');
  const wanted = new Map<string, WantedPosition>();
  for (const item of positions) {
    const { shard, lineage, offset } = fieldsOf(item) ?? {};
    if (!isName(shard) || !isCount(lineage) || !isCount(offset) || wanted.has(shard))
      return badCall('positions must be {"shard", "lineage", "offset"}, each shard once');
    wanted.set(shard, { shard, lineage, offset });
  }
  const found = shards.flatMap((shard) => wanted.get(shard) ?? []);
  if (found.length === shards.length && wanted.size === shards.length) return found;
  return badCall('positions must name exactly the shards of the call');
}

/** The key of a probe's entry; an Answer is the refusal. */
export function readProbeId({ fields, shards }: GateInput): string | Answer {
  if (shards.length !== 1) return badCall('a probe is for one shard');
  const { id } = fields;
  return isName(id) && id.length <= 64 ? id : badCall('id must be a text of 1 to 64 characters');
}
