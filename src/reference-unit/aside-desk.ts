import type { GateOwner } from '../gate/gate-contract.ts';
import type { CopyTables } from './copied-entries.ts';
import type { GateInput } from './gate-input.ts';
import type { AsideEntry } from './gate-rows.ts';
import { inTransaction } from './ledger-database.ts';
import type { LedgerService } from './ledger-service.ts';
import type { Answer } from './unit-error.ts';

/** Most entries that one answer lists, and that one call submits. */
const LISTED = 1_000;
const SUBMITTED = 200;

/** What `follow` set aside: listed for people, and submitted again to the owner under the same id. */
export class AsideDesk {
  readonly #tables: CopyTables;
  readonly #ledger: LedgerService;

  constructor(tables: CopyTables, ledger: LedgerService) {
    this.#tables = tables;
    this.#ledger = ledger;
  }

  list(shard: string | null): Answer {
    const { gates } = this.#tables;
    return { status: 200, body: { total: gates.asideCount(), entries: gates.aside(shard, LISTED) } };
  }

  /**
   * Submits entries of the shards to the owner, at the call's epoch. The id makes it harmless: an entry that the owner has
   * already is not taken twice. What the owner refuses for good stays with its verdict.
   */
  async submit(input: GateInput, owner: GateOwner): Promise<Answer> {
    const counts = { taken: 0, alreadyThere: 0, refused: 0, failed: 0 };
    for (const entry of this.#open(input)) {
      const { shard, account, id, amount, cell } = entry;
      const write = { shard, epoch: input.epoch, unit: owner.unit, cell, account, id, amount };
      const answer = await this.#ledger.write(write, owner.dataCenter);
      counts[this.#settle(entry, answer)] += 1;
      // The owner cannot take it now (not promoted, unreachable): neither will it take the next.
      if (counts.failed > 0) break;
    }
    return { status: 200, body: { ...counts, left: this.#open(input).length } };
  }

  #open({ shards }: GateInput): AsideEntry[] {
    const open: AsideEntry[] = [];
    for (const shard of shards) {
      open.push(...this.#tables.gates.aside(shard, SUBMITTED).filter(({ verdict }) => verdict === ''));
      if (open.length >= SUBMITTED) break;
    }
    return open.slice(0, SUBMITTED);
  }

  #settle(entry: AsideEntry, { status, body }: Answer): 'taken' | 'alreadyThere' | 'refused' | 'failed' {
    const { database, gates } = this.#tables;
    if (status === 200 || status === 201) {
      inTransaction(database, () => gates.owned(entry));
      return status === 201 ? 'taken' : 'alreadyThere';
    }
    const code = (body as { readonly error?: { readonly code?: unknown } } | null)?.error?.code;
    if (code !== 'AMOUNT_DIFFERS' && code !== 'BALANCE_OUT_OF_RANGE') return 'failed';
    inTransaction(database, () => gates.judge(entry, code));
    return 'refused';
  }
}
