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
      const places = new Map<string, string>();
      const before = new Map<string, string>();
      const previousOf = (dataCenter: string, { shard, offset }: LedgerEntry): string => {
        const entry = fleet.cells.get(dataCenter)?.tables.log.entryAt(shard, offset - 1) ?? null;
        return entry === null ? 'nothing' : `${entry.lineage}:${entry.offset} ${entry.id}`;
      };
      fleet.facts.on('executed', ({ entry, dataCenter }) => {
        const place = `${entry.shard} ${entry.lineage} ${entry.offset}`;
        const what = `${entry.account} ${entry.id}`;
        const known = places.get(place) ?? what;
        if (known !== what)
          violate(
            `${dataCenter} took ${what} at ${entry.lineage}:${entry.offset}, where ${known} stands elsewhere`,
            shardNumber(entry.shard),
          );
        places.set(place, what);
        before.set(place, previousOf(dataCenter, entry));
      });
      // Log matching (Raft): equal entries stand after equal entries.
      fleet.facts.on('copied', ({ entry, dataCenter }) => {
        const place = `${entry.shard} ${entry.lineage} ${entry.offset}`;
        const [is, was] = [previousOf(dataCenter, entry), before.get(place)];
        if (was !== undefined && is !== was)
          violate(
            `${dataCenter} has ${is} before ${place} (${entry.id}), its owner had ${was}`,
            shardNumber(entry.shard),
          );
      });
    },
    atEnd: (checked) => [...balances(checked), ...copies(checked)],
  };
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
