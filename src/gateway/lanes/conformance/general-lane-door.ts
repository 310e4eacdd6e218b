import { GeneralLane } from '../general-lane.ts';
import type { Exceptions, StartDoor } from './conformance-case.ts';
import { startLane } from './lane-under-test.ts';

/** The general lane as suites start it. */
export const startGeneralLane: StartDoor = startLane((parts) => new GeneralLane(parts));

/** What the lane cannot hold, because node:http repairs or refuses it before we see it. */
export const NOT_IN_GENERAL_LANE: Exceptions = {
  'refuses two spaces after the method':
    'node:http makes them one, unseen; the cell gets a request that is written anew',
  'refuses bare LFs before the request line': 'node:http skips them, unseen',
  'passes a method that nobody knows': 'node:http’s parser refuses methods that it does not know with 400',
  'passes a method in lower case, which is another method':
    'node:http’s parser refuses methods that it does not know with 400',
  'refuses TRACK, which is TRACE by another name':
    'node:http’s parser refuses methods that it does not know with 400, not 405',
  'refuses another protocol in the version':
    'node:http takes RTSP/1.0 and ICE/1.0 for HTTP/1.0, unseen; the cell gets HTTP/1.1 and the connection ends',
  'passes a coding with white space around it': 'node:http’s parser refuses `chunked` with a tab behind it',
  'gives the client a value without the white space around it':
    'undici leaves white space behind a value of an answer on; the client cuts it off',
  'makes 502 of chunks in HTTP/1.0': 'undici does not tell the version of an answer; it reads the chunks',
  'makes 502 of an answer in HTTP/2.0 as text': 'undici does not tell the version of an answer',
  'keeps a 100 that the cell sent unasked to itself': 'undici takes a 100 without Expect for a broken answer: 502',
  'passes the trailers of a request on':
    'undici’s dispatch has no way to send trailers; they are dropped, the request stays whole',
};
