import { change, type Mutant } from './mutant.ts';

const GUARD = 'src/core/guard/shard-guard.ts';
const LEASE = 'src/core/guard/guard-lease.ts';
const FREEZES = 'src/core/guard/freezes.ts';
const ADMIT = 'src/core/admit.ts';
const ACCEPT = 'src/core/accept-table.ts';
const RENEWAL = 'src/gateway/guard/guard-renewal.ts';

/** Rules 1 to 3: who is admitted, and until when. */
const ADMISSION: readonly Mutant[] = [
  {
    id: 'drop-rule-3',
    breaks: 'A write is admitted without a look at the horizon (rule 3).',
    changes: change(
      GUARD,
      'if (now.monotonic < this.#horizonOf(unit, now)) return admission;',
      'if (now.monotonic < Number.POSITIVE_INFINITY) return admission;',
    ),
    engines: ['seeds'],
  },
  {
    id: 'horizon-from-the-answer',
    breaks: 'The horizon counts from the answer of a read, not from its sending.',
    trace: 'from the answer: two owners',
    changes: change(
      RENEWAL,
      'const result = guard.reading(reading, sentAt);',
      'const result = guard.reading(reading, instantOf(clock));',
    ),
    engines: ['seeds'],
  },
  {
    id: 'open-without-own-record',
    breaks: 'A guard opens by a read that does not contain its own record.',
    trace: '9–10',
    changes: change(GUARD, 'if (!hasOwnRecord) {', 'if (!hasOwnRecord && head === null) {'),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'open-by-the-snapshot',
    breaks: 'A guard believes the snapshot on its disk: it opens without a read of this boot.',
    trace: '9–10',
    changes: change(
      GUARD,
      '    this.#table = table;\n',
      '    this.#table = table;\n    if (this.#lease === CLOSED_AT_BOOT) this.#lease = renewedLease(this.#lease, now, this.#rules);\n',
    ),
    engines: ['seeds'],
  },
  {
    id: 'jump-seen-at-ticks-only',
    breaks: 'Admission and rule 5 do not compare the clocks; only reads and new tables do.',
    trace: '12 (not only at a tick)',
    changes: change(
      GUARD,
      "now: GuardInstant): number {\n    this.#check(now);\n    if (unit.storeLost === 'fence')",
      "_now: GuardInstant): number {\n    if (unit.storeLost === 'fence')",
    ),
    engines: ['seeds'],
  },
  {
    id: 'jump-ignored',
    breaks: 'Clocks that went apart never close a guard: a suspended machine goes on with the horizon of before.',
    changes: change(LEASE, 'if (Math.abs(apart) <= jumpMs) return lease;', 'if (jumpMs > 0) return lease;'),
    engines: ['seeds'],
  },
  {
    id: 'drop-rule-1',
    breaks: 'A guard admits a claim of an older epoch of the shard (rule 1).',
    changes: change(
      ADMIT,
      "if (claim.epoch < epoch) return refuse(table, claim.shard, 'STALE_EPOCH');",
      "if (claim.epoch < 0) return refuse(table, claim.shard, 'STALE_EPOCH');",
    ),
    engines: ['seeds'],
  },
  {
    id: 'admit-what-is-newer',
    breaks: 'A guard admits a claim of a newer epoch than its own instead of reading first.',
    changes: change(
      ADMIT,
      "if (claim.epoch > epoch) return { kind: 'behind', epoch };",
      "if (claim.epoch < 0) return { kind: 'behind', epoch };",
    ),
    engines: ['seeds'],
  },
  {
    id: 'admit-while-frozen',
    breaks: 'The previous owner of a FREEZING shard admits writes (rule 2).',
    changes: change(
      ADMIT,
      "if (!active && !claim.safe) return refuse(table, claim.shard, 'SHARD_MOVING');",
      "if (claim.epoch < 0) return refuse(table, claim.shard, 'SHARD_MOVING');",
    ),
    engines: ['exhaustive'],
    quick: true,
  },
  {
    id: 'boot-without-a-name',
    breaks: 'The record of a guard is named after its node alone: two processes under one name share it.',
    trace: '8',
    changes: change(
      'src/store/records/guard-record.ts',
      'export function guardKey(node: NodeId, boot: BootId): string {\n',
      "export function guardKey(node: NodeId, _boot: BootId): string {\n  const boot = 'boot';\n",
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'accept-an-older-table',
    breaks: 'A gateway applies a table of a lower epoch: an older state of the store turns it back.',
    trace: '18–20',
    changes: [
      { file: ACCEPT, before: 'if (candidate.epoch < current.epoch) {', after: 'if (candidate.epoch < 0) {' },
      // Else it would be refused as another table of the same epoch.
      {
        file: ACCEPT,
        before: 'if (candidate.epoch > current.epoch) return',
        after: 'if (candidate.epoch !== current.epoch) return',
      },
    ],
    engines: ['seeds'],
  },
  {
    id: 'older-store-renews',
    breaks: 'A read that shows an older epoch than the guard runs extends its horizon.',
    trace: '18–20',
    changes: change(
      GUARD,
      "if (head.epoch < table.epoch) return 'older';",
      'if (head.epoch < table.epoch) return this.#renew(sentAt);',
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'only-the-next-epoch',
    breaks: 'A gateway that missed a table accepts no later one.',
    changes: change(
      ACCEPT,
      "if (candidate.epoch > current.epoch) return { kind: 'accepted' };",
      "if (candidate.epoch === current.epoch + 1) return { kind: 'accepted' };\n  if (candidate.epoch > current.epoch) return { kind: 'same' };",
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'reads-need-the-horizon',
    breaks: 'Reads of routes that are not strict are refused as soon as the store is silent.',
    changes: change(
      GUARD,
      '    if (claim.safe) {\n',
      '    if (claim.safe && now.monotonic < this.#horizonOf(unit, now)) {\n',
    ),
    engines: ['seeds'],
    quick: true,
  },
];

/** Rule 5: which answers are passed on. */
const ANSWERS: readonly Mutant[] = [
  {
    id: 'drop-rule-5',
    breaks: 'Every answer of an admitted write is passed on as it is.',
    changes: change(
      GUARD,
      'doubt(claim: AdmissionClaim, now: GuardInstant): string | null {\n',
      'doubt(claim: AdmissionClaim, now: GuardInstant): string | null {\n    if (claim.epoch > 0) return null;\n',
    ),
    engines: ['seeds'],
  },
  {
    id: 'ack-after-the-horizon',
    breaks: 'The answer of the owner is passed on after the horizon has passed.',
    changes: change(
      GUARD,
      "if (isActive) return now.monotonic < horizon ? null : 'the guard’s horizon has passed';",
      'if (isActive) return null;',
    ),
    engines: ['exhaustive'],
  },
  {
    id: 'ack-horizon-renewed',
    breaks: 'Reads that show FREEZING extend the ack horizon of the shard.',
    trace: 'the current horizon would lose writes',
    changes: change(GUARD, 'return now.monotonic < freeze.ackHorizon ? null', 'return now.monotonic < horizon ? null'),
    engines: ['seeds'],
  },
  {
    id: 'ack-horizon-of-each-table',
    breaks: 'Each further table that shows the freeze gives it the horizon of then.',
    changes: change(FREEZES, 'ackHorizon: old?.ackHorizon ?? held,', 'ackHorizon: held,'),
    engines: ['seeds'],
  },
  {
    id: 'since-forgotten',
    breaks: 'Rule 5 does not ask whether the ownership was interrupted since the write’s epoch.',
    changes: change(
      GUARD,
      "if ((shards.since[claim.shard] as number) > claim.epoch) return 'the ownership was interrupted meanwhile';",
      "if (claim.epoch < 0) return 'the ownership was interrupted meanwhile';",
    ),
    engines: ['seeds'],
  },
  {
    id: 'ack-after-the-drain',
    breaks: 'A guard says that nothing is in flight while writes are, and acknowledges them later.',
    changes: [
      { file: FREEZES, before: 'if (inFlight(shard) > 0) busy', after: 'if (inFlight(shard) < 0) busy' },
      {
        file: GUARD,
        before: "if (freeze === undefined || freeze.isDrained) return 'the guard",
        after: "if (freeze === undefined) return 'the guard",
      },
    ],
    engines: ['seeds'],
  },
];

export const GUARD_MUTANTS: readonly Mutant[] = [...ADMISSION, ...ANSWERS];
