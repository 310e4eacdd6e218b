import type { ShardRule } from '../../../src/core/topology-document.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { BooksResult, DrillRecord } from '../../report/drill-record.ts';
import { type DrillUser, ledgerPath, userHeaders } from '../drill-user.ts';
import type { EntryBook } from '../entry-book.ts';
import { checkBooks } from '../ledger-books.ts';
import { ownerPlaces } from '../ledger-shelf.ts';
import type { VirtualDoors } from './virtual-doors.ts';
import type { WorldDrive } from './world-drive.ts';

/** A read is repeated this long: a door may still be finding its way. */
const READ_MS = 15_000;
const TRY_MS = 3_000;

export interface VirtualBooksParts {
  readonly fleet: Fleet;
  readonly doors: VirtualDoors;
  readonly drive: WorldDrive;
  readonly book: EntryBook;
  readonly owners: DrillRecord['owners'];
  readonly rule: ShardRule;
}

/**
 * Compares the final owners' rows with what clients were told. Cells answer without a body in the simulator: a door only has to find the
 * account's owner. After an early end nothing can be said: what was under way when time stopped is in no book.
 */
export async function virtualBooks(parts: VirtualBooksParts): Promise<BooksResult> {
  const { fleet, drive, book, owners, rule } = parts;
  if (drive.isOver) {
    const counts = { acknowledged: book.told.length, unknown: book.untold.length, accounts: 0 };
    return { ...counts, lost: [], wrong: [], unbalanced: ['not looked at: the drill ended early'] };
  }
  const placeOf = ownerPlaces(rule, owners);
  const logOf = (shard: string) => fleet.cells.get(placeOf(shard))?.tables.log ?? null;
  const answered = new Set<string | null>();
  const reads = book.users.map(async (user) => {
    if (await doorAnswers(parts, user)) answered.add(user.userId);
  });
  await drive.await(Promise.all(reads));
  return checkBooks({
    book,
    doorBalanceOf: ({ userId, shard }) =>
      answered.has(userId) ? (logOf(shard)?.account(shard, userId ?? '') ?? null) : null,
    ledgerOf: () => ({
      entriesOf: (shard) => logOf(shard)?.entries(shard) ?? [],
      accountOf: (shard, account) => logOf(shard)?.account(shard, account) ?? null,
    }),
  });
}

async function doorAnswers({ fleet, doors }: VirtualBooksParts, user: DrillUser): Promise<boolean> {
  const { world, gateways } = fleet;
  const until = world.now + READ_MS;
  const call = { method: 'GET', path: `${ledgerPath(user)}/balance`, headers: userHeaders(user), body: null } as const;
  const living = gateways.filter(({ process }) => process.isUp);
  for (let turn = 0; world.now < until; turn += 1) {
    const dataCenter = living[turn % living.length]?.dataCenter ?? '';
    const answer = await doors.call({ ...call, dataCenter, timeoutMs: TRY_MS });
    if (answer.kind === 'answer' && answer.status === 200) return true;
  }
  return false;
}
