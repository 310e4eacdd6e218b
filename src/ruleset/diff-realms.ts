import { shardRuleInWords } from '../core/shard-rule.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import { type Change, change, forbiddenChange } from './change.ts';

/** What belongs to the realm as a whole: its name, shard rule, what it survives, trust, cities and data centers. */
export function diffRealms(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  return [
    ...diffIdentity(before, after),
    ...diffTrust(before, after),
    ...diffCities(before, after),
    ...diffDataCenters(before, after),
  ];
}

function diffIdentity(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const changes: Change[] = [];
  if (before.realm !== after.realm) {
    const what = `realm ${after.realm} instead of ${before.realm}`;
    changes.push(forbiddenChange('realm', after.realm, what, 'another realm is another deployment'));
  }
  const [rule, next] = [shardRuleInWords(before.shardRule), shardRuleInWords(after.shardRule)];
  if (rule !== next) {
    const what = `shards by ${next} instead of by ${rule}`;
    changes.push(forbiddenChange('shardRule', after.realm, what, 'changing the shard rule needs a new realm'));
  }
  const [survive, wanted] = [before.survive ?? 'city', after.survive ?? 'city'];
  if (survive !== wanted) {
    const text =
      wanted === 'city'
        ? 'the loss of a whole city must be survived too'
        : 'only the loss of a data center must be survived, no longer that of a city';
    changes.push(change('survive', after.realm, text));
  }
  return changes;
}

function diffTrust(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const changes: Change[] = [];
  const { realm, trust } = after;
  if (before.trust.identityHeaders !== trust.identityHeaders) {
    const whose = trust.identityHeaders === 'any' ? 'any client' : 'trusted proxies only';
    changes.push(change('trust', realm, `identity headers count from ${whose}`));
  }
  const { added, removed } = compare(before.trust.proxies, trust.proxies);
  changes.push(...added.map((block) => change('trust', realm, `proxies in ${block} are trusted`)));
  changes.push(...removed.map((block) => change('trust', realm, `proxies in ${block} are trusted no more`)));
  return changes;
}

function diffCities(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const ids = (document: TopologyDocument): readonly string[] => document.cities.map((city) => city.id);
  const { added, removed } = compare(ids(before), ids(after));
  return [
    ...added.map((id) => change('cityAdded', id, `city ${id} is added`)),
    ...removed.map((id) => change('cityRemoved', id, `city ${id} is removed`)),
  ];
}

function diffDataCenters(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const [was, is] = [cityByDataCenter(before), cityByDataCenter(after)];
  const { added, removed } = compare([...was.keys()], [...is.keys()]);
  const moved = [...is].filter(([id, city]) => was.has(id) && was.get(id) !== city);
  return [
    ...added.map((id) => change('dataCenterAdded', id, `data center ${id} is added in ${is.get(id)}`)),
    ...removed.map((id) => change('dataCenterRemoved', id, `data center ${id} is removed`)),
    ...moved.map(([id, city]) =>
      change('dataCenterMoved', id, `data center ${id} is in ${city} instead of ${was.get(id)}`),
    ),
  ];
}

function cityByDataCenter(document: TopologyDocument): ReadonlyMap<string, string> {
  return new Map(document.cities.flatMap((city) => city.dataCenters.map((id) => [id, city.id] as const)));
}

function compare(
  before: readonly string[],
  after: readonly string[],
): { added: readonly string[]; removed: readonly string[] } {
  return {
    added: after.filter((id) => !before.includes(id)),
    removed: before.filter((id) => !after.includes(id)),
  };
}
