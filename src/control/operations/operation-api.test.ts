import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgreeableGates } from '../../../test/support/agreeable-gates.ts';
import { type Answer, ControlBench, THREE_CITIES, TOKENS } from '../../../test/support/control-bench.ts';
import { assertDocumented, assertShape, OPERATION_ROUTES } from '../../../test/support/documented-answers.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { FAST, ok } from '../../../test/support/operation-bench.ts';

/** Calls of one control node whose gates say yes to everything; every 200 is compared with the document of the API. */
class DocumentedCalls {
  readonly seen = new Set<string>();
  readonly bench: ControlBench;
  readonly #document: Answer;

  constructor(bench: ControlBench, document: Answer) {
    this.bench = bench;
    this.#document = document;
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by its fields, whatever they are.
  async call(route: string, path: string, body?: object, key?: string): Promise<any> {
    const [method = ''] = route.split(' ');
    const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
    const sent = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await this.bench.call(path, { ...sent, token: TOKENS.admin });
    assertDocumented(route, answer, this.#document);
    this.seen.add(route);
    return answer.body;
  }

  async start(call: object, key: string, more: object = {}): Promise<string> {
    const plan = await this.call('POST /v1/plans', '/v1/plans', call);
    return (await this.call('POST /v1/operations', '/v1/operations', { plan, ...more }, key)).operation.id;
  }

  async until(id: string, step: string): Promise<void> {
    await eventually(`${id} is at ${step}`, async () => {
      const view = await this.call('GET /v1/operations/{id}', `/v1/operations/${id}`);
      return view.step === step;
    });
  }
}

test('plans, operations, the switch, the audit and adoptions answer as the document says', async (t) => {
  const gates = new AgreeableGates();
  gates.acknowledged = 'local';
  const bench = await ControlBench.start({ gates, operations: { ...FAST, freezeCapMs: 60_000 } });
  t.after(() => bench.close());
  ok(await bench.apply(THREE_CITIES, 0));
  const calls = new DocumentedCalls(bench, await bench.call('/openapi.json', { token: null }));
  const emergency = { kind: 'failover', dataCenter: 'sz-a', emergency: true };

  const first = await calls.start(emergency, 'key-of-the-first');
  await calls.until(first, 'acknowledge');
  await calls.call('POST /v1/operations/{id}/accept-data-loss', `/v1/operations/${first}/accept-data-loss`, {});
  await calls.until(first, 'ended');
  const second = await calls.start({ ...emergency, dataCenter: 'hz-b' }, 'key-of-the-second');
  await calls.until(second, 'acknowledge');
  await calls.call('POST /v1/operations/{id}/abort', `/v1/operations/${second}/abort`, { reason: 'enough' });
  await calls.until(second, 'ended');
  await calls.call('GET /v1/operations', '/v1/operations?limit=1');
  await checkEvents(calls, first);

  await calls.call('PUT /v1/freeze-all', '/v1/freeze-all', { on: true, reason: 'night' });
  await calls.call('GET /v1/freeze-all', '/v1/freeze-all');
  await calls.call('PUT /v1/freeze-all', '/v1/freeze-all', { on: false });
  await calls.call('GET /v1/audit', '/v1/audit?limit=3');
  assert.equal((await calls.call('GET /v1/audit/verify', '/v1/audit/verify')).whole, true);

  const { store } = await calls.call('GET /v1/store/adoption', '/v1/store/adoption');
  const adoption = { id: 'adoption-1', store, reason: 'drill', force: true };
  await calls.call('POST /v1/store/adoption', '/v1/store/adoption', adoption);
  await calls.call('GET /v1/store/adoption/progress', '/v1/store/adoption/progress');
  assert.deepEqual([...calls.seen].sort(), [...OPERATION_ROUTES].sort());
});

/** A stream of events is no JSON; each event's data is what the document names. */
async function checkEvents(calls: DocumentedCalls, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKENS.viewer}` };
  const url = `${calls.bench.url}/v1/operations/${id}/events`;
  const text = await (await fetch(url, { headers, signal: AbortSignal.timeout(20_000) })).text();
  const [, data = ''] = /^event: end\nid: \d+\ndata: (.*)\n\n$/.exec(text) ?? assert.fail(text);
  assertShape('Operation', JSON.parse(data));
  calls.seen.add('GET /v1/operations/{id}/events');
}
