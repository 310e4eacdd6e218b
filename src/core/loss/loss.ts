import type { TopologyDocument } from '../topology-document.ts';

/** What dies at once: a data center, or all those of a city. */
export interface Loss {
  readonly kind: 'dataCenter' | 'city';
  readonly id: string;
  readonly dataCenters: ReadonlySet<string>;
}

/** `data center hz-a`, `city hangzhou`. */
export function lossInWords(loss: Loss): string {
  return loss.kind === 'city' ? `city ${loss.id}` : `data center ${loss.id}`;
}

/** Each single data center, and each city that has several; the loss of a city's only data center is that data center's. */
export function lossesOf(document: TopologyDocument, survive: 'dataCenter' | 'city'): readonly Loss[] {
  const single = document.cities.flatMap((city) =>
    city.dataCenters.map((id): Loss => ({ kind: 'dataCenter', id, dataCenters: new Set([id]) })),
  );
  if (survive === 'dataCenter') return single;
  const whole = document.cities
    .filter((city) => city.dataCenters.length > 1)
    .map((city): Loss => ({ kind: 'city', id: city.id, dataCenters: new Set(city.dataCenters) }));
  return [...single, ...whole];
}
