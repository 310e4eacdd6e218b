import { METHODS } from 'node:http';
import { startFastLane } from '../../src/gateway/fast-lane/fast-lane-door.fixture.ts';
import { startGeneralLane } from '../../src/gateway/lanes/conformance/general-lane-door.ts';
import type { FuzzedLane } from './fuzz-lanes.ts';
import type { Leniency } from './leniency.ts';
import { readConnection } from './read-connection.ts';

/** docs/message-rules.md, "What cannot be seen through node:http", and what this fuzzer found beside it. */
const KNOWN_METHODS = new Set(METHODS);

const NODE_HTTP: Leniency = {
  anyEmptyLines: true,
  startLine: /^([^ ]+) +([^ ]+) +(?:HTTP|RTSP|ICE)\/1\.([01])$/,
  methods: KNOWN_METHODS,
  proxyConnection: true,
  bytesBehindClose: true,
  tabBehindCoding: true,
};

/** The lanes that are compared with the strict reading, and with each other. */
export const FUZZED_LANES: readonly FuzzedLane[] = [
  { name: 'fast', startDoor: startFastLane, passesTrailers: true, leniency: null, openFault: handedOver },
  {
    name: 'general',
    startDoor: startGeneralLane,
    passesTrailers: false,
    leniency: NODE_HTTP,
    openFault: voidUpgrade,
  },
];

/** What the fast lane hands over is read by node:http, which refuses methods that it does not know. */
function handedOver(bytes: string, what: string): string | null {
  const isUnknown = readConnection(bytes).some(
    (reading) => reading.kind === 'served' && !KNOWN_METHODS.has(reading.message.method),
  );
  const isRare = /\r\n(upgrade|expect): *|HTTP\/1\.0\r\n| https?:\/\//i.test(bytes);
  return isUnknown && isRare && what.startsWith('answer 400, wanted 200')
    ? 'node:http does not know the method of what is handed over'
    : null;
}

/** A kept-alive HTTP/1.0 request with a void Upgrade is answered, and nothing behind it is read: node:http waits for another protocol. */
function voidUpgrade(bytes: string, what: string): string | null {
  const isVoid = /HTTP\/1\.0\r\n(?:[^\r]+\r\n)*?upgrade:/i.test(bytes);
  const isSilent = what === 'the connection stays open' || /^(answer \d of a|no answer)/.test(what);
  return isVoid && isSilent ? 'nothing is read behind a void Upgrade in HTTP/1.0' : null;
}
