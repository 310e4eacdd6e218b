import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { machineClock } from './machine-clock.ts';
import { seededRandom } from './seeded-random.ts';

export interface EmbeddedRealm {
  readonly directory: string;
  readonly file: string;
  /** A store on the realm's file, closed with the test. */
  open(): CoordStore;
}

/** A directory for one test with an embedded store of the realm `test` in it; gone with the test. */
export async function embeddedRealm(test: TestContext): Promise<EmbeddedRealm> {
  const directory = await mkdtemp(join(tmpdir(), 'ldc-realm-'));
  const file = join(directory, 'store.db');
  const stores: CoordStore[] = [];
  test.after(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await rm(directory, { recursive: true, force: true });
  });
  return {
    directory,
    file,
    open() {
      const url = `embedded:${file}`;
      const store = openStore({
        url,
        realm: 'test',
        clock: machineClock,
        random: seededRandom(1),
        settings: { changePollMs: 20 },
      });
      stores.push(store);
      return store;
    },
  };
}
