import { machineClock } from '../../../test/support/machine-clock.ts';
import type { Exceptions, StartDoor } from '../lanes/conformance/conformance-case.ts';
import { DEFAULT_DOOR_SETTINGS } from '../lanes/door-settings.ts';
import { FastLane } from './fast-lane.ts';

/** The fast lane as suites start it, with the general lane behind it. */
export const startFastLane: StartDoor = async (pipeline, settings) => {
  const lane = new FastLane({
    pipeline,
    clock: machineClock,
    settings: { ...DEFAULT_DOOR_SETTINGS, ...settings },
    certificate: null,
    proxyProtocol: false,
    onMalformed: () => undefined,
  });
  const port = await lane.listen('127.0.0.1', 0);
  return { port, drain: () => lane.drain() };
};

/** What the lane does not hold, and why. */
export const NOT_IN_FAST_LANE: Exceptions = {
  'keeps apart HTTP/1.0 that asks for keep-alive':
    'HTTP/1.0 is handed to the general lane for one exchange; its connection always ends (RFC 9112 §9.3 allows it)',
};
