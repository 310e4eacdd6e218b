import { type LedgerEntry, markOf, sameMark } from '../../src/reference-unit/ledger-entry.ts';
import type { Checked, Checker } from './checker.ts';
import { shardNumber } from './shard-number.ts';

/** One instance per world. */
export function ledgerBooks(): Checker {
  return {
    name: 'ledger-books',
    sentence:
      'The ledger’s books: one entry per place of a lineage, no entry twice in a log, balances are sums, and in the end all copies agree.',
    watch({ fleet }, violate) {
      const places = new Map<number, LedgerEntry>();
      const before = new Map<number, LedgerEntry | null>();
      const previousOf = (dataCenter: string, { shard, offset }: LedgerEntry): LedgerEntry | null =>
        fleet.cells.get(dataCenter)?.tables.log.entryAt(shard, offset - 1) ?? null;
      fleet.facts.on('executed', ({ entry, dataCenter }) => {
        const place = placeOf(entry);
        const known = places.get(place) ?? entry;
        if (known.account !== entry.account || known.id !== entry.id)
          violate(
            `${dataCenter} took ${nameOf(entry)} at ${entry.lineage}:${entry.offset}, where ${nameOf(known)} stands elsewhere`,
            shardNumber(entry.shard),
          );
        places.set(place, entry);
        before.set(place, previousOf(dataCenter, entry));
      });
      // Log matching (Raft): equal entries stand after equal entries.
      fleet.facts.on('copied', ({ entry, dataCenter }) => {
        const [is, was] = [previousOf(dataCenter, entry), before.get(placeOf(entry))];
        if (was !== undefined && !isSameEntry(is, was)) {
          const place = `${entry.shard} ${entry.lineage} ${entry.offset}`;
          violate(
            `${dataCenter} has ${inWords(is)} before ${place} (${entry.id}), its owner had ${inWords(was)}`,
            shardNumber(entry.shard),
          );
        }
      });
    },
    atEnd: (checked) => [...balances(checked), ...copies(checked)],
  };
}

/** A place in the log of a shard's lineage, as one number: these are looked up at each copy of each entry. */
function placeOf({ shard, lineage, offset }: LedgerEntry): number {
  return (shardNumber(shard) * PLACES + lineage) * PLACES + offset;
}

const PLACES = 2 ** 20;

const nameOf = ({ account, id }: LedgerEntry): string => `${account} ${id}`;

const inWords = (entry: LedgerEntry | null): string =>
  entry === null ? 'nothing' : `${entry.lineage}:${entry.offset} ${entry.id}`;

function isSameEntry(left: LedgerEntry | null, right: LedgerEntry | null): boolean {
  if (left === null || right === null) return left === right;
  return left.lineage === right.lineage && left.offset === right.offset && left.id === right.id;
}

function balances({ fleet }: Checked): string[] {
  const problems: string[] = [];
  for (const [name, { tables }] of fleet.cells) {
    for (const { shard, offset } of tables.log.heads()) {
      const { length } = tables.log.entries(shard);
      if (length !== offset) problems.push(`shard ${shard}: ${name} ends at ${offset} and keeps ${length} entries`);
      const sums = new Map<string, number>();
      for (const { account, amount } of tables.log.entries(shard)) sums.set(account, (sums.get(account) ?? 0) + amount);
      for (const [account, { balance }] of tables.log.accounts(shard))
        if (sums.get(account) !== balance)
          problems.push(
            `${name}, shard ${shard}: ${account} has ${balance}, its entries add up to ${sums.get(account)}`,
          );
    }
  }
  return problems;
}

/** Every copy that follows has what the owner has. */
function copies({ fleet }: Checked): string[] {
  const { table } = fleet.history;
  if (table === null) return [];
  const problems: string[] = [];
  for (let shard = 0; shard < table.shards.length; shard += 1) {
    const name = shard === table.topology.globalShard ? 'G' : String(shard).padStart(2, '0');
    const primary = table.topology.dataCenters[table.shards.primary[shard] ?? -1]?.id ?? '';
    const owner = fleet.cells.get(primary)?.tables.log;
    if (owner === undefined) continue;
    const head = owner.state(name);
    if (head.role !== 'primary') problems.push(`shard ${name}: the copy in ${primary} takes no writes (${head.role})`);
    for (const [other, { tables }] of fleet.cells) {
      const copy = tables.log.state(name);
      if (other === primary || tables.log.head(name) === null) continue;
      if (copy.role === 'stale') problems.push(`shard ${name}: ${other} was not made to follow ${primary}`);
      if (copy.role === 'primary') problems.push(`shard ${name}: ${other} takes writes besides ${primary}`);
      const end = Math.min(copy.offset, head.offset);
      const isEqual = sameMark(markOf(tables.log.entryAt(name, end)), markOf(owner.entryAt(name, end)));
      if (copy.role === 'copy' && (!isEqual || copy.offset > head.offset))
        problems.push(
          `shard ${name}: ${other} (${copy.lineage}:${copy.offset}) is not a beginning of ${primary} (${head.lineage}:${head.offset})`,
        );
    }
  }
  return problems;
}
