/** How many connections each client address has, at most so many. One entry for each address that has any. */
export class AddressLimit {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** False: the address has as many as it may; else `leave` follows once. */
  enter(address: string): boolean {
    const count = this.#open.get(address) ?? 0;
    if (count >= this.#most) return false;
    this.#open.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    const count = this.#open.get(address) ?? 0;
    if (count > 1) this.#open.set(address, count - 1);
    else this.#open.delete(address);
  }

  /** Addresses that have any. */
  get size(): number {
    return this.#open.size;
  }
}
