interface Waiter {
  readonly shard: string;
  readonly offset: number;
  readonly resolve: (reached: boolean) => void;
}

/**
 * What one peer's copy is known to have, shard by shard, and who waits for it. Pure bookkeeping of a PeerLink.
 * A shard is first `unknown` (its position must be asked), then known, or diverged.
 */
export class PeerProgress {
  readonly #offsets = new Map<string, number>();
  readonly #unknown = new Set<string>();
  readonly #diverged = new Set<string>();
  /** Shards with entries that the peer does not have yet. */
  readonly #behind = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  /** The peer's position of the shard has to be asked. */
  ask(shard: string): void {
    if (!this.#diverged.has(shard)) this.#unknown.add(shard);
  }

  /** After a lost connection the peer may be another process on another directory: everything is asked again. */
  askAllAgain(): void {
    for (const shard of this.#offsets.keys()) this.#unknown.add(shard);
    for (const shard of this.#diverged) this.#unknown.add(shard);
    this.#diverged.clear();
    for (const waiter of this.#waiters) if (waiter.offset === 0) this.#settle(waiter, false);
  }

  /** The peer has the shard up to `offset`, and `head` is our last. */
  reached(shard: string, offset: number, head: number): void {
    this.#unknown.delete(shard);
    this.#diverged.delete(shard);
    this.#offsets.set(shard, offset);
    if (offset < head) this.#behind.add(shard);
    else this.#behind.delete(shard);
    for (const waiter of this.#waiters)
      if (waiter.shard === shard && waiter.offset <= offset) this.#settle(waiter, true);
  }

  diverge(shard: string): void {
    this.#unknown.delete(shard);
    this.#offsets.delete(shard);
    this.#behind.delete(shard);
    this.#diverged.add(shard);
    for (const waiter of this.#waiters) if (waiter.shard === shard) this.#settle(waiter, false);
  }

  /** We took an entry of the shard. */
  appended(shard: string): void {
    if (!this.#offsets.has(shard)) this.ask(shard);
    this.#behind.add(shard);
  }

  /** Nothing is left to send (the shard is another's now). */
  drop(shard: string): void {
    this.#behind.delete(shard);
  }

  offset(shard: string): number | undefined {
    return this.#offsets.get(shard);
  }

  isKnown(shard: string): boolean {
    return this.#offsets.has(shard) || this.#diverged.has(shard);
  }

  isDiverged(shard: string): boolean {
    return this.#diverged.has(shard);
  }

  unknown(limit: number): string[] {
    return [...this.#unknown].slice(0, limit);
  }

  behind(): Iterable<string> {
    return this.#behind;
  }

  /** Resolves with true when the peer has the offset (0: when its position is known), with false when given up. */
  wait(shard: string, offset: number): { readonly reached: Promise<boolean>; giveUp(): void } {
    const known = this.#offsets.get(shard);
    if (known !== undefined && known >= offset) return { reached: Promise.resolve(true), giveUp: () => {} };
    if (this.#diverged.has(shard)) return { reached: Promise.resolve(false), giveUp: () => {} };
    let waiter: Waiter | null = null;
    const reached = new Promise<boolean>((resolve) => {
      waiter = { shard, offset, resolve };
      this.#waiters.add(waiter);
    });
    return { reached, giveUp: () => waiter !== null && this.#settle(waiter, false) };
  }

  giveUpAll(): void {
    for (const waiter of this.#waiters) this.#settle(waiter, false);
  }

  #settle(waiter: Waiter, reached: boolean): void {
    if (this.#waiters.delete(waiter)) waiter.resolve(reached);
  }
}
