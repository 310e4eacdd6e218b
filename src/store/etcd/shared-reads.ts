/**
 * Equal reads of one turn of the event loop are one read. It begins after the last of those who asked, so each of them gets what a
 * read of its own would have given: a table's change wakes every reader of a process at once.
 */
export class SharedReads<Answer> {
  readonly #waiting = new Map<string, Promise<Answer>>();

  /** `start` is called once for all who name the same read before the turn ends; its limit of time counts from then. */
  share(name: string, start: () => Promise<Answer>): Promise<Answer> {
    const known = this.#waiting.get(name);
    if (known !== undefined) return known;
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#waiting.delete(name);
      return start();
    });
    this.#waiting.set(name, answer);
    return answer;
  }
}
