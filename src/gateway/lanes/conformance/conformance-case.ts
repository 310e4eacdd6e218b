import type { ErrorCode } from '../../../errors.ts';
import type { Pipeline } from '../../pipeline.ts';
import type { DoorSettings } from '../door-settings.ts';

/** A lane under test, listening on 127.0.0.1. */
export interface ConformanceDoor {
  readonly port: number;
  /** Stops accepting and serves what is open to its end. */
  drain(): Promise<void>;
}

/** Starts a lane in front of a pipeline. */
export type StartDoor = (
  pipeline: Pick<Pipeline, 'begin' | 'check'>,
  settings: Partial<DoorSettings>,
) => Promise<ConformanceDoor>;

/** Claims that a lane cannot hold, each with its reason. */
export type Exceptions = Readonly<Record<string, string>>;

/**
 * A message that is refused: one answer with the code (or, where a lane's parser refuses before the rules do, BAD_REQUEST with
 * the same status), the connection ends, and the cell sees neither it nor what follows it.
 */
export type RefusedCase = readonly [claim: string, bytes: string, code: ErrorCode, rfc: string];

/** A message that passes. `sent`: start line and end-to-end fields as the cell gets them, without those that the gateway adds. */
export interface PassedCase {
  readonly claim: string;
  /** The section that the claim rests on. */
  readonly rfc: string;
  readonly bytes: string;
  readonly sent: string;
  readonly body?: string;
  /** The client's connection ends after the answer. */
  readonly closes?: boolean;
}

/** A cell's answer that breaks a rule: the client gets 502 with this code, and its connection stays. */
export type BadAnswerCase = readonly [claim: string, cell: string, code: 'BAD_RESPONSE' | 'CELL_RESET', rfc: string];

/** Several messages on one connection, sent at once: what reaches the cell of them, and what is answered, in order. */
export interface SequenceCase {
  readonly claim: string;
  readonly rfc: string;
  readonly bytes: string;
  /** Whole requests as `PassedCase.sent` has them, with their bodies. */
  readonly reach: readonly (readonly [sent: string, body: string])[];
  /** A number is a status of the cell or ours; a code is our refusal with it. */
  readonly answers: readonly (number | ErrorCode)[];
  /**
   * True: the connection ends behind the last answer, and where that is a refusal behind other answers it may end instead of it.
   * False: it serves a further request. `perhaps`: it may end behind any answer, but never answers or passes on anything else.
   */
  readonly closes: boolean | 'perhaps';
}

/** A cell's answer, byte by byte, and what the client gets of it. */
export interface AnsweredCase {
  readonly claim: string;
  readonly rfc: string;
  readonly method?: string;
  readonly cell: string;
  /** Start line and fields in order, without date, x-request-id and fields of the client's connection. */
  readonly gets: string;
  readonly body?: string;
  readonly trailers?: string;
  /** The cell ends its connection behind these bytes. */
  readonly cellCloses?: boolean;
}

export const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n';
export const POST = 'POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n';
export const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
