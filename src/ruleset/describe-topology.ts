import { lossesOf, lossInWords } from '../core/loss/loss.ts';
import { countShards } from '../core/loss/shard-run.ts';
import { type LossOutcome, surviveLoss } from '../core/loss/survive-loss.ts';
import { shardCount, shardRuleInWords } from '../core/shard-rule.ts';
import type { CellDocument, RouteDocument, TopologyDocument, UnitDocument } from '../core/topology-document.ts';
import { runsInWords } from './home-shards.ts';
import { shareInWords } from './share.ts';
import { missPolicyInWords, sourceInWords } from './source-in-words.ts';

/** What a ruleset says, a line each for realm, units, routes, and for each loss that it survives, what happens then. */
export function describeTopology(document: TopologyDocument): readonly string[] {
  const survive = document.survive ?? 'city';
  const scope = survive === 'city' ? 'any data center and any city' : 'any data center';
  const count = shardCount(document.shardRule);
  const { proxies, identityHeaders } = document.trust;
  const peers = proxies.length === 0 ? 'no proxy' : `proxies ${proxies.join(', ')}`;
  return [
    `realm ${document.realm}: ${count} shards, ${shardRuleInWords(document.shardRule)}; survives the loss of ${scope}`,
    `trusts ${peers}; identity headers of ${identityHeaders === 'any' ? 'any client' : 'trusted proxies'}`,
    ...document.cities.map((city) => `city ${city.id}: ${city.dataCenters.join(', ')}`),
    ...document.units.map((unit) => describeUnit(document, unit)),
    ...document.routes.map(describeRoute),
    ...lossesOf(document, survive).map((loss) =>
      describeLoss(document, lossInWords(loss), surviveLoss(document, loss)),
    ),
  ];
}

function describeUnit({ shardRule }: TopologyDocument, unit: UnitDocument): string {
  const share = shareInWords(countShards(unit.home) / shardCount(shardRule));
  const home = unit.globalHome ? 'home G' : `home ${runsInWords(shardRule, unit.home)} (${share} of users)`;
  const parts = [
    unit.globalHome || unit.home.length > 0 ? home : null,
    unit.primary === null ? null : `primary ${unit.primary}`,
    `cells ${unit.cells.map((cell) => describeCell(unit, cell)).join(', ')}`,
    unit.remoteTargets.length === 0 ? null : `remote targets ${unit.remoteTargets.join(', ')}`,
    unit.capacity === null ? null : `capacity ${unit.capacity}`,
    unit.storeLost === 'fence' ? null : 'serves when the store is lost',
  ];
  return `unit ${unit.id} ${unit.kind}: ${parts.filter((part) => part !== null).join('; ')}`;
}

function describeCell({ kind }: UnitDocument, { id, dataCenter, weight, instances, tls }: CellDocument): string {
  const share = kind === 'C' ? '' : ` ${weight}`;
  const addresses = instances.length === 0 ? '' : ` at ${instances.join(' ')}${tls === null ? '' : ' by TLS'}`;
  return `${id} ${dataCenter}${share}${addresses}`;
}

export function describeRoute(route: RouteDocument): string {
  const methods = route.methods.length === 0 ? '' : `${route.methods.join(', ')} `;
  const hosts = route.hosts.length === 0 ? '' : `${route.hosts.join(', ')} `;
  const sources = route.identity.map(sourceInWords).join(', ');
  const identity = sources === '' ? '' : ` by ${sources}`;
  const missing = route.onMissing.type === 'reject' ? '' : `; missing: ${missPolicyInWords(route.onMissing)}`;
  return `route ${route.name}: ${methods}${hosts}${route.path} → ${route.kind}${identity}${missing}`;
}

function describeLoss({ shardRule }: TopologyDocument, loss: string, outcome: LossOutcome): string {
  const { placement, globalMove, copies, effects } = outcome;
  const parts = [...effects].flatMap(([unit, effect]) => {
    if (effect.type === 'weights') return [`${unit} goes on in ${effect.cells.join(', ')}`];
    return effect.type === 'primary' ? [`${unit} gets primary ${effect.dataCenters.join(' or ')}`] : [];
  });
  parts.push(...placement.moves.map(({ from, to, shards }) => `${runsInWords(shardRule, shards)} of ${from} to ${to}`));
  parts.push(...(globalMove === null ? [] : [`G of ${globalMove.unit} to ${globalMove.to ?? 'nobody'}`]));
  parts.push(...copies.map(({ unit, to }) => `users of ${unit} to ${to ?? 'nobody'}`));
  if (placement.shortage !== null)
    parts.push(`${placement.shortage.shards - placement.shortage.room} shards have no place`);
  return `lost ${loss}: ${parts.length === 0 ? 'nothing moves' : parts.join('; ')}`;
}
