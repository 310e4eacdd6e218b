import type { ErrorCode } from '../errors.ts';
import { FastLane } from '../gateway/fast-lane/fast-lane.ts';
import { GeneralLane } from '../gateway/lanes/general-lane.ts';
import type { Pipeline } from '../gateway/pipeline.ts';
import { readCertificate } from './certificate-files.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** The listener that clients connect to, on the lane that the configuration asks for. Not listening yet. */
export function gatewayDoor(
  door: GatewayConfig['door'],
  pipeline: Pipeline,
  onMalformed: (code: ErrorCode) => void,
): FastLane | GeneralLane {
  const certificate = door.tls === null ? null : readCertificate(door.tls);
  const { proxyProtocol } = door;
  const parts = { pipeline, clock, settings: door, certificate, proxyProtocol, onMalformed };
  return door.lane === 'fast' ? new FastLane(parts) : new GeneralLane(parts);
}
