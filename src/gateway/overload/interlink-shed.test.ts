import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExchangeBench } from '../../../test/support/exchange-bench.ts';
import { InterlinkBench } from '../../../test/support/interlink-bench.ts';

const FULL = 'cell RZ01A: 20 requests in flight (maxConcurrent 20), 256 waiting (cells.queueMaxRequests)';

for (const body of ['none', 9] as const) {
  test(`what another data center’s cell shed is answered as it is, and sent nowhere else: body ${body}`, async () => {
    const link = InterlinkBench.ready();
    const edge = new ExchangeBench({ body });
    edge.guard.onOpen = ({ request, events }) => void link.peer.open(request, events);
    edge.start();
    link.network.run();
    const { events } = link.guard.last;
    events.admitted();
    link.network.run();
    events.failed({ code: 'OVERLOADED', executed: 'no', detail: FULL });
    await link.advance(5_000);
    assert.deepEqual([edge.guard.exchanges.length, link.guard.exchanges.length], [1, 1]);
    assert.deepEqual([edge.outcome, edge.client.rejection?.detail], ['503 OVERLOADED', FULL]);
    assert.equal(edge.budget, 100);
    link.peer.close();
    link.server.close();
    edge.exchange.abandon();
  });
}
