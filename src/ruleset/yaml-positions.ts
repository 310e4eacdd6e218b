import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { Path, Position } from './mistake.ts';

/** Finds the line of a value; looked up when a mistake is told, so that a ruleset without mistakes costs nothing. */
export class YamlPositions {
  readonly #root: unknown;
  readonly #aliases: ReadonlyMap<Alias, Node>;
  readonly #lines: LineCounter;
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(root: unknown, aliases: ReadonlyMap<Alias, Node>, lines: LineCounter) {
    this.#root = root;
    this.#aliases = aliases;
    this.#lines = lines;
  }

  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Of the key for a value in a mapping, of the value in a list; of the nearest parent for what is not there. */
  of(path: Path): Position {
    let node = this.#root;
    let offset = startOf(node) ?? 0;
    for (const step of path) {
      const found = this.#child(node, step);
      if (found === null) break;
      node = found.node;
      offset = found.offset ?? offset;
    }
    return this.at(offset);
  }

  #child(parent: unknown, step: string | number): { node: unknown; offset: number | null } | null {
    const node = isAlias(parent) ? this.#aliases.get(parent) : parent;
    if (isSeq(node)) {
      const item = typeof step === 'number' ? node.items[step] : undefined;
      return item === undefined ? null : { node: item, offset: startOf(item) };
    }
    if (!isMap(node)) return null;
    const pair = this.#pairsOf(node).get(String(step));
    return pair === undefined ? null : { node: pair.value, offset: startOf(pair.key) };
  }

  /** Kept, because a mapping of 50,000 mistyped keys is looked up 50,000 times. Of equal keys the first counts. */
  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const pairs = new Map<string, Pair>();
    for (const pair of map.items) {
      const name = isScalar(pair.key) ? keyText(pair.key) : null;
      if (name !== null && !pairs.has(name)) pairs.set(name, pair);
    }
    this.#pairs.set(map, pairs);
    return pairs;
  }
}

/** A key as it is written: `007` and `on` stay what they look like. */
export function keyText(key: { readonly value: unknown; readonly source?: string | undefined }): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function startOf(node: unknown): number | null {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0] ?? null;
}
