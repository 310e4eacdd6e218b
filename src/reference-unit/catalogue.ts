import { createHash } from 'node:crypto';
import type { OwnCell } from './cell-context.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

export interface CatalogueItem {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}

const WORDS = ['tea', 'rice', 'salt', 'silk', 'paper', 'ink', 'lamp', 'bell', 'drum', 'kite'] as const;

/** Items 1 to 100, the same in every cell: a read-mostly copy that never lags. */
export const CATALOGUE: readonly CatalogueItem[] = Array.from({ length: 100 }, (_, index) => ({
  id: String(index + 1),
  name: `${WORDS[index % WORDS.length]} ${Math.floor(index / WORDS.length) + 1}`,
  price: 100 + ((index * 37) % 900),
}));

const BY_ID = new Map(CATALOGUE.map((item) => [item.id, item]));

/**
 * What a C cell answers below `/catalog/`: `items` the list, `items/ID` one of it or 404, any other name an item of that
 * name. `segments` are those after `catalog`.
 */
export function readCatalogue(segments: readonly string[], own: OwnCell): Answer {
  const about = { cell: own.cell, dataCenter: own.dataCenter, unit: own.unit };
  const [first = '', second, ...rest] = segments;
  if (first === 'items' && second === undefined) return { status: 200, body: { ...about, items: CATALOGUE } };
  if (first === 'items' && second !== undefined && rest.length === 0) {
    const item = BY_ID.get(second);
    return item === undefined
      ? errorAnswer('NOT_FOUND', `no item ${second.slice(0, 64)}, there are 1 to ${CATALOGUE.length}`)
      : { status: 200, body: { ...about, item } };
  }
  return { status: 200, body: { ...about, item: { id: segments.join('/').slice(0, 256) } } };
}

/** Entity tag (RFC 9110 §8.8.3) of an answer: a strong one, over the bytes' JSON. */
export function entityTag(answer: Answer): string {
  return `"${createHash('sha1').update(JSON.stringify(answer.body)).digest('base64url')}"`;
}

/** True if the `If-None-Match` field (RFC 9110 §13.1.2) names the tag: the client has this answer already. */
export function matchesTag(field: string | undefined, tag: string): boolean {
  if (field === undefined) return false;
  return field.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}
