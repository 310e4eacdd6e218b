/**
 * Frames for streams that were closed are on their way for a while: they are ignored, but no more body than the closed
 * streams were allowed, so a peer cannot send without end under a dead number. No memory of single streams is needed:
 * numbers only grow.
 */
export class LateFrames {
  #allowed = 0;

  /** A stream was closed while the peer was allowed to send this much. */
  allow(bytes: number): void {
    this.#allowed += bytes;
  }

  /** False: more than all closed streams together were allowed. */
  take(bytes: number): boolean {
    this.#allowed -= bytes;
    return this.#allowed >= 0;
  }
}
