import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What a deliberately wrong gate does; each breaks one rule of the conformance suite. */
export type GateFault =
  | 'takesAnyToken'
  | 'setsInsteadOfMaximum'
  | 'ignoresWriteEpoch'
  | 'ignoresIncarnation'
  | 'adoptsDownwards'
  | 'fenceReturnsEarly'
  | 'copyTakesWrites'
  | 'ignoresLineage'
  | 'caughtUpAlways'
  | 'keepsLineage'
  | 'promotesWithReplication'
  | 'lateFollowCuts'
  | 'followDoesNothing'
  | 'strangeAnswers';

export const GATE_FAULTS: readonly GateFault[] = [
  'takesAnyToken',
  'setsInsteadOfMaximum',
  'ignoresWriteEpoch',
  'ignoresIncarnation',
  'adoptsDownwards',
  'fenceReturnsEarly',
  'copyTakesWrites',
  'ignoresLineage',
  'caughtUpAlways',
  'keepsLineage',
  'promotesWithReplication',
  'lateFollowCuts',
  'followDoesNothing',
  'strangeAnswers',
];

export const MEMORY_TOKEN = 'the-token-of-memory-gates';

interface Call {
  readonly incarnation: string;
  readonly epoch: number;
  readonly shards: readonly string[];
  readonly adopts?: string;
  readonly positions?: readonly { readonly lineage: number; readonly offset: number }[];
  readonly waitMs?: number;
  readonly holdMs?: number;
  readonly id?: string;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** A gate of one shard in memory, without durability: small enough to be wrong in one place at a time. */
export class MemoryGate {
  url = '';
  peer: MemoryGate | null = null;
  readonly #faults: ReadonlySet<GateFault>;
  #kept: { incarnation: string; epoch: number } | null = null;
  #role: 'writable' | 'copy' | 'stale';
  #lineage = 0;
  #log: string[] = [];
  #open = new Set<Promise<void>>();

  constructor(role: 'writable' | 'copy', faults: readonly GateFault[]) {
    this.#role = role;
    this.#faults = new Set(faults);
  }

  async answer(name: string, token: string, call: Call): Promise<unknown> {
    if (token !== `Bearer ${MEMORY_TOKEN}` && !this.#has('takesAnyToken')) throw new Refusal(401, 'UNAUTHORIZED');
    if (name === 'probe') return this.#probe(call);
    if (!(name === 'follow' && this.#has('lateFollowCuts'))) this.#pass(call);
    switch (name) {
      case 'fence':
        return this.#fence(call);
      case 'caughtUp':
        return this.#caughtUp(call);
      case 'promote':
        return this.#promote(call);
      case 'follow':
        return this.#follow(call);
      default:
        return { shards: [this.#place({ copies: [] })] };
    }
  }

  #has(fault: GateFault): boolean {
    return this.#faults.has(fault);
  }

  #pass({ incarnation, epoch, adopts }: Call): void {
    const kept = this.#kept;
    const isForeign = kept !== null && kept.incarnation !== incarnation && !this.#has('ignoresIncarnation');
    if (isForeign && adopts !== kept.incarnation) throw new Refusal(409, 'GATE_FOREIGN');
    const isLow = kept !== null && (isForeign ? epoch <= kept.epoch : epoch < kept.epoch);
    const mayTurnBack = this.#has('setsInsteadOfMaximum') || (isForeign && this.#has('adoptsDownwards'));
    if (isLow && !mayTurnBack) throw new Refusal(409, 'GATE_STALE');
    this.#kept = { incarnation, epoch };
  }

  async #fence({ shards, incarnation, epoch }: Call): Promise<unknown> {
    if (!this.#has('fenceReturnsEarly')) await Promise.all(this.#open);
    return { shards: [{ shard: shards[0], incarnation, epoch }] };
  }

  async #probe({ epoch, id = '', holdMs = 0 }: Call): Promise<unknown> {
    if (epoch < (this.#kept?.epoch ?? 0) && !this.#has('ignoresWriteEpoch')) throw new Refusal(409, 'STALE_EPOCH');
    if (this.#role !== 'writable' && !this.#has('copyTakesWrites')) throw new Refusal(503, 'NOT_PROMOTED');
    const held = new Promise<void>((resolve) => setTimeout(resolve, holdMs));
    this.#open.add(held);
    await held;
    this.#open.delete(held);
    this.#log.push(id);
    this.peer?.replicate(this.#log, this.#lineage);
    return { executed: true };
  }

  /** What the other gate's writes do to this copy. */
  replicate(log: readonly string[], lineage: number): void {
    const isCopy = this.#role === 'copy' && this.#lineage <= lineage;
    if (isCopy) {
      this.#log = [...log];
      this.#lineage = lineage;
    } else if (this.#has('promotesWithReplication')) this.#log.push(log.at(-1) ?? '');
  }

  #caughtUp({ positions: [wanted] = [] }: Call): unknown {
    const isLine = this.#has('ignoresLineage') || (this.#role !== 'stale' && wanted?.lineage === this.#lineage);
    const caughtUp = this.#has('caughtUpAlways') || (isLine && this.#log.length >= (wanted?.offset ?? 0));
    return { caughtUp, shards: [this.#place({ caughtUp })] };
  }

  #promote({ epoch }: Call): unknown {
    if (this.#role === 'stale') throw new Refusal(409, 'GATE_NOT_A_COPY');
    this.#role = 'writable';
    if (!this.#has('keepsLineage')) this.#lineage = epoch;
    return { shards: [this.#place()] };
  }

  #follow({ epoch }: Call): unknown {
    if (this.#has('followDoesNothing')) return { shards: [this.#place({ setAside: 0 })] };
    if (this.#role === 'writable' && this.#lineage === epoch) throw new Refusal(409, 'GATE_CONTRADICTION');
    this.#role = 'copy';
    const before = this.#log.length;
    const owner = this.peer;
    this.#log = owner === null ? [] : [...owner.#log];
    this.#lineage = owner === null ? 0 : owner.#lineage;
    return { shards: [this.#place({ setAside: Math.max(0, before - this.#log.length) })] };
  }

  #place(more: object = {}): unknown {
    const role = this.#has('strangeAnswers') ? 'primary' : this.#role;
    return { shard: '00', role, lineage: this.#lineage, offset: this.#log.length, ...more };
  }

  refusal(refusal: Refusal): { readonly status: number; readonly body: unknown } {
    const highest = this.#kept === null ? [] : [{ shard: '00', ...this.#kept }];
    return { status: refusal.status, body: { error: { code: refusal.code, message: refusal.code }, highest } };
  }
}

/** A source and a target that follow each other, each with an HTTP listener that the test's end closes. */
export async function startMemoryGates(
  test: TestContext,
  faults: readonly GateFault[] = [],
): Promise<{ source: MemoryGate; target: MemoryGate }> {
  const [source, target] = [new MemoryGate('writable', faults), new MemoryGate('copy', faults)];
  source.peer = target;
  target.peer = source;
  for (const gate of [source, target]) gate.url = await listen(test, gate);
  return { source, target };
}

async function listen(test: TestContext, gate: MemoryGate): Promise<string> {
  const server = createServer((request, response) => void serve(gate, request, response));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(gate: MemoryGate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const name = (request.url ?? '').replace('/gate/v1/', '');
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    const call: Call = JSON.parse(Buffer.concat(chunks).toString());
    send(200, await gate.answer(name, request.headers.authorization ?? '', call));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, body } = gate.refusal(error);
    send(status, body);
  }
}
