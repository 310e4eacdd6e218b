import { decodeGuard, GUARD_PREFIX } from '../../src/store/records/guard-record.ts';
import type { Checked, Checker } from './checker.ts';

/** Whoever waits for all guards waits for those on record: each boot that opens must have been there, under a name of its own. */
export function watchGuardRecords({ fleet }: Checked, violate: Parameters<Checker['watch']>[1]): void {
  const { facts, gateways } = fleet;
  const recorded = new Set<string>();
  const bootAt = new Map<string, string>();
  facts.on('committed', ({ commit }) => {
    for (const { key, value } of commit.writes) {
      if (value === null || !key.startsWith(GUARD_PREFIX)) continue;
      const { boot } = decodeGuard(key, value);
      const before = bootAt.get(key) ?? boot;
      if (before !== boot && gateways.some(({ bootId, process }) => bootId === before && process.isUp))
        violate(`${boot} writes its record over that of ${before}, which lives: nobody waits for that guard any more`);
      bootAt.set(key, boot);
      recorded.add(boot);
    }
  });
  facts.on('guardChanged', ({ gateway }) => {
    const { guard, bootId, process } = gateway;
    if (guard.closedBy === null && !recorded.has(bootId))
      violate(`the guard of ${process.id} is open, and its record has never been in the store: nobody waits for it`);
  });
}
