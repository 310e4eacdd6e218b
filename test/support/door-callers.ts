import { RawClient } from './raw-client.ts';

/** How a caller uses connections: one for many requests, or one for each. */
export type CallerKind = 'kept' | 'fresh';

/**
 * Clients that ask one door without a pause, and note whatever is not a whole 200: a connection that is refused or reset, and one
 * that ends without having said so in its answer.
 */
export class DoorCallers {
  readonly failures: string[] = [];
  readonly #port: number;
  readonly #request: string;
  readonly #answers = { kept: 0, fresh: 0 };
  readonly #running: Promise<void>[] = [];
  #isStopped = false;

  constructor(port: number, request: string) {
    this.#port = port;
    this.#request = request;
  }

  /** Whole answers so far. */
  answers(kind: CallerKind): number {
    return this.#answers[kind];
  }

  start(kind: CallerKind, count: number): void {
    for (let n = 0; n < count; n += 1) this.#running.push(this.#run(kind));
  }

  /** Sends no more, and waits for what is open. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #run(kind: CallerKind): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#connection(kind);
      } catch (error) {
        this.failures.push(`${kind}: ${(error as Error).message}: ${(error as Error).cause}`);
      }
    }
  }

  /** As long as the door lets it live. */
  async #connection(kind: CallerKind): Promise<void> {
    const client = await RawClient.connect(this.#port);
    try {
      for (let count = 1; ; count += 1) {
        client.send(this.#request);
        const answer = (await client.answers(count)).at(-1);
        if (answer?.status !== 200) throw new Error(`${answer?.head}${answer?.body}`);
        this.#answers[kind] += 1;
        if (kind === 'fresh' || this.#isStopped || /\r\nconnection: close\r\n/i.test(answer.head)) return;
      }
    } finally {
      client.close();
    }
  }
}
