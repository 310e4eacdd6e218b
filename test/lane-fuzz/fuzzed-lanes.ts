import { METHODS } from 'node:http';
import { startFastLane } from '../../src/gateway/fast-lane/fast-lane-door.fixture.ts';
import { startGeneralLane } from '../../src/gateway/lanes/conformance/general-lane-door.ts';
import type { FuzzedLane } from './fuzz-lanes.ts';
import type { GeneratedConnection } from './generated-connection.ts';
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
  { name: 'fast', startDoor: startFastLane, passesTrailers: true, leniency: null, openFault: fastFault },
  {
    name: 'general',
    startDoor: startGeneralLane,
    passesTrailers: false,
    leniency: NODE_HTTP,
    openFault: generalFault,
  },
];

function fastFault(connection: GeneratedConnection, what: string): string | null {
  return handedOver(connection, what) ?? givenUp(connection, what, /\r\nupgrade:|HTTP\/1\.0\r\n/i);
}

function generalFault(connection: GeneratedConnection, what: string): string | null {
  return voidUpgrade(connection, what) ?? givenUp(connection, what, /\r\nupgrade:/i);
}

/**
 * A client that has ended its side cannot speak another protocol: its upgrade is given up, whatever the cell would have said. And a socket
 * whose end was read cannot be handed to node:http: what would be handed over behind other requests is not answered; the connection ends.
 */
function givenUp({ bytes, ends }: GeneratedConnection, what: string, rare: RegExp): string | null {
  const isMissing = ends && /^answer \d of a (?:un)?served message is missing/.test(what);
  return isMissing && rare.test(bytes)
    ? 'no answer to an upgrade, or to what is handed over, behind the client’s end'
    : null;
}

/** What the fast lane hands over is read by node:http, which refuses methods that it does not know. */
function handedOver({ bytes }: GeneratedConnection, what: string): string | null {
  const isUnknown = readConnection(bytes).some(
    (reading) => reading.kind === 'served' && !KNOWN_METHODS.has(reading.message.method),
  );
  const isRare = /\r\n(upgrade|expect): *|HTTP\/1\.0\r\n| https?:\/\//i.test(bytes);
  return isUnknown && isRare && what.startsWith('answer 400, wanted 200')
    ? 'node:http does not know the method of what is handed over'
    : null;
}

/** A kept-alive HTTP/1.0 request with a void Upgrade is answered, and nothing behind it is read: node:http waits for another protocol. */
function voidUpgrade({ bytes }: GeneratedConnection, what: string): string | null {
  const isVoid = /HTTP\/1\.0\r\n(?:[^\r]+\r\n)*?upgrade:/i.test(bytes);
  const isSilent = what === 'the connection stays open' || /^(answer \d of a|no answer)/.test(what);
  return isVoid && isSilent ? 'nothing is read behind a void Upgrade in HTTP/1.0' : null;
}
