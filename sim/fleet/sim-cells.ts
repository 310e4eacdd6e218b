import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { GateReply } from '../../src/gate/gate-client.ts';
import { NOT_EXECUTED_HEADER } from '../../src/gate/gate-contract.ts';
import { cellsOf, type OwnCell, readContext } from '../../src/reference-unit/cell-context.ts';
import { CopyPlacement } from '../../src/reference-unit/copy-placement.ts';
import type { JsonCall, JsonClient, JsonResult } from '../../src/reference-unit/json-client.ts';
import type { LedgerWrite } from '../../src/reference-unit/ledger.ts';
import { LedgerGate } from '../../src/reference-unit/ledger-gate.ts';
import { LedgerService } from '../../src/reference-unit/ledger-service.ts';
import { PEER_PATHS, type PeerServices } from '../../src/reference-unit/peer-paths.ts';
import { REPLICATION_DEFAULTS, type ReplicationSettings } from '../../src/reference-unit/process-options.ts';
import { Replication } from '../../src/reference-unit/replication.ts';
import type { Answer } from '../../src/reference-unit/unit-error.ts';
import type { CallResult, Network } from '../world/network.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import type { FactFeed } from './facts.ts';
import { MemoryTables } from './memory-tables.ts';

const TOKEN = 'the-token-of-simulated-ledgers';
const LOG = { info: () => undefined, warn: () => undefined };

export interface SimCellsParts {
  readonly world: World;
  readonly network: Network;
  readonly process: SimProcess;
  readonly topology: TopologyDocument;
  readonly facts: FactFeed;
  readonly replication: Partial<ReplicationSettings>;
  /** The cells' process of another data center. */
  peer(dataCenter: string): SimCells | null;
  readonly dataCenters: readonly string[];
  /** Share of calls to other ledgers that arrive twice. */
  readonly twice: { readonly share: number };
  /** Entries that were taken anywhere, to tell a first execution from a copy. */
  readonly known: Set<string>;
}

interface Living {
  readonly ledger: LedgerService;
  readonly gate: LedgerGate;
  readonly replication: Replication;
  readonly peers: PeerServices;
}

/** Whom a call between ledgers goes to, and which it is. */
interface CallPlace {
  readonly host: string;
  readonly path: string;
}

/** What a cell answers. */
export interface CellReply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: unknown;
}

/** The cells of one data center: the reference unit's own ledger, gate and replication, on rows in memory and the world's network. */
export class SimCells {
  readonly process: SimProcess;
  tables: MemoryTables;
  /** The call of its gate that is never answered. */
  hangsIn: string | null = null;
  readonly #parts: SimCellsParts;
  readonly #own: ReadonlyMap<string, OwnCell>;
  readonly #placement: CopyPlacement;
  /** Of the few addresses that its ledger calls. */
  readonly #places = new Map<string, CallPlace>();
  #living: Living | null = null;

  constructor(parts: SimCellsParts) {
    this.#parts = parts;
    this.process = parts.process;
    this.#placement = new CopyPlacement(parts.topology);
    this.tables = this.#emptyTables();
    this.#own = new Map(cellsOf(parts.topology, this.dataCenter).map((own) => [own.cell, own]));
  }

  get dataCenter(): string {
    return this.process.dataCenter;
  }

