import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import type { Path } from './mistake.ts';
import type { RulesetLimits } from './ruleset-limits.ts';
import { keyText } from './yaml-positions.ts';

export interface YamlFinding {
  readonly offset: number;
  readonly path: Path;
  readonly seen: string;
  readonly allowed: string;
}

export interface YamlValue {
  readonly value: unknown;
  readonly aliases: ReadonlyMap<Alias, Node>;
  readonly findings: readonly YamlFinding[];
  /** False when a bound was hit and the rest was not looked at. */
  readonly isComplete: boolean;
}

/** A decimal whole number in its only form; `007`, `0x10`, `1e3`, `1_000` are kept as the text that they are. */
const PLAIN_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Plain values (objects without prototype, arrays, strings, numbers, booleans, null) from YAML nodes, bounded in number
 * and depth. Duplicate keys are found here, by a set: the library compares each key with all others before it.
 */
export function yamlValue(root: unknown, limits: RulesetLimits): YamlValue {
  const walk = new ValueWalk(limits);
  const value = walk.value(root, []);
  return { value, aliases: walk.aliases, findings: walk.findings, isComplete: !walk.isFull };
}

class ValueWalk {
  readonly aliases = new Map<Alias, Node>();
  readonly findings: YamlFinding[] = [];
  isFull = false;
  readonly #anchors = new Map<string, Node>();
  readonly #limits: RulesetLimits;
  #count = 0;

  constructor(limits: RulesetLimits) {
    this.#limits = limits;
  }

  value(node: unknown, path: Path): unknown {
    this.#count += 1;
    if (this.isFull) return null;
    if (this.#count > this.#limits.maxValues) return this.#full(node, 'maxValues', 'values, aliases followed');
    if (path.length > this.#limits.maxDepth) return this.#full(node, 'maxDepth', 'levels of nesting');
    const plain = isAlias(node) ? this.#aliased(node, path) : this.#plain(node, path);
    // Only now, so that an alias inside of its own anchor is an unknown one and no circle can come to be.
    if (hasAnchor(node)) this.#anchors.set(node.anchor, node);
    return plain;
  }

  #plain(node: unknown, path: Path): unknown {
    const tag = (node as { tag?: unknown } | null)?.tag;
    if (typeof tag === 'string') this.#find(node, path, `tag ${tagInWords(tag)}`, 'must be written without tags');
    if (isMap(node)) return this.#mapping(node.items, path);
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, [...path, index]));
    return isScalar(node) ? this.#scalar(node) : null;
  }

  #mapping(pairs: readonly Pair[], path: Path): unknown {
    const object = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of pairs) {
      if (!isScalar(key)) {
        this.#find(key, path, 'a key that is not a word', 'must be a word');
        continue;
      }
      const name = keyText(key);
      const inner = [...path, name];
      if (Object.hasOwn(object, name)) this.#find(key, path, `key ${name} twice`, 'must have each key once');
      else object[name] = this.value(value, inner);
    }
    return object;
  }

  #scalar(node: Scalar): unknown {
    if (typeof node.value !== 'number') return node.value;
    const source = node.source ?? String(node.value);
    const isExact = PLAIN_NUMBER.test(source) && Math.abs(node.value) <= Number.MAX_SAFE_INTEGER;
    return isExact ? node.value : source;
  }

  #aliased(alias: Alias, path: Path): unknown {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      this.#find(alias, path, `alias *${alias.source}`, 'must name an anchor that stands before it');
      return null;
    }
    this.aliases.set(alias, target);
    return this.value(target, path);
  }

  #full(node: unknown, setting: 'maxValues' | 'maxDepth', what: string): null {
    this.isFull = true;
    const limit = this.#limits[setting];
    this.#find(node, [], `more than ${limit} ${what}`, `must have at most ${limit} (setting ${setting})`);
    return null;
  }

  #find(node: unknown, path: Path, seen: string, allowed: string): void {
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    this.findings.push({ offset: range?.[0] ?? 0, path, seen, allowed });
  }
}

function tagInWords(tag: string): string {
  return tag.replace(/^tag:yaml\.org,2002:/, '!!');
}

function hasAnchor(node: unknown): node is Node & { anchor: string } {
  return !isAlias(node) && typeof (node as { anchor?: unknown } | null)?.anchor === 'string';
}
