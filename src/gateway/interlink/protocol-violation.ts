/** Why a connection is closed, as GOAWAY says it; the numbers are part of the protocol and are never given out again. */
export const CLOSE_CODES = Object.freeze({
  /** No new streams; those that are open go on. The only code after which the connection lives on. */
  DRAINING: 0,
  /** A frame that docs/interlink-protocol.md forbids. */
  PROTOCOL: 1,
  /** No version of the protocol is spoken by both. */
  VERSION: 2,
  /** The peer belongs to another realm. */
  REALM: 3,
  /** HELLO and certificate disagree, or the peer is not the one that was dialled. */
  IDENTITY: 4,
  /** The peer was silent for too long. */
  TIMEOUT: 5,
  /** The peer does not read, or a limit of connections is reached. */
  OVERLOADED: 6,
  /** A bug on the side that closes. */
  INTERNAL: 7,
  /** The side that says it has nothing left to do here. */
  FINISHED: 8,
});
export type CloseCode = keyof typeof CLOSE_CODES;

const names = Object.keys(CLOSE_CODES) as CloseCode[];

/** A code that only a newer peer knows counts as PROTOCOL: the connection ends in any case. */
export const closeCodeOf = (number: number): CloseCode =>
  names.find((name) => CLOSE_CODES[name] === number) ?? 'PROTOCOL';

/** What a peer did that the protocol forbids; always ends the connection. `detail`: what was seen, what is allowed. */
export interface ProtocolViolation {
  readonly code: CloseCode;
  readonly detail: string;
}

export const violation = (detail: string): ProtocolViolation => ({ code: 'PROTOCOL', detail });