  start(): void {
    const { process: clock } = this.#parts;
    const self = this.dataCenter;
    const tables = this.tables.asTables();
    const settings = { ...REPLICATION_DEFAULTS, ...this.#parts.replication };
    const client = { send: (call: JsonCall) => this.#callPeer(call) } as unknown as JsonClient;
    const placement = this.#placement;
    const replication = new Replication({ clock, client, token: TOKEN, self, tables, placement, settings });
    const services = { self, database: tables.database, shardLog: tables.log, gates: tables.gates, replication };
    const ledger = new LedgerService({ ...services, clock, log: LOG, client, token: TOKEN, settings });
    const gate = new LedgerGate({ ...services, clock, ledger, client, token: TOKEN, settings, placement });
    this.#living = { ledger, gate, replication, peers: { ...services, ledger } };
    const peers = this.#parts.dataCenters.map((dataCenter) => ({ dataCenter, url: `http://${dataCenter}` }));
    replication.setPeers(peers);
  }

  /** Its memory is gone; the rows stay. */
  died(): void {
    this.#living = null;
  }

  /** The directory is gone with its ledger; to be called while the process is dead. */
  loseDisk(): void {
    this.tables = this.#emptyTables();
  }

  #emptyTables(): MemoryTables {
    const tables = new MemoryTables(new Set(this.#placement.homePrimaries(this.dataCenter)));
    const { facts } = this.#parts;
    const { dataCenter } = this;
    tables.log.onFall = (shard, from, to) => facts.tell({ kind: 'lineageFell', dataCenter, shard, from, to });
    tables.log.onAppend = (entry, head) => this.#appended(entry, head.unit);
    return tables;
  }

  /** Delays what is sent to copies in other cities, or in one data center (the ledger's own way to do so). */
  setDelay(delayMs: number, to: string | null = null): void {
    this.#living?.replication.setDelay(delayMs, to);
  }

  /** A request at one of its cells; `reply` is called at most once. */
  serve(
    cell: string,
    method: string,
    headers: Readonly<Record<string, string>>,
    reply: (answer: CellReply) => void,
  ): void {
    const own = this.#own.get(cell);
    const living = this.#living;
    if (own === undefined || living === null) return;
    const context = readContext(headers, own);
    if ('status' in context) {
      reply(asReply(context));
      return;
    }
    if (context.shard === null || context.primary === null) {
      reply(asReply({ status: 200, body: { own: own.cell } }));
      return;
    }
    const { shard, primary, epoch, account } = context;
    const [id = '', amount = '0', tag = ''] = (headers['x-entry'] ?? '').split(' ');
    if (method === 'GET') {
      void living.ledger.read({ shard, account, id: null }, own.unit, primary).then((answer) => reply(asReply(answer)));
      return;
    }
    this.#parts.facts.tell({ kind: 'delivered', dataCenter: this.dataCenter, tag, shard: Number(shard) });
    const write = { shard, epoch, account, unit: own.unit, cell: own.cell, id, amount: Number(amount) };
    void living.ledger.write(write, primary).then((answer) => {
      if (isNotExecuted(answer)) this.#parts.facts.tell({ kind: 'notExecuted', tag });
      if (answer.status < 300 && primary === this.dataCenter) this.#confirmed(write);
      reply(asReply(answer));
    });
  }

  /** A call of the data gate, as its listener takes it. */
  async answerGate(name: string, body: unknown, by: string): Promise<GateReply> {
    if (name === this.hangsIn) return new Promise(() => undefined);
    const askedAt = this.#parts.world.now;
    const answer = (await this.#living?.gate.answer(name, body)) ?? { status: 404, body: null };
    if (answer.status === 200) {
      const { epoch, shards } = body as { epoch: number; shards: readonly string[] };
      this.#parts.facts.tell({ kind: 'gateTook', dataCenter: this.dataCenter, call: name, epoch, shards, by, askedAt });
    }
    const { world } = this.#parts;
    world.note(-1, this.process.id, `gate ${name} for ${by}: ${answer.status} ${JSON.stringify(body).slice(0, 160)}`);
    return { kind: 'answer', status: answer.status, text: JSON.stringify(answer.body) };
  }

  #answerPeer(path: string, body: unknown, answer: (value: Answer) => void): void {
    const handler = PEER_PATHS.get(path);
    if (handler === undefined || this.#living === null) {
      answer({ status: 404, body: null });
      return;
    }
    const given = handler(body, this.#living.peers);
    if (given instanceof Promise) void given.then(answer);
    else answer(given);
  }

  #callPeer({ url, body, timeoutMs }: JsonCall): Promise<JsonResult> {
    const { host, path } = this.#placeOf(url);
    const peer = this.#parts.peer(host);
    if (peer === null) return Promise.resolve({ kind: 'failed', sent: false, reason: `no process of ${host}` });
    const { network, twice, world } = this.#parts;
    const isTwice = twice.share > 0 && world.random.named('ledger calls').chance(twice.share);
    const ask = (answer: (value: Answer) => void): void => peer.#answerPeer(path, body, answer);
    return new Promise((resolve) => {
      const settle = (result: CallResult<Answer>): void =>
        resolve(
          result.kind === 'failed'
            ? { kind: 'failed', sent: result.wasSent, reason: result.reason }
            : { kind: 'answer', status: result.value.status, body: result.value.body },
        );
      network.ask<Answer>(this.process, peer.process, timeoutMs, ask, settle, isTwice);
    });
  }

  #placeOf(url: string): CallPlace {
    const known = this.#places.get(url);
    if (known !== undefined) return known;
    const [, , host = '', , , path = ''] = url.split('/');
    const place = { host, path };
    this.#places.set(url, place);
    return place;
  }

  #confirmed({ shard, account, id, unit }: LedgerWrite): void {
    const { facts, replication } = this.#parts;
    // One that goes on without its copies promises nothing about them.
    if (replication.whenCopyIsDown !== 'refuse') return;
    const required = this.#placement.required(shard, unit, this.dataCenter, replication.acknowledge ?? 'local');
    facts.tell({ kind: 'confirmed', dataCenter: this.dataCenter, shard, account, id, required });
  }

  #appended(entry: Parameters<NonNullable<MemoryTables['log']['onAppend']>>[0], unit: string): void {
    const key = `${entry.shard} ${entry.lineage} ${entry.offset} ${entry.account} ${entry.id}`;
    const { known, facts } = this.#parts;
    if (known.has(key)) {
      facts.tell({ kind: 'copied', dataCenter: this.dataCenter, entry });
      return;
    }
    known.add(key);
    facts.tell({ kind: 'executed', dataCenter: this.dataCenter, entry, unit });
  }
}

function isNotExecuted({ body }: Answer): boolean {
  const code = (body as { error?: { code?: string } } | null)?.error?.code;
  return code === 'STALE_EPOCH' || code === 'NOT_PROMOTED' || code === 'PRIMARY_UNREACHABLE';
}

function asReply(answer: Answer): CellReply {
  const headers = ['content-length', '0'];
  if (isNotExecuted(answer)) headers.push(NOT_EXECUTED_HEADER, 'true');
  return { status: answer.status, headers, body: answer.body };
}
