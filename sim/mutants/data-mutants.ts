import { change, type Mutant } from './mutant.ts';

const VERSIONS = 'src/reference-unit/gate-versions.ts';
const GATE = 'src/reference-unit/ledger-gate.ts';
const LEDGER = 'src/reference-unit/ledger.ts';
const COPIES = 'src/reference-unit/copied-entries.ts';

/** The data gate and the ledger: the simulator runs the reference unit's own, on rows in memory. */
export const DATA_MUTANTS: readonly Mutant[] = [
  {
    id: 'gate-takes-late-calls',
    breaks: 'A gate does not refuse a call of a lower epoch: a late `follow` truncates the owner.',
    trace: '23',
    changes: change(VERSIONS, "return epoch < kept.epoch ? 'GATE_STALE' : null;", 'return null;'),
    engines: ['seeds'],
  },
  {
    id: 'gate-that-sets',
    breaks: 'A gate keeps the epoch of the last call instead of the highest: a late fence turns it back.',
    trace: '17',
    changes: [
      { file: VERSIONS, before: "return epoch < kept.epoch ? 'GATE_STALE' : null;", after: 'return null;' },
      {
        file: VERSIONS,
        before: 'if (kept === null || kept.incarnation !== incarnation || kept.epoch < epoch) gates',
        after: 'if (kept === null || kept.incarnation !== incarnation || kept.epoch !== epoch) gates',
      },
    ],
    engines: ['seeds'],
  },
  {
    id: 'numeric-positions',
    breaks: '`caughtUp` compares offsets of different lineages as numbers.',
    trace: '22',
    changes: change(GATE, 'head.lineage === lineage && head.offset >= offset', 'head.offset >= offset'),
    engines: ['seeds'],
  },
  {
    id: 'stale-copy-is-caught-up',
    breaks: 'A copy that was not made to follow says that it has caught up, by its number alone.',
    trace: '22',
    changes: change(
      GATE,
      "return head.role !== 'stale' && head.lineage === lineage && head.offset >= offset;",
      'return lineage >= 0 && head.offset >= offset;',
    ),
    engines: ['seeds'],
  },
  {
    id: 'promote-without-a-lineage',
    breaks: 'A promotion does not begin a new lineage.',
    changes: change(
      GATE,
      "role: 'primary', lineage: input.epoch, unit",
      "role: 'primary', lineage: head.lineage, unit",
    ),
    engines: ['seeds'],
  },
  {
    id: 'fence-ignored',
    breaks: 'The application does not compare a write’s epoch with its fence row (rule 4).',
    changes: change(
      LEDGER,
      "if (write.epoch < fence) return { kind: 'staleEpoch', fence };",
      "if (write.epoch < 0) return { kind: 'staleEpoch', fence };",
    ),
    engines: ['seeds'],
  },
  {
    id: 'ack-before-the-copies',
    breaks: 'A write is acknowledged before the copies have it that the setting asks for.',
    changes: change(
      'src/reference-unit/ledger-service.ts',
      'const isConfirmed = await replication.confirmed(result.entry, write.unit);',
      'const isConfirmed = true;',
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'copy-takes-older-lineages',
    breaks: 'A copy takes entries from a primary of an older lineage than its own.',
    changes: change(COPIES, "if (batch.lineage < head.lineage) return 'outdated';", ''),
    engines: ['seeds'],
  },
  {
    id: 'copy-without-log-matching',
    breaks: 'A copy adds entries without comparing the logs.',
    changes: [
      {
        file: COPIES,
        before: 'if (!sameMark(markOf(log.entryAt(batch.shard, batch.after)), batch.mark)) return false;\n',
        after: '',
      },
      {
        file: COPIES,
        before: 'return present.every((entry) =>',
        after: 'return present.every((entry) => entry.offset > 0 ||',
      },
    ],
    engines: ['seeds'],
  },
  {
    id: 'follow-without-a-cut',
    breaks: '`follow` keeps what is not in the owner’s lineage.',
    changes: change(GATE, 'gates.setAside(shard, prefix.offset, input.epoch);', '0;'),
    engines: ['seeds'],
  },
  {
    id: 'adopt-what-the-backup-says',
    breaks: 'After a restore the owner is whom the backup names, not whom the gates show as promoted last.',
    trace: '24',
    changes: change(
      'src/core/adoption/find-owners.ts',
      'if (shown.length === 0 && dataCenters.every((dataCenter) => gateless.has(dataCenter))) return byBackup',
      'if (shown.length > 0 || gateless.size >= 0) return byBackup',
    ),
    engines: ['exhaustive'],
    quick: true,
  },
];
