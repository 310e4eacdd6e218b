import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { Link, Scenario } from '../scenario/scenario.ts';
import type { RelayNeeds } from './live-links.ts';

/** Which relays a scenario needs. Pure. */
export function relayNeeds({ timeline, topology: { store } }: Scenario, document: TopologyDocument): RelayNeeds {
  const links = timeline.flatMap(({ action }) => ('link' in action ? [action.link] : []));
  const members = new Set(store.kind === 'etcd' ? store.members : []);
  const citiesOf = new Map(document.cities.map(({ id, dataCenters }) => [id, dataCenters]));
  const hasMember = (end: Link['to']): boolean => {
    if (end.kind === 'dataCenter') return members.has(end.dataCenter);
    if (end.kind === 'city') return (citiesOf.get(end.city) ?? []).some((id) => members.has(id));
    return end.kind === 'storeLeader' || (end.kind === 'process' && end.process.startsWith('store-'));
  };
  return { links: links.length > 0, memberLinks: links.some(({ from, to }) => hasMember(from) || hasMember(to)) };
}
