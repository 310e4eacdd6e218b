/** Bounds of a message's head; each is a setting of the gateway (`message.<name>`), these are the defaults. */
export interface MessageLimits {
  /** Request line and field lines with their line ends, in bytes. Above: HEAD_TOO_LARGE. */
  readonly headBytes: number;
  /** Number of field lines. Above: HEAD_TOO_LARGE. */
  readonly headerCount: number;
  /** Request target in bytes. Above: TARGET_TOO_LONG. */
  readonly targetBytes: number;
  /** Method in bytes. Above: BAD_REQUEST. */
  readonly methodBytes: number;
  /** The same for the head of a cell's answer, above: BAD_RESPONSE. Cells are trusted with more than clients. */
  readonly answerHeadBytes: number;
  readonly answerHeaderCount: number;
  /** Most earlier hops that are kept of X-Forwarded-For or Forwarded; the leftmost (least credible) are cut off. */
  readonly forwardedHops: number;
}

export const DEFAULT_MESSAGE_LIMITS: MessageLimits = Object.freeze({
  headBytes: 16 * 1024,
  headerCount: 100,
  targetBytes: 8 * 1024,
  methodBytes: 32,
  answerHeadBytes: 64 * 1024,
  answerHeaderCount: 200,
  forwardedHops: 20,
});
