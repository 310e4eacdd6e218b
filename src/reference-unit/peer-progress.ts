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
  /** Shards of which the peer does not know yet that we lead them: it is told with the next message, even an empty one. */
  readonly #unannounced = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  /** The peer's position of the shard has to be asked. */
  ask(shard: string): void {
    if (!this.#diverged.has(shard)) this.#unknown.add(shard);
  }

  /** We lead the shard from now on: nothing that was known of the peer's copy counts any more. */
  askAnew(shard: string): void {
    this.#offsets.delete(shard);
    this.#diverged.delete(shard);
    this.#behind.delete(shard);
    this.#unannounced.delete(shard);
    this.#unknown.add(shard);
  }

  /** After a lost connection the peer may be another process on another directory: everything is asked again. */
  askAllAgain(): void {
    for (const shard of this.#offsets.keys()) this.#unknown.add(shard);
    for (const shard of this.#diverged) this.#unknown.add(shard);
    this.#diverged.clear();
    for (const waiter of this.#waiters) if (waiter.offset === 0) this.#settle(waiter, false);
  }

  /** A diverged peer may have been made to follow meanwhile. */
  askDivergedAgain(): void {
    for (const shard of this.#diverged) this.#unknown.add(shard);
  }

  get hasDiverged(): boolean {
    return this.#diverged.size > 0;
  }

  /** The peer has to be told that we lead the shard now. */
  announce(shard: string): void {
    this.#unannounced.add(shard);
    this.#behind.add(shard);
  }

  isAnnounced(shard: string): boolean {
    return !this.#unannounced.has(shard);
  }

  /** The peer took a message about the shard. */
  announced(shard: string): void {
    this.#unannounced.delete(shard);
  }

  /** The peer has the shard up to `offset`, and `head` is our last. */
  reached(shard: string, offset: number, head: number): void {
    this.#unknown.delete(shard);
    this.#diverged.delete(shard);
    this.#offsets.set(shard, offset);
    if (offset < head) this.#behind.add(shard);
    else if (this.isAnnounced(shard)) this.#behind.delete(shard);
    for (const waiter of this.#waiters)
      if (waiter.shard === shard && waiter.offset <= offset) this.#settle(waiter, true);
  }

  diverge(shard: string): void {
    this.#unknown.delete(shard);
    this.#offsets.delete(shard);
    this.#behind.delete(shard);
    this.#unannounced.delete(shard);
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
    this.#unannounced.delete(shard);
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
    return this.#unknown.size === 0 ? [] : [...this.#unknown].slice(0, limit);
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
