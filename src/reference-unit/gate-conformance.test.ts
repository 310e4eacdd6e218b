import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateOf, HZ_A, HZ_B, SZ_A } from '../../test/support/gate-calls.ts';
import { startDataCenters } from '../../test/support/ledger-cells.ts';
import { runConformance } from '../gate/conformance-run.ts';
import { GateClient } from '../gate/gate-client.ts';
import { openGateHttp } from '../gate/gate-http.ts';

for (const [target, owner] of [
  ['hz-b', HZ_B],
  ['sz-a', SZ_A],
] as const) {
  test(`the ledger’s gate passes the conformance suite, from hz-a to ${target}, twice`, async (t) => {
    const all = await startDataCenters(t, ['hz-a', target]);
    const http = openGateHttp(null);
    t.after(() => http.close());
    const parts = {
      source: { client: gateOf(t, all['hz-a']), owner: HZ_A },
      target: { client: gateOf(t, all[target]), owner },
      stranger: new GateClient(all['hz-a'].url, { send: http.send, token: 'wrong', timeoutMs: 10_000 }),
      shard: '00',
    };
    for (const runId of ['first', 'second']) {
      const verdicts = await runConformance({ ...parts, runId });
      assert.deepEqual(
        verdicts.filter(({ verdict }) => verdict !== 'kept'),
        [],
      );
    }
  });
}
