import type { Checker } from './checker.ts';

/** After the store went away everything that was under way needs some time to settle. */
const SETTLED_MS = 15_000;
/** What a unit with `whenStoreIsLost: fence` answers to writes. */
const ALLOWED = new Set(['STORE_LOST', 'CONNECTION_LOST', 'CLIENT_GONE']);

export const servedWithoutStore: Checker = {
  name: 'served-without-store',
  sentence: 'With the store down, traffic that no operation touches is served as the unit’s setting says.',
  watch({ fleet, calmSince, storeDownSince }, violate) {
    fleet.facts.on('answered', ({ request, status, code }) => {
      // A read that no route calls strict is never refused for the store's sake, whatever else is wrong.
      if (code === 'STORE_LOST' && (request.kind === 'read' || request.kind === 'copy'))
        violate(`${request.tag} (${request.kind}) got ${status} ${code}`, request.shard);
      const [down, calm] = [storeDownSince(), calmSince()];
      if (down === null || calm === null) return;
      const from = Math.max(down, calm) + SETTLED_MS;
      if (request.sentAt < from || isTouched(request.shard)) return;
      const isWrite = request.kind === 'plain' || request.kind === 'keyed';
      const isServed = code === null && status >= 200 && status < 300;
      if (isServed || (code !== null && ALLOWED.has(code) && (isWrite || code !== 'STORE_LOST'))) return;
      violate(
        `${request.tag} (${request.kind}) got ${status} ${code ?? ''} while only the store was down`,
        request.shard,
      );
    });
    const isTouched = (shard: number): boolean => {
      const { table } = fleet.history;
      return table === null || table.shards.operation.has(shard);
    };
  },
};
