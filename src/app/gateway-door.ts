import type { ErrorCode } from '../errors.ts';
import { FastLane } from '../gateway/fast-lane/fast-lane.ts';
import type { DoorObserver } from '../gateway/lanes/door-observer.ts';
import type { DoorCertificate } from '../gateway/lanes/door-server.ts';
import { GeneralLane } from '../gateway/lanes/general-lane.ts';
import type { Pipeline } from '../gateway/pipeline.ts';
import { readCertificate } from './certificate-files.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

export interface GatewayDoorParts {
  readonly pipeline: Pipeline;
  readonly observer: DoorObserver;
  /** Of TLS sessions that several processes resume; null: this process's own. */
  readonly ticketKeys: Buffer | null;
  readonly onMalformed: (code: ErrorCode) => void;
}

/**
 * The door that clients connect to, on the lane that the configuration asks for. Not listening yet. Throws the file system's error
 * for a certificate that cannot be read.
 */
export function gatewayDoor(
  door: GatewayConfig['door'],
  { ticketKeys, ...own }: GatewayDoorParts,
): FastLane | GeneralLane {
  const certificate = doorCertificate(door, ticketKeys);
  const { proxyProtocol } = door;
  const parts = { ...own, clock, settings: door, certificate, proxyProtocol };
  return door.lane === 'fast' ? new FastLane(parts) : new GeneralLane(parts);
}

/** What the door shows to clients; null: it speaks no TLS. Throws the file system's error. */
export function doorCertificate({ tls }: GatewayConfig['door'], ticketKeys: Buffer | null): DoorCertificate | null {
  const shared = ticketKeys && { ticketKeys, sessionIdContext: 'ldc-door' };
  return tls === null ? null : { ...readCertificate(tls), ...shared };
}
