import type { TestContext } from 'node:test';
import type { Epoch, Incarnation } from '../../src/core/ids.ts';
import { GateClient, type GateResult } from '../../src/gate/gate-client.ts';
import type { GateOwner, GateScope } from '../../src/gate/gate-contract.ts';
import { openGateHttp } from '../../src/gate/gate-http.ts';
import { PEER_TOKEN } from './ledger-cells.ts';

/** A client of the gate of one data center's process, closed with the test. */
export function gateOf(test: TestContext, { url }: { readonly url: string }): GateClient {
  const http = openGateHttp(null);
  test.after(() => http.close());
  return new GateClient(url, { send: http.send, token: PEER_TOKEN, timeoutMs: 10_000 });
}

/** The version and shards of a call. */
export function at(epoch: number, shards: readonly string[] = ['07'], incarnation = 'one'): GateScope {
  return { incarnation: incarnation as Incarnation, epoch: epoch as Epoch, shards };
}

export const HZ_A: GateOwner = { unit: 'RZ01', dataCenter: 'hz-a' };
export const HZ_B: GateOwner = { unit: 'RZ01', dataCenter: 'hz-b' };
export const SZ_A: GateOwner = { unit: 'RZ05', dataCenter: 'sz-a' };

/** The answer; throws with what came instead. */
export function answered<T>(result: GateResult<T>): T {
  if (result.kind === 'answered') return result.answer;
  throw new Error(`${result.kind}: ${result.detail}`);
}

/** The first item of an answer about one shard. */
export function only<T>(answer: { readonly shards: readonly T[] }): T {
  const [first] = answer.shards;
  if (first === undefined || answer.shards.length !== 1) throw new Error(`${answer.shards.length} shards`);
  return first;
}

/** The code of a refusal; throws with what came instead. */
export function refusal(result: GateResult<unknown>): string {
  if (result.kind === 'refused') return result.code;
  throw new Error(`${result.kind}: ${JSON.stringify(result)}`);
}
