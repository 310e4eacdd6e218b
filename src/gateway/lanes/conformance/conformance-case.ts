import type { ErrorCode } from '../../../errors.ts';
import type { ExchangeEnd } from '../../exchange-end.ts';
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
  pipeline: Pick<Pipeline, 'begin'>,
  settings: Partial<DoorSettings>,
) => Promise<ConformanceDoor>;

/** Claims that a lane cannot hold, each with its reason. */
export type Exceptions = Readonly<Record<string, string>>;

/**
 * A message that is refused: one answer with the code (or, where a lane's parser refuses before the rules do, BAD_REQUEST with
 * the same status), the connection ends, and the cell sees neither it nor what follows it.
 */
export type RefusedCase = readonly [claim: string, bytes: string, code: ErrorCode];

/** A message that passes. `sent`: start line and end-to-end fields as the cell gets them, without those that the gateway adds. */
export interface PassedCase {
  readonly claim: string;
  readonly bytes: string;
  readonly sent: string;
  readonly body?: string;
  /** The client's connection ends after the answer. */
  readonly closes?: boolean;
}

/** A cell's answer, byte by byte, and what the client gets of it. */
export interface AnsweredCase {
  readonly claim: string;
  readonly method?: string;
  readonly cell: string;
  /** Start line and fields in order, without date, x-request-id and fields of the client's connection. */
  readonly gets: string;
  readonly body?: string;
  readonly trailers?: string;
  /** The cell ends its connection behind these bytes. */
  readonly cellCloses?: boolean;
}

/** What every exchange of a case ended as; for messages of failing tests. */
export const endsInWords = (ends: readonly ExchangeEnd[]): string =>
  ends.map(({ status, code, detail }) => `${status} ${code ?? 'answered'} ${detail}`).join('; ');

export const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n';
export const POST = 'POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n';
export const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
