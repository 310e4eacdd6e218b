import { GATE_LIMITS } from './gate-contract.ts';

/**
 * The names of shards in a call's list: `["00-02", "G"]` is 00, 01, 02, G. null if an item is no shard or range, or if
 * they are more than a realm can have. Names keep their width; a name comes once.
 */
export function expandShards(items: readonly unknown[]): readonly string[] | null {
  const names = new Set<string>();
  for (const item of items) {
    const range = typeof item === 'string' ? rangeOf(item) : null;
    if (range === null) return null;
    for (const name of range) names.add(name);
    if (names.size > GATE_LIMITS.shards) return null;
  }
  return [...names];
}

function rangeOf(text: string): readonly string[] | null {
  if (text === 'G') return [text];
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === '' || first.length !== last.length || from > to) return null;
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(first.length, '0'));
}
