import { copyPlaces } from '../../core/adoption/copy-places.ts';
import type { SeenVersion } from '../../core/adoption/first-epoch.ts';
import type { Clock } from '../../core/clock.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { decodeGuard, GUARD_PREFIX } from '../../store/records/guard-record.ts';
import type { TableReader } from '../../store/records/table-reader.ts';
import { gatewayState } from '../edge-liveness.ts';
import type { EdgeWatch } from '../edge-watch.ts';
import type { GateCalls } from '../operations/gate-calls.ts';
import { withinLimit } from '../within-limit.ts';
import { type GateSurvey, surveyGate } from './gate-survey.ts';
import { isProof } from './restore-evidence.ts';

export interface RestoreWatchParts {
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly edges: EdgeWatch;
  readonly gates: GateCalls;
  readonly clock: Clock;
  /** Longest question to one gate, ms. */
  readonly probeMs: number;
}

/** A gate's answer, by data center. */
export type Surveys = ReadonlyMap<string, GateSurvey>;

/**
 * Knows which versions others have seen, and so whether the store went back behind them: gateways by their records, this process by its
 * memory, gates by what they keep durably. Gates are asked before this process's first change, and whenever a person looks.
 */
export class RestoreWatch {
  readonly #parts: RestoreWatchParts;
  #own: SeenVersion | null = null;
  #gates: readonly SeenVersion[] | null = null;

  constructor(parts: RestoreWatchParts) {
    this.#parts = parts;
  }

  /** The versions that gateways, this process and, if they were asked, the gates have shown. */
  seen(): SeenVersion[] {
    const gateways = this.#parts.edges.observation.edges.flatMap((edge): SeenVersion[] => {
      const { applied, node } = edge.record;
      return applied === null ? [] : [{ ...applied, by: `gateway ${node}` }];
    });
    return [...gateways, ...(this.#own === null ? [] : [this.#own]), ...(this.#gates ?? [])];
  }

  /** Proofs from memory alone, by a read of the table that is later than all that was seen: never a false one. */
  async look(): Promise<{ readonly table: Table | null; readonly proofs: readonly SeenVersion[] }> {
    const seen = this.seen().filter((each) => !this.#isLeftBehind(each));
    const reading = await this.#parts.tables.read();
    if (reading === null) return { table: null, proofs: [] };
    const { table } = reading;
    const proofs = seen.filter((each) => isProof(table, each));
    if (proofs.length === 0)
      this.#own = { incarnation: table.incarnation, epoch: table.epoch, by: 'this control node' };
    return { table, proofs };
  }

  /**
   * The same before a change of the table. The first time in this process the gates are asked too: after a restore nobody else may be
   * left who remembers. Rejects only with an error of the store.
   */
  async check(): Promise<readonly SeenVersion[]> {
    if (this.#gates === null) {
      const reading = await this.#parts.tables.read();
      if (reading !== null) await this.survey(reading.table);
    }
    return (await this.look()).proofs;
  }

  /** The record of a gateway that was ended long ago, in another life of the store, proves nothing. */
  #isLeftBehind({ incarnation, by }: SeenVersion): boolean {
    const { edges } = this.#parts;
    const silent = edges.observation.edges.filter((edge) => gatewayState(edge, edges.settings.aliveMs) === 'silent');
    return silent.some(
      ({ record }) =>
        by === `gateway ${record.node}` &&
        record.applied?.incarnation === incarnation &&
        incarnation !== this.#own?.incarnation,
    );
  }

  /** Asks every gate that may hold a copy, all at once, each within `probeMs`. */
  async survey(table: Table): Promise<Surveys> {
    const { gates, clock, probeMs } = this.#parts;
    const surveys = new Map<string, GateSurvey>();
    const asked = copyPlaces(table).map(async ({ dataCenter, shards }) => {
      const gate = gates.gateOf(dataCenter);
      const late = (): Error => new Error(`no answer within ${probeMs} ms (operations.probeMs)`);
      const survey: GateSurvey =
        gate === null
          ? { kind: 'silent', detail: 'none is configured (gates)' }
          : await withinLimit(clock, probeMs, surveyGate(gate, dataCenter, table, shards), late).catch(
              (error: Error): GateSurvey => ({ kind: 'silent', detail: error.message }),
            );
      surveys.set(dataCenter, survey);
    });
    await Promise.all(asked);
    this.#gates = [...surveys.values()].flatMap((survey) => (survey.kind === 'answered' ? survey.seen : []));
    return surveys;
  }

  /** Versions in the guards' records; read when an adoption looks for the highest. */
  async guards(): Promise<SeenVersion[]> {
    const { entries } = await this.#parts.store.snapshot(GUARD_PREFIX);
    return entries.flatMap(({ key, value }): SeenVersion[] => {
      try {
        const { applied, node } = decodeGuard(key, value);
        return applied === null ? [] : [{ ...applied, by: `guard of ${node}` }];
      } catch {
        return [];
      }
    });
  }
}
