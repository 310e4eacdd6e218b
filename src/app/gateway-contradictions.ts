import { type JwtIssuerSettings, jwtIssuerProblems } from '../gateway/identity/jwt-issuer.ts';
import type { GatewayConfig } from './gateway-config.ts';

/** A setting that is of the right kind but cannot be right beside another, or beyond what a protocol can carry. */
export interface Contradiction {
  readonly setting: string;
  readonly seen: unknown;
  readonly allowed: string;
}

/** What the interlink's frames can carry (docs/interlink-protocol.md). */
const WINDOW_BYTES = { min: 16_384, max: 16_777_216 };
const DATA_BYTES = 65_536;
const LAST_STREAM = 2 ** 32 - 1;
/** A HEAD frame has 32 KiB; the rest is for what the gateway adds to a request. */
const HEAD_BYTES = 24_576;
const HEADER_COUNT = 500;
const HOPS = 50;

/** Every contradiction of a configuration whose settings are of the right kinds; empty when it can be used. */
export function contradictions(config: GatewayConfig): Contradiction[] {
  const found: Contradiction[] = [];
  const atMost = (setting: string, seen: number, most: number, why: string): void => {
    if (seen > most) found.push({ setting, seen, allowed: `at most ${most}${why === '' ? '' : ` (${why})`}` });
  };
  const atLeast = (setting: string, seen: number, least: number, why: string): void => {
    if (seen < least) found.push({ setting, seen, allowed: `at least ${least} (${why})` });
  };
  const { door, interlink, cells, message, identity } = config;
  atMost('door.drainIdleMs', door.drainIdleMs, door.drainMs, 'door.drainMs');
  atLeast('door.maxHeadBytes', door.maxHeadBytes, message.headBytes, 'message.headBytes');
  atMost('message.headBytes', message.headBytes, HEAD_BYTES, 'what the interlink carries');
  atMost('message.headerCount', message.headerCount, HEADER_COUNT, 'what the interlink carries');
  atMost('message.forwardedHops', message.forwardedHops, HOPS, 'what the interlink carries');
  atMost('message.targetBytes', message.targetBytes, message.headBytes, 'message.headBytes');
  atMost('message.methodBytes', message.methodBytes, message.headBytes, 'message.headBytes');
  atLeast(
    'interlink.deadAfterMs',
    interlink.deadAfterMs,
    2 * interlink.pingIntervalMs,
    'twice interlink.pingIntervalMs',
  );
  atMost('interlink.backoffMinMs', interlink.backoffMinMs, interlink.backoffMaxMs, 'interlink.backoffMaxMs');
  atLeast('interlink.windowBytes', interlink.windowBytes, WINDOW_BYTES.min, '16 KiB');
  atMost('interlink.windowBytes', interlink.windowBytes, WINDOW_BYTES.max, '16 MiB');
  atMost('interlink.windowBytes', interlink.windowBytes, interlink.maxHeldBytes, 'interlink.maxHeldBytes');
  atMost('interlink.dataFrameBytes', interlink.dataFrameBytes, DATA_BYTES, 'one frame');
  atMost('interlink.batchBytes', interlink.batchBytes, interlink.maxQueuedBytes, 'interlink.maxQueuedBytes');
  atMost('interlink.lastStream', interlink.lastStream, LAST_STREAM, '');
  atMost('cells.keepAliveIdleMs', cells.keepAliveIdleMs, cells.keepAliveMaxMs, 'cells.keepAliveMaxMs');
  atMost('cells.ejectMs', cells.ejectMs, cells.ejectMaxMs, 'cells.ejectMaxMs');
  atMost('cells.retryShare', cells.retryShare, 1, 'every request once more');
  atMost(
    'identity.token.maxLength',
    identity.token.maxLength,
    identity.token.cacheLength,
    'identity.token.cacheLength',
  );
  atMost('identity.keys.refreshMs', identity.keys.refreshMs, identity.keys.staleMs, 'identity.keys.staleMs');
  atMost(
    'identity.session.positiveMs',
    identity.session.positiveMs,
    identity.session.staleMs,
    'identity.session.staleMs',
  );
  return [...found, ...issuerMistakes(identity.jwtIssuers)];
}

/** The issuers are read here for the first time: nothing is known of their kinds yet. */
function issuerMistakes(issuers: unknown): Contradiction[] {
  const setting = 'identity.jwtIssuers';
  if (!isGroup(issuers)) return [{ setting, seen: issuers, allowed: 'a group of issuers by the token’s iss' }];
  return Object.entries(issuers).flatMap(([name, issuer]) => {
    const path = `${setting}["${name}"]`;
    if (!isGroup(issuer)) return [{ setting: path, seen: issuer, allowed: 'a group with jwks' }];
    const { jwks, algorithms, clockToleranceS, ca, ...unknown } = issuer;
    const kinds = [
      {
        name: 'jwks',
        seen: jwks,
        isGood: typeof jwks === 'string' || isGroup(jwks),
        allowed: 'an address or a key set',
      },
      {
        name: 'algorithms',
        seen: algorithms,
        isGood:
          algorithms === undefined || (Array.isArray(algorithms) && algorithms.every((one) => typeof one === 'string')),
        allowed: 'a list of texts',
      },
      {
        name: 'clockToleranceS',
        seen: clockToleranceS,
        isGood: clockToleranceS === undefined || typeof clockToleranceS === 'number',
        allowed: 'a number of seconds',
      },
      { name: 'ca', seen: ca, isGood: ca === undefined || typeof ca === 'string', allowed: 'a text, PEM' },
      ...Object.keys(unknown).map((key) => ({ name: key, seen: unknown[key], isGood: false, allowed: 'left out' })),
    ].filter(({ isGood }) => !isGood);
    if (kinds.length > 0)
      return kinds.map((kind) => ({ setting: `${path}.${kind.name}`, seen: kind.seen, allowed: kind.allowed }));
    return jwtIssuerProblems(name, issuer as unknown as JwtIssuerSettings).map((problem) => ({
      setting: path,
      seen: issuer,
      allowed: `so that this does not hold: ${problem}`,
    }));
  });
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
