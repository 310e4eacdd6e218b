import { Agent, type IncomingMessage, request } from 'node:http';
import { eventually } from '../../test/support/eventually.ts';
import { isSuccess, type LoadAnswer } from './load-answer.ts';
import { type ScheduledRequest, SHARDS, scheduledRequest } from './load-schedule.ts';

export interface OpenLoopLoadParts {
  /** Base addresses by data center. */
  readonly doors: ReadonlyMap<string, string>;
  readonly perSecond: number;
}

type Ending = Pick<LoadAnswer, 'status' | 'epoch' | 'text'>;

const TICK_MS = 2;
const ANSWER_LIMIT_MS = 30_000;
/** Far above what a switch makes wait (all of 10 s): more means that this machine cannot carry the load. */
const MOST_OPEN = 10_000;
const KEPT_CHARACTERS = 300;
const WRITE_LIMIT_MS = 40_000;

/**
 * Sends requests by a fixed schedule, whether or not earlier ones were answered, and leaves none out: what a stall delays
 * is sent as soon as it can be, and its waiting time counts from when it was due (no coordinated omission).
 */
export class OpenLoopLoad {
  readonly answers: LoadAnswer[] = [];
  readonly #parts: OpenLoopLoadParts;
  readonly #agents = new Map<string, Agent>();
  readonly #open = new Set<Promise<void>>();
  /** When the latest write of each shard that succeeded was due. */
  readonly #written = new Map<string, number>();
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #doors: readonly (readonly [string, string])[];
  #next = 0;
  #overflow: Error | null = null;

  constructor(parts: OpenLoopLoadParts) {
    this.#parts = parts;
    this.#doors = [...parts.doors];
    for (const dataCenter of parts.doors.keys()) this.#agents.set(dataCenter, new Agent({ keepAlive: true }));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** From now on all clients come to the other doors, as the load balancer in front of real ones would have it. */
  loseDoors(dataCenters: readonly string[]): void {
    this.#doors = this.#doors.filter(([dataCenter]) => !dataCenters.includes(dataCenter));
  }

  /** Until every shard took a write that was due from now on. Throws if one does not in time. */
  async everyShardWrites(): Promise<void> {
    const now = performance.now();
    const missing = (): string[] => SHARDS.filter((shard) => (this.#written.get(shard) ?? 0) < now);
    await eventually(
      () => `shards ${missing()} take writes`,
      () => missing().length === 0,
      WRITE_LIMIT_MS,
    );
  }

  /** Sends no more, and waits for what is open. Throws if the machine could not carry the load. */
  async stop(): Promise<readonly LoadAnswer[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    for (const agent of this.#agents.values()) agent.destroy();
    if (this.#overflow !== null) throw this.#overflow;
    return this.answers;
  }

  #tick(): void {
    const now = performance.now();
    for (;;) {
      const dueAt = this.#startedAt + (this.#next * 1_000) / this.#parts.perSecond;
      if (dueAt > now) return;
      if (this.#open.size >= MOST_OPEN) {
        this.#giveUp();
        return;
      }
      const scheduled = scheduledRequest(this.#next++);
      const call = this.#call(scheduled, dueAt);
      this.#open.add(call);
      void call.finally(() => this.#open.delete(call));
    }
  }

  #giveUp(): void {
    clearInterval(this.#timer);
    this.#overflow = new Error(`${this.#open.size} requests wait at once: this machine cannot carry the load`);
  }

  async #call(scheduled: ScheduledRequest, dueAt: number): Promise<void> {
    const [door, url] = this.#doors[scheduled.turn % this.#doors.length] as readonly [string, string];
    const sentAt = performance.now();
    const ending = await this.#exchange(scheduled, door, url);
    const answer: LoadAnswer = { ...scheduled, door, dueAt, sentAt, doneAt: performance.now(), ...ending };
    this.answers.push(answer);
    if (answer.kind === 'write' && isSuccess(answer)) this.#written.set(answer.shard, dueAt);
  }

  #exchange(scheduled: ScheduledRequest, door: string, url: string): Promise<Ending> {
    const { kind, shard, userId, id, amount } = scheduled;
    const isWrite = kind === 'write';
    const path = `${shard === 'G' ? '/global' : ''}/ledger/${isWrite ? 'entries' : 'balance'}`;
    const body = isWrite ? JSON.stringify({ id, amount }) : '';
    const ofBody = isWrite ? { 'content-type': 'application/json', 'content-length': String(body.length) } : {};
    const headers = { 'x-user-id': userId, ...ofBody };
    const options = { method: isWrite ? 'POST' : 'GET', agent: this.#agents.get(door), headers };
    return new Promise((resolve) => {
      const broke = (error: Error): void => resolve({ status: null, epoch: null, text: error.message });
      const call = request(url + path, options, (response) => readAnswer(response, isWrite, resolve, broke));
      call.setTimeout(ANSWER_LIMIT_MS, () => void call.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
      call.once('error', broke);
      call.end(body);
    });
  }
}

function readAnswer(
  response: IncomingMessage,
  isWrite: boolean,
  resolve: (ending: Ending) => void,
  broke: (error: Error) => void,
): void {
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(0, KEPT_CHARACTERS);
  });
  response.once('end', () => {
    const status = response.statusCode ?? null;
    const epoch = isWrite && status === 201 ? epochIn(text) : Number(response.headers['ldc-epoch'] ?? Number.NaN);
    resolve({ status, epoch: Number.isInteger(epoch) ? epoch : null, text });
  });
  response.once('error', broke);
  response.once('aborted', () => broke(new Error('the answer broke off')));
}

function epochIn(text: string): number {
  try {
    return Number((JSON.parse(text) as { epoch?: unknown }).epoch);
  } catch {
    return Number.NaN;
  }
}
