import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' | 'major' }) => void;

const ROUNDS = 20;
const ARRIVALS = 2_000;
const IN_USE = 64;
/** Numbers that each member carries, so that it is noticed if somebody keeps it. */
const WEIGHT = 100;

interface Visit<Member> {
  make(n: number): Member;
  come(member: Member): void;
  go(member: Member): void;
}

/**
 * Bytes that small collections keep although members come and go as requests do, a few of them at a time: some ten thousand, of about a
 * kilobyte each. A full collection comes first: it makes old whatever is in use at that moment, and what is old and used up keeps all
 * that it points to until the next full one.
 */
export function promotedBytes<Member extends object>({ make, come, go }: Visit<Member>): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  const inside: Member[] = [];
  const churn = (): void => {
    for (let n = 0; n < ARRIVALS; n += 1) {
      const member = Object.assign(make(n), { weight: new Array<number>(WEIGHT).fill(n) });
      come(member);
      inside.push(member);
      const first = inside.length > IN_USE ? inside.shift() : undefined;
      if (first !== undefined) go(first);
    }
  };
  churn();
  collect();
  const before = oldBytes();
  for (let round = 0; round < ROUNDS; round += 1) {
    churn();
    collect({ type: 'minor' });
  }
  return oldBytes() - before;
}

function oldBytes(): number {
  const old = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.startsWith('new'));
  return old.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}
