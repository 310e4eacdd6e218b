import type { IResponseHeader, IWatchResponse } from 'etcd3';

/**
 * Where a watch goes on after an interruption. Pure. The rule that keeps every change: the next revision moves by events
 * that were delivered, and by nothing else: not by time, not by progress notifications (etcd 3.4 sends them ahead of
 * events), not by the header of a new stream (etcd3 resumes from there, and loses what a second disconnect left behind).
 */
export class WatchPosition {
  #next: bigint | undefined;
  #cluster: string | undefined;

  /** First revision that has not been delivered. */
  get next(): string {
    return String(this.#next ?? 1n);
  }

  /**
   * Before each connection, with the header of a linearizable read: decides where to begin, and returns why the listener
   * has to read again if the old place is no good. etcd silently waits for a start in the future: a store that was wiped
   * would be watched in vain until its revision had grown past the old one's.
   */
  resume(header: IResponseHeader): string | undefined {
    const revision = BigInt(header.revision);
    const reason = this.#reasonToRestart(header, revision);
    this.#cluster = header.cluster_id;
    if (reason !== undefined || this.#next === undefined) this.#next = revision + 1n;
    return reason;
  }

  /** The revision was compacted away: `resume` begins at the present again. */
  lose(): void {
    this.#next = undefined;
  }

  /** Takes the events of one response. Fragments of one revision count as delivered with the last of them. */
  take(response: IWatchResponse): void {
    if (response.fragment) return;
    for (const event of response.events) {
      const after = BigInt(event.kv.mod_revision) + 1n;
      if (this.#next === undefined || after > this.#next) this.#next = after;
    }
  }

  #reasonToRestart(header: IResponseHeader, revision: bigint): string | undefined {
    if (this.#next === undefined) return undefined;
    if (this.#cluster !== header.cluster_id)
      return `another cluster answers: ${header.cluster_id} after ${this.#cluster}`;
    if (revision < this.#next - 1n) return `the store went back from revision ${this.#next - 1n} to ${revision}`;
    return undefined;
  }
}
