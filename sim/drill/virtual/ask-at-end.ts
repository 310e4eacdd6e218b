import type { Checked, Checker } from '../../checkers/checker.ts';
import { missingForQuiet } from '../../checkers/quiet-at-last.ts';
import type { World } from '../../world/world.ts';
import type { WorldDrive } from './world-drive.ts';

/** All must become quiet within this, and stay so, ms. */
const HEAL_MS = 180_000;
const LOOK_MS = 1_000;
const QUIET_MS = 3_000;
const MOST_TOLD = 5;

export interface AtEndParts {
  readonly drive: WorldDrive;
  readonly world: World;
  readonly checkers: readonly Checker[];
  readonly checked: Checked;
  /** Starts what is dead. */
  readonly healAll: () => void;
}

/** The drill is over; now even what died comes back, and every statement about the end is asked. A problem is a violation. */
export async function askAtEnd({ drive, world, checkers, checked, healAll }: AtEndParts): Promise<void> {
  if (drive.isOver) return;
  world.note(-1, 'drill', 'what was killed is started again');
  healAll();
  const end = world.now + HEAL_MS;
  let quietFrom: number | null = null;
  while (world.now < end && !drive.isOver) {
    await drive.until(world.now + LOOK_MS);
    if (missingForQuiet(checked).length > 0) quietFrom = null;
    else quietFrom ??= world.now;
    if (quietFrom !== null && world.now - quietFrom >= QUIET_MS) break;
  }
  for (const checker of drive.isOver ? [] : checkers) {
    const problems = checker.atEnd?.(checked) ?? [];
    if (problems.length === 0) continue;
    const more = problems.length > MOST_TOLD ? ` and ${problems.length - MOST_TOLD} more` : '';
    world.violate(checker.name, checker.sentence, problems.slice(0, MOST_TOLD).join('; ') + more);
    return;
  }
}
