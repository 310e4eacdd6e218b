import type { Epoch } from '../core/ids.ts';

/** How one copy stands to another; numbers say nothing across lineages. */
export type PositionOrder = 'behind' | 'equal' | 'ahead' | 'otherLineage';

/**
 * How far a copy of a shard has come: an offset within a lineage, the epoch of the promotion under which the entries
 * were taken (0: before any promotion). The offset is not readable and the operators `<` and `>` throw, because the
 * comparison `1 ≥ 1` of numbers from two lineages lost a write after a failover and a failback.
 */
export class GatePosition {
  readonly lineage: Epoch;
  readonly #offset: number;

  constructor(lineage: Epoch, offset: number) {
    this.lineage = lineage;
    this.#offset = offset;
  }

  /** How this position stands to the other. */
  compare(other: GatePosition): PositionOrder {
    if (this.lineage !== other.lineage) return 'otherLineage';
    if (this.#offset === other.#offset) return 'equal';
    return this.#offset < other.#offset ? 'behind' : 'ahead';
  }

  /** True if a copy that stands here has everything up to the other position: same lineage, and as far. */
  reaches(other: GatePosition): boolean {
    const order = this.compare(other);
    return order === 'equal' || order === 'ahead';
  }

  /** The position on the wire and in records. */
  toJSON(): { readonly lineage: number; readonly offset: number } {
    return { lineage: this.lineage, offset: this.#offset };
  }

  toString(): string {
    return `${this.lineage}:${this.#offset}`;
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError('positions are compared with compare() or reaches(), never with < or >');
  }
}
