import { machineClock } from '../../../test/support/machine-clock.ts';
import type { Exceptions, StartDoor } from './conformance/conformance-case.ts';
import { registerConformance } from './conformance/register-conformance.ts';
import { DEFAULT_DOOR_SETTINGS } from './door-settings.ts';
import { GeneralLane } from './general-lane.ts';

const startGeneralLane: StartDoor = async (pipeline, settings) => {
  const lane = new GeneralLane({
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

/** What the lane cannot hold, because node:http repairs or refuses it before we see it. */
export const NOT_IN_GENERAL_LANE: Exceptions = {
  'refuses two spaces after the method':
    'node:http makes them one, unseen; the cell gets a request that is written anew',
  'refuses bare LFs before the request line': 'node:http skips them, unseen',
  'passes a method that nobody knows': 'node:http’s parser refuses methods that it does not know with 400',
  'passes a method in lower case, which is another method':
    'node:http’s parser refuses methods that it does not know with 400',
  'keeps a 100 that the cell sent unasked to itself': 'undici takes a 100 without Expect for a broken answer: 502',
  'passes the trailers of a request on':
    'undici’s dispatch has no way to send trailers; they are dropped, the request stays whole',
};

registerConformance('general lane', startGeneralLane, NOT_IN_GENERAL_LANE);
