import { type Loss, lossesOf, lossInWords } from '../core/loss/loss.ts';
import type { Shortage } from '../core/loss/place-shards.ts';
import { countShards } from '../core/loss/shard-run.ts';
import { type StandIn, surviveLoss } from '../core/loss/survive-loss.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import { type Draft, finding } from './draft.ts';
import type { Finding } from './mistake.ts';

/** For each single loss that the realm must survive, every shard has a surviving target with capacity. */
export function checkSurvival(
  draft: Draft,
  document: TopologyDocument,
  survive: 'dataCenter' | 'city',
): readonly Finding[] {
  return lossesOf(document, survive).flatMap((loss) => {
    const { placement, globalMove, copies } = surviveLoss(document, loss);
    const bare = [...(globalMove === null ? [] : [globalMove]), ...copies].filter(({ to }) => to === null);
    return [
      ...(placement.shortage === null ? [] : [noRoom(draft, document, loss, placement.shortage)]),
      ...bare.map((standIn) => noStandIn(draft, loss, standIn)),
    ];
  });
}

function noRoom(draft: Draft, document: TopologyDocument, loss: Loss, shortage: Shortage): Finding {
  const { units, targets, shards, room } = shortage;
  const [first = ''] = units;
  const when = `when ${lossInWords(loss)} is lost, ${shards} shards of ${units.join(', ')}`;
  const missing = shards - room;
  const path = ['units', first, 'remoteTargets'];
  if (targets.length === 0) {
    const allowed = 'must have a remote target that survives, with capacity for them';
    return finding(draft, path, `${when} have no place: no remote target survives`, allowed, `${missing} shards`);
  }
  const has = capacityOf(document, targets);
  const what = `${when} must move to ${targets.join(', ')}, which ${targets.length === 1 ? 'has' : 'have'} room for ${room}: ${missing} have no place`;
  const who =
    targets.length === 1
      ? `the capacity of ${targets[0]} must be`
      : `the capacities of ${targets.join(', ')} must add up to`;
  const allowed = `${who} ${has + missing} or more instead of ${has}, or there must be another remote target`;
  return finding(draft, path, what, allowed, `${missing} shards`);
}

function capacityOf(document: TopologyDocument, ids: readonly string[]): number {
  const units = document.units.filter((unit) => ids.includes(unit.id));
  return units.reduce((sum, unit) => sum + (unit.capacity ?? countShards(unit.home)), 0);
}

function noStandIn(draft: Draft, loss: Loss, { unit }: StandIn): Finding {
  const what = `when ${lossInWords(loss)} is lost, no cell and no remote target of the unit is left`;
  return finding(draft, ['units', unit, 'remoteTargets'], what, 'must have a remote target that survives', 'none');
}
