import type { Socket } from 'node:net';
import type { ErrorCode } from '../../errors.ts';
import type { ClientHandle, Downstream } from '../downstream.ts';
import type { DoorSettings } from '../lanes/door-settings.ts';
import type { MessageFault } from '../message/message-fault.ts';
import type { ReceivedHead, RequestHead } from '../message/request-head.ts';
import type { CoarseTimers } from '../wire/coarse-timers.ts';
import type { Placed } from '../wire/placed-list.ts';
import type { HttpDate } from './http-date.ts';

/** What a door can do with a connection. */
export interface OpenConnection extends Placed {
  /** Nothing was asked that is not answered. */
  readonly isIdle: boolean;
  destroy(): void;
}

/** What all connections of a door share. */
export interface FastDoor {
  readonly settings: DoorSettings;
  readonly timers: CoarseTimers;
  readonly date: HttpDate;
  readonly isDraining: boolean;
  /** Its connections are TLS. */
  readonly isSecure: boolean;
  check(received: ReceivedHead): RequestHead | MessageFault;
  begin(received: ReceivedHead, checked: RequestHead | MessageFault, client: Downstream): ClientHandle;
  /** A connection is closed or handed over. */
  gone(connection: OpenConnection): void;
  onMalformed(code: ErrorCode): void;
  /** The general lane serves the exchange that begins with `bytes`, then closes. The socket is its own from now on. */
  handOver(socket: Socket, bytes: Buffer, address: string): void;
}

/** Rare, and better understood by the general lane: for this one exchange. */
export function isForGeneralLane({ httpVersion, upgrade }: RequestHead): boolean {
  return httpVersion === '1.0' || upgrade !== null;
}
