import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchRoute } from '../../src/app/match-route.ts';
import { SYSTEM_RANDOM } from '../../src/app/system-random.ts';
import { TokenList, tokenHash } from '../../src/control/auth/token-list.ts';
import type { ControlEvent } from '../../src/control/control-event.ts';
import { ControlNode, type ControlNodeOptions } from '../../src/control/control-node.ts';
import type { BootId, DataCenterId, NodeId } from '../../src/core/ids.ts';
import { userIdProblem } from '../../src/gateway/identity/user-id.ts';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type EdgeRecord, edgeKey, encodeEdge } from '../../src/store/records/node-record.ts';
import { machineClock } from './machine-clock.ts';

export const TOKENS = { viewer: 'viewer-token', operator: 'operator-token', admin: 'admin-token' } as const;

/** The reference ruleset's text. */
export const THREE_CITIES = await readFile(new URL('../../rules/three-cities.yaml', import.meta.url), 'utf8');
/** Its realm. */
export const REALM = /^realm: *(\S+)/m.exec(THREE_CITIES)?.[1] ?? '';

export const TOKEN_FILE = {
  tokens: Object.entries(TOKENS).map(([role, token]) => ({ name: `${role}-1`, role, sha256: tokenHash(token) })),
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by its fields, whatever they are.
  readonly body: any;
}

/** A real control node on a real socket with a real embedded store of its own. */
export class ControlBench {
  readonly dir: string;
  readonly store: CoordStore;
  readonly node: ControlNode;
  readonly url: string;
  readonly events: ControlEvent[];
  readonly #others: { close(): Promise<void> }[] = [];

  private constructor(dir: string, store: CoordStore, node: ControlNode, url: string, events: ControlEvent[]) {
    this.dir = dir;
    this.store = store;
    this.node = node;
    this.url = url;
    this.events = events;
  }

  static async start(over: Partial<ControlNodeOptions> & { dir?: string } = {}): Promise<ControlBench> {
    const dir = over.dir ?? (await mkdtemp(join(tmpdir(), 'ldc-control-')));
    const store = over.store ?? ControlBench.openStore(dir);
    const events: ControlEvent[] = [];
    const node = new ControlNode({
      realm: REALM,
      node: 'control-1',
      version: '0.0.0-test',
      store,
      clock: machineClock,
      random: SYSTEM_RANDOM,
      tokens: TokenList.parse(TOKEN_FILE),
      matchRoute,
      checkUserId: userIdProblem,
      observer: (event) => events.push(event),
      edges: { rereadMs: 50, hintGapMs: 5 },
      ...over,
    });
    return new ControlBench(dir, store, node, await node.start('127.0.0.1', 0), events);
  }

  /** A handle of its own on the same file, as another process has it. */
  static openStore(dir: string): CoordStore {
    const url = `embedded:${join(dir, 'store.db')}`;
    return openStore({ url, realm: REALM, clock: machineClock, random: SYSTEM_RANDOM });
  }

  /** Closed together with the bench. */
  alsoClose(other: { close(): Promise<void> }): void {
    this.#others.push(other);
  }

  async call(path: string, init: RequestInit & { token?: string | null } = {}): Promise<Answer> {
    const token = init.token === undefined ? TOKENS.viewer : init.token;
    const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
    const response = await fetch(this.url + path, { ...init, headers, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }

  post(path: string, body: unknown, token: string = TOKENS.operator): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.call(path, { method: 'POST', body: JSON.stringify(body), headers, token });
  }

  apply(text: string, plannedOnEpoch: number, over: object = {}): Promise<Answer> {
    return this.post('/v1/rules/apply', { file: 'three-cities.yaml', text, plannedOnEpoch, ...over });
  }

  /** Writes a gateway's record as that gateway would. */
  async putEdge(over: Partial<EdgeRecord> = {}): Promise<string> {
    const record = edgeRecord(over);
    const key = edgeKey(record.node, record.boot);
    await this.store.transact([], [{ key, value: encodeEdge(record) }]);
    return key;
  }

  async close(): Promise<void> {
    await this.node.close();
    for (const other of this.#others) await other.close();
    await this.store.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export function edgeRecord(over: Partial<EdgeRecord> = {}): EdgeRecord {
  return {
    format: 1,
    node: 'gateway-hz-a-1' as NodeId,
    boot: 'boot-1' as BootId,
    dataCenter: 'hz-a' as DataCenterId,
    version: '0.1.0',
    formats: [1],
    door: '127.0.0.1:8103',
    admin: '127.0.0.1:8113',
    interlink: '127.0.0.1:8123',
    applied: null,
    cells: [],
    beat: 1,
    ...over,
  };
}
