import type { CellSettings } from '../gateway/cells/cell-settings.ts';
import type { GuardSettings } from '../gateway/guard/guard-settings.ts';
import type { IdentitySettings } from '../gateway/identity/identity-settings.ts';
import type { InterlinkLimits } from '../gateway/interlink/interlink-limits.ts';
import type { DoorSettings } from '../gateway/lanes/door-settings.ts';
import type { MessageLimits } from '../gateway/message/message-limits.ts';
import type { Lane } from '../gateway/request-plan.ts';
import { MOST_WORKERS, type WorkersConfig } from './workers-config.ts';

/** The parts of a gateway's configuration that are held against each other. */
interface GatewaySettings {
  readonly door: DoorSettings & { readonly lane: Lane };
  readonly message: Omit<MessageLimits, 'answerHeadBytes' | 'answerHeaderCount'>;
  readonly interlink: InterlinkLimits;
  readonly cells: CellSettings;
  readonly identity: IdentitySettings;
  readonly guard: GuardSettings;
  readonly workers: WorkersConfig;
}

/** What the interlink's frames can carry (docs/interlink-protocol.md). */
const WINDOW_BYTES = { min: 16_384, max: 16_777_216 };
const DATA_BYTES = 65_536;
const LAST_STREAM = 2 ** 32 - 1;
/** A HEAD frame has 32 KiB; the rest is for what the gateway adds to a request. */
const HEAD_BYTES = 24_576;
const HEADER_COUNT = 500;
const HOPS = 50;
/** Half of what control adds to its wait (docs/ownership-protocol.md, "Guard"). */
const JUMP_MS = 100;

/** A worker is asked for a sign of life every half second. */
const LEAST_SILENT_MS = 1_000;

/** A setting's value, and the bound that another setting or a protocol gives it. */
type Bound = readonly [setting: string, seen: number, rule: 'at least' | 'at most', bound: number, why: string];

/** Settings that are each of the right kind but cannot stand beside each other, one sentence each; empty: all is well. */
export function contradictions(config: GatewaySettings): string[] {
  const bounds = [...doorBounds(config), ...interlinkBounds(config), ...guardBounds(config)];
  const broken = [...bounds, ...workerBounds(config), ...otherBounds(config)]
    .filter(([, seen, rule, bound]) => (rule === 'at least' ? seen < bound : seen > bound))
    .map(([setting, seen, rule, bound, why]) => `${setting}: is ${seen}, must be ${rule} ${bound} (${why})`);
  if (config.workers.count > 0 && config.door.lane !== 'fast')
    broken.push(
      'door.lane: is general, must be fast with workers.count above 0 (a worker takes connections on the fast lane)',
    );
  return broken;
}

function workerBounds({ workers: { count, restartMinMs, restartMaxMs, silentMs } }: GatewaySettings): Bound[] {
  return [
    ['workers.count', count, 'at most', MOST_WORKERS, 'each is a process'],
    ['workers.restartMinMs', restartMinMs, 'at most', restartMaxMs, 'workers.restartMaxMs'],
    ['workers.silentMs', silentMs, 'at least', LEAST_SILENT_MS, 'two signs of life'],
  ];
}

function doorBounds({ door, message }: GatewaySettings): Bound[] {
  const carried = 'what the interlink carries';
  return [
    ['door.drainIdleMs', door.drainIdleMs, 'at most', door.drainMs, 'door.drainMs'],
    ['door.maxHeadBytes', door.maxHeadBytes, 'at least', message.headBytes, 'message.headBytes'],
    ['message.headBytes', message.headBytes, 'at most', HEAD_BYTES, carried],
    ['message.headerCount', message.headerCount, 'at most', HEADER_COUNT, carried],
    ['message.forwardedHops', message.forwardedHops, 'at most', HOPS, carried],
    ['message.targetBytes', message.targetBytes, 'at most', message.headBytes, 'message.headBytes'],
    ['message.methodBytes', message.methodBytes, 'at most', message.headBytes, 'message.headBytes'],
  ];
}

function interlinkBounds({ interlink }: GatewaySettings): Bound[] {
  const { pingIntervalMs, deadAfterMs, backoffMinMs, backoffMaxMs, windowBytes, maxHeldBytes } = interlink;
  const { dataFrameBytes, batchBytes, maxQueuedBytes, lastStream } = interlink;
  return [
    ['interlink.deadAfterMs', deadAfterMs, 'at least', 2 * pingIntervalMs, 'twice interlink.pingIntervalMs'],
    ['interlink.backoffMinMs', backoffMinMs, 'at most', backoffMaxMs, 'interlink.backoffMaxMs'],
    ['interlink.windowBytes', windowBytes, 'at least', WINDOW_BYTES.min, '16 KiB, by the protocol'],
    ['interlink.windowBytes', windowBytes, 'at most', WINDOW_BYTES.max, '16 MiB, by the protocol'],
    ['interlink.windowBytes', windowBytes, 'at most', maxHeldBytes, 'interlink.maxHeldBytes'],
    ['interlink.dataFrameBytes', dataFrameBytes, 'at most', DATA_BYTES, 'the largest frame'],
    ['interlink.batchBytes', batchBytes, 'at most', maxQueuedBytes, 'interlink.maxQueuedBytes'],
    ['interlink.lastStream', lastStream, 'at most', LAST_STREAM, 'four bytes, by the protocol'],
  ];
}

function guardBounds({ guard: { horizonMs, readMs, jumpMs } }: GatewaySettings): Bound[] {
  return [
    ['guard.horizonMs', horizonMs, 'at least', 2 * readMs, 'twice guard.readMs: one read may be lost'],
    ['guard.jumpMs', jumpMs, 'at most', JUMP_MS, 'control waits 200 ms longer than the horizon'],
  ];
}

function otherBounds({ cells, identity: { token, keys, session } }: GatewaySettings): Bound[] {
  return [
    ['cells.keepAliveIdleMs', cells.keepAliveIdleMs, 'at most', cells.keepAliveMaxMs, 'cells.keepAliveMaxMs'],
    ['cells.queueBusyMs', cells.queueBusyMs, 'at most', cells.queueMs, 'cells.queueMs'],
    ['cells.ejectMs', cells.ejectMs, 'at most', cells.ejectMaxMs, 'cells.ejectMaxMs'],
    ['cells.retryShare', cells.retryShare, 'at most', 1, 'every request once more'],
    ['identity.token.maxLength', token.maxLength, 'at most', token.cacheLength, 'identity.token.cacheLength'],
    ['identity.keys.refreshMs', keys.refreshMs, 'at most', keys.staleMs, 'identity.keys.staleMs'],
    ['identity.session.positiveMs', session.positiveMs, 'at most', session.staleMs, 'identity.session.staleMs'],
  ];
}
