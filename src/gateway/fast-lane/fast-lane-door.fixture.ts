import type { Exceptions, StartDoor } from '../lanes/conformance/conformance-case.ts';
import { startLane } from '../lanes/conformance/lane-under-test.ts';
import { FastLane } from './fast-lane.ts';

/** The fast lane as suites start it, with the general lane behind it. */
export const startFastLane: StartDoor = startLane((parts) => new FastLane(parts));

/** What the lane does not hold, and why. */
export const NOT_IN_FAST_LANE: Exceptions = {
  'keeps apart HTTP/1.0 that asks for keep-alive':
    'HTTP/1.0 is handed to the general lane for one exchange; its connection always ends (RFC 9112 §9.3 allows it)',
};
