import { AUDIT_PREFIX, auditKey, decodeAudit, findBrokenLink } from '../../src/control/records/audit-record.ts';
import type { Checker } from './checker.ts';

export const auditWhole: Checker = {
  name: 'audit-whole',
  sentence: 'One audit record per epoch; the chain verifies.',
  watch({ fleet }, violate) {
    fleet.facts.on('committed', ({ commit, after }) => {
      const written = commit.writes.filter(({ key }) => key.startsWith(AUDIT_PREFIX));
      if (after === null) {
        if (written.length > 0 && commit.by !== 'setup')
          violate(`${commit.by} wrote ${written[0]?.key} without an epoch`);
        return;
      }
      const [record] = written;
      if (written.length !== 1 || record?.key !== auditKey(after.epoch) || record.value === null)
        violate(
          `${commit.by} wrote epoch ${after.epoch} with ${written.map(({ key }) => key).join(', ') || 'no audit'}`,
        );
    });
  },
  atEnd({ fleet }) {
    const entries = fleet.store.truth.snapshot(AUDIT_PREFIX).entries;
    const records = entries.map(({ key, value }) => decodeAudit(key, value));
    const broken = findBrokenLink(records);
    const newest = fleet.history.table?.epoch ?? 0;
    if (broken !== null) return [broken];
    return records.length === newest ? [] : [`${records.length} audit records for ${newest} epochs`];
  },
};
