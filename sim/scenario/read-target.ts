import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { Target } from './scenario.ts';

/** What a scenario's words may name. */
export interface ScenarioNames {
  readonly dataCenters: readonly string[];
  readonly cities: ReadonlyMap<string, readonly string[]>;
  /** Names of all processes, as the fleet has them. */
  readonly processes: readonly string[];
  readonly hasStoreProcesses: boolean;
}

export interface ProcessCounts {
  readonly controls: number;
  readonly gatewaysPerDataCenter: number;
  /** Members of the store's cluster; 0: the store is a file. */
  readonly members: number;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

export function scenarioNames(document: TopologyDocument, counts: ProcessCounts): ScenarioNames {
  const dataCenters = document.cities.flatMap((city) => city.dataCenters);
  const processes = [
    ...upTo(counts.controls).map((n) => `control-${n}`),
    ...upTo(counts.members).map((n) => `store-${n}`),
    ...dataCenters.flatMap((id) => [
      ...upTo(counts.gatewaysPerDataCenter).map((n) => `gateway-${id}-${n}`),
      `cells-${id}`,
    ]),
  ];
  const cities = new Map(document.cities.map((city) => [city.id, city.dataCenters]));
  return { dataCenters, cities, processes, hasStoreProcesses: counts.members > 0 };
}

/** `dc sz-a`, `city shanghai`, `process control-1`, `store`, `store leader`, `control leader`; or in words what is wrong. */
export function readTarget(text: string, names: ScenarioNames): Target | string {
  const [word = '', name = '', ...more] = text.split(' ');
  if (text === 'control leader') return { kind: 'controlLeader' };
  if (text === 'store' || text === 'store leader') {
    if (!names.hasStoreProcesses) return `${text} is no process here: the store is a file; say store: {kind: etcd}`;
    return { kind: text === 'store' ? 'store' : 'storeLeader' };
  }
  if (more.length === 0 && word === 'dc') {
    if (names.dataCenters.includes(name)) return { kind: 'dataCenter', dataCenter: name };
    return `data center ${name} is not known, must be one of ${names.dataCenters.join(', ')}`;
  }
  if (more.length === 0 && word === 'city') {
    if (names.cities.has(name)) return { kind: 'city', city: name };
    return `city ${name} is not known, must be one of ${[...names.cities.keys()].join(', ')}`;
  }
  if (more.length === 0 && word === 'process') {
    if (names.processes.includes(name)) return { kind: 'process', process: name };
    return `process ${name} is not known, must be one of ${names.processes.join(', ')}`;
  }
  return `${JSON.stringify(text)} names nothing, must be dc NAME, city NAME, process NAME, store, store leader or control leader`;
}

/** The words of a target, as the document has them. */
export function targetInWords(target: Target | { readonly kind: 'others' }): string {
  switch (target.kind) {
    case 'dataCenter':
      return `dc ${target.dataCenter}`;
    case 'city':
      return `city ${target.city}`;
    case 'process':
      return `process ${target.process}`;
    case 'store':
      return 'store';
    case 'storeLeader':
      return 'store leader';
    case 'controlLeader':
      return 'control leader';
    case 'others':
      return 'others';
  }
}
