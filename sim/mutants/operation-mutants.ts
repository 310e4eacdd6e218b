import { change, type Mutant } from './mutant.ts';

const STEPS = 'src/core/operation/steps';
const CHOOSE = 'src/core/operation/choose-copies.ts';
const APPLY = 'src/core/operation/apply-step.ts';
const WRITER = 'src/control/operations/step-writer.ts';
const DRAIN = 'src/control/operations';

/** Records and transactions: what a step compares and writes. */
const RECORDS: readonly Mutant[] = [
  {
    id: 'forget-the-term',
    breaks: 'A step’s transaction does not compare the controller’s term.',
    trace: 'no term: 3',
    changes: change(
      WRITER,
      'const conditions = [term, { key: entry.key, version: entry.version }];',
      'const conditions = [{ key: entry.key, version: entry.version }].filter(() => term !== null);',
    ),
    engines: ['seeds'],
  },
  {
    id: 'forget-the-step',
    breaks: 'A step’s transaction does not compare the operation’s step.',
    trace: 'no step: 12',
    changes: change(
      WRITER,
      'const conditions = [term, { key: entry.key, version: entry.version }];',
      'const conditions = [term];',
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'forget-the-head',
    breaks: 'A transaction that changes the table does not compare the head.',
    changes: change(
      'src/store/records/table-writer.ts',
      '[{ key: HEAD_KEY, version: headVersion }, ...accompaniment.conditions],',
      '[...accompaniment.conditions],',
    ),
    engines: ['seeds'],
  },
  {
    id: 'reuse-an-epoch',
    breaks: 'An abort gives the shard the epoch that it had before the freeze.',
    trace: '12 (no epoch is used twice)',
    changes: change(
      APPLY,
      "return { epoch, state: 'ACTIVE', ...owner, ...rest };",
      "return { epoch: (epoch - 2) as Epoch, state: 'ACTIVE', ...owner, ...rest };",
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'abort-begins-an-ownership',
    breaks: 'An abort does not keep `since`.',
    changes: change(APPLY, ': { since: record.since, operation: null };', ': { since: epoch, operation: null };'),
    engines: ['seeds'],
  },
  {
    id: 'abort-lets-go-of-the-unreleased',
    breaks:
      'An aborted emergency lets go of shards that were granted and never released, as if their owner could serve.',
    changes: change(
      'src/core/operation/hand-back.ts',
      'return lineagesAt(operation, shard).length > 1;',
      'return lineagesAt(operation, shard).length > 9;',
    ),
    engines: ['exhaustive', 'seeds'],
  },
  {
    id: 'grant-keeps-since',
    breaks: 'A grant does not begin a new ownership: `since` stays.',
    changes: change(APPLY, '      since: epoch,\n', '      since: record.since,\n'),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'audit-without-a-chain',
    breaks: 'An audit record does not name the one before it.',
    changes: change(
      `${DRAIN}/table-change.ts`,
      'digest,\n    previous,\n',
      'digest,\n    previous: table.epoch < 4 ? previous : null,\n',
    ),
    engines: ['seeds'],
    quick: true,
  },
];

/** The freeze: from the first transaction to the grant. */
const FREEZE: readonly Mutant[] = [
  {
    id: 'wait-half-of-w',
    breaks: 'The controller waits W/2.',
    changes: change(
      'src/core/operation/operation-deadlines.ts',
      'return Math.ceil((horizonMs * (1 + CLOCK_RATE_ERROR)) / (1 - CLOCK_RATE_ERROR)) + WINDOW_MARGIN_MS;',
      'return (Math.ceil((horizonMs * (1 + CLOCK_RATE_ERROR)) / (1 - CLOCK_RATE_ERROR)) + WINDOW_MARGIN_MS) / 2;',
    ),
    engines: ['seeds'],
  },
  {
    id: 'takeover-without-a-new-w',
    breaks: 'A controller that takes over goes on as if W had passed.',
    trace: '7',
    changes: change(
      'src/core/operation/operation-machine.ts',
      'const progress = newProgress(now, Math.max(0, freezeCapMs - takeoverAllowanceMs));',
      'const fresh = newProgress(now, Math.max(0, freezeCapMs - takeoverAllowanceMs));\n  const progress = { ...fresh, frozenFrom: (now.monotonic - operation.deadlines.windowMs) as typeof now.monotonic };',
    ),
    engines: ['exhaustive'],
  },
  {
    id: 'emergency-without-w',
    breaks: 'An emergency chooses its copies before W has passed: a dead data center needs no proof.',
    changes: change(
      `${STEPS}/drain.ts`,
      'options.needsAcknowledgements ? progress.isDrained : isRunOut;',
      'options.needsAcknowledgements ? progress.isDrained : true;',
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'fence-before-drain',
    breaks: 'The sources are fenced, and the shards granted, before the guards have acknowledged.',
    changes: change(
      `${STEPS}/drain.ts`,
      'if (!isDrained) return turn;',
      "if (waited === '' && !isDrained) return turn;",
    ),
    engines: ['seeds'],
  },
  {
    id: 'drained-without-a-word',
    breaks: 'A guard’s record counts as an acknowledgement, whatever stands in it.',
    changes: change(
      `${DRAIN}/guard-drain.ts`,
      'own.operation === operation && own.epoch === epoch) ? [] : [key];',
      'own.operation === operation && own.epoch === epoch) ? [] : [];',
    ),
    engines: ['seeds'],
  },
  {
    id: 'all-but-one-guard',
    breaks: 'A drain is done when all guards but one have acknowledged it.',
    changes: change(`${DRAIN}/guard-watch.ts`, 'if (waiter.missing.length > 0 ||', 'if (waiter.missing.length > 1 ||'),
    engines: ['seeds'],
  },
  {
    id: 'grant-without-catch-up',
    breaks: 'Shards are granted before their targets have every write of their sources.',
    changes: change(
      `${STEPS}/catch-up.ts`,
      "if (!targets.every((place) => isAnswered(turn, callKey('caughtUp', place)))) return turn;\n",
      '',
    ),
    engines: ['exhaustive'],
  },
  {
    id: 'promote-before-the-grant',
    breaks: 'The targets are promoted as soon as they have caught up, before the grant is on record.',
    trace: '10',
    changes: change(
      `${STEPS}/catch-up.ts`,
      '  for (const place of targets) {\n    const positions',
      "  for (const place of targets) {\n    const granted = (epoch + 1) as Epoch;\n    ask(turn, callKey('promote', place), { type: 'PromoteTarget', place, shards: shardsAt(moves, 'to', place), epoch: granted }, deadlines.retryMs);\n    const positions",
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'lost-range-forgotten',
    breaks: 'An emergency does not put on record what may be lost with an asynchronous copy.',
    changes: change(
      CHOOSE,
      'if (!best.isSynchronous) addLost(lost, best, shard);',
      'if (!best.isSynchronous && shard < 0) addLost(lost, best, shard);',
    ),
    engines: ['seeds'],
  },
  {
    id: 'choose-by-number',
    breaks: 'An emergency compares positions of different lineages as numbers.',
    trace: '22',
    changes: [
      {
        file: CHOOSE,
        before: 'if (position === undefined || !allowed.includes(position.lineage)) continue;',
        after: 'if (position === undefined || allowed.length === 0) continue;',
      },
      {
        file: CHOOSE,
        before: 'return a.lineage > b.lineage || (a.lineage === b.lineage && a.offset > b.offset);',
        after: 'return a.offset > b.offset;',
      },
    ],
    engines: ['seeds'],
  },
  {
    id: 'choose-a-stale-copy',
    breaks: 'A copy that was not made to follow is chosen as a target if its number is the highest.',
    trace: '22',
    changes: [
      {
        file: `${DRAIN}/gate-effects.ts`,
        before: "result.answer.shards.filter(({ role }) => role !== 'stale');",
        after: 'result.answer.shards.filter(({ role }) => role !== null);',
      },
      {
        file: CHOOSE,
        before: 'if (position === undefined || !allowed.includes(position.lineage)) continue;',
        after: 'if (position === undefined || allowed.length === 0) continue;',
      },
      {
        file: CHOOSE,
        before: 'return a.lineage > b.lineage || (a.lineage === b.lineage && a.offset > b.offset);',
        after: 'return a.offset > b.offset;',
      },
    ],
    engines: ['seeds'],
  },
];

/** After the grant. */
const GRANTED: readonly Mutant[] = [
  {
    id: 'release-before-promote',
    breaks: 'Edges are told to send what they hold before the promotion is on record.',
    changes: change(
      `${STEPS}/promote.ts`,
      '  if (targets.every((place) => isPromoted(turn, place))) {\n',
      '  if (targets.length > 0) {\n',
    ),
    engines: ['exhaustive'],
    quick: true,
  },
  {
    id: 'nobody-follows',
    breaks: 'An operation ends without making the old copies follow.',
    changes: change(
      `${STEPS}/follow.ts`,
      "if (copies.every((place) => isOver(turn, 'follow', place))) {",
      'if (copies.length >= 0) {',
    ),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'follow-oneself',
    breaks: 'A copy that became the owner again is told to follow itself.',
    changes: change(
      'src/core/operation/follow-orders.ts',
      'if (owner.dataCenter === effect.place.dataCenter) continue;',
      '',
    ),
    engines: ['seeds'],
  },
];

export const OPERATION_MUTANTS: readonly Mutant[] = [...RECORDS, ...FREEZE, ...GRANTED];
