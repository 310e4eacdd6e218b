import { machineClock } from '../../../../test/support/machine-clock.ts';
import { DEFAULT_DOOR_SETTINGS } from '../door-settings.ts';
import type { GeneralLaneParts } from '../general-lane.ts';
import type { ConformanceDoor, StartDoor } from './conformance-case.ts';

type PartsOfTests = Omit<GeneralLaneParts, 'pipeline'> & { readonly pipeline: Parameters<StartDoor>[0] };

interface LaneUnderTest extends Pick<ConformanceDoor, 'drain'> {
  listen(host: string, port: number): Promise<number>;
}

/** How suites start a lane: plain HTTP on 127.0.0.1, with the machine's clock. */
export function startLane(make: (parts: PartsOfTests) => LaneUnderTest): StartDoor {
  return async (pipeline, settings) => {
    const lane = make({
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
}
