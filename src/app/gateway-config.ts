import { type CellSettings, DEFAULT_CELL_SETTINGS } from '../gateway/cells/cell-settings.ts';
import { DEFAULT_GUARD_SETTINGS, type GuardSettings } from '../gateway/guard/guard-settings.ts';
import { DEFAULT_HOLD_SETTINGS, type HoldSettings } from '../gateway/holding/hold-settings.ts';
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from '../gateway/identity/identity-settings.ts';
import { DEFAULT_INTERLINK_LIMITS, type InterlinkLimits } from '../gateway/interlink/interlink-limits.ts';
import { DEFAULT_DOOR_SETTINGS, type DoorSettings } from '../gateway/lanes/door-settings.ts';
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from '../gateway/message/message-limits.ts';
import type { Lane } from '../gateway/request-plan.ts';
import { type ConfigReader, readConfig } from './config-reader.ts';
import { contradictions } from './gateway-contradictions.ts';
import { issuerMistakes } from './issuer-mistakes.ts';
import { readStoreConfig, type StoreConfig } from './store-config.ts';
import { DEFAULT_WORKERS_CONFIG, type WorkersConfig } from './workers-config.ts';

/** Files of a certificate, PEM; a gateway reads them again when they change, and on SIGHUP. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** What a request is held against; the bounds of a cell's answer are fixed. */
export type RequestLimits = Omit<MessageLimits, 'answerHeadBytes' | 'answerHeaderCount'>;

const { answerHeadBytes: _, answerHeaderCount: __, ...REQUEST_LIMITS } = DEFAULT_MESSAGE_LIMITS;

/** How often the store is asked for the table, and how often a gateway's record is written, ms. */
export const TABLE_FEED_DEFAULTS = Object.freeze({ pollMs: 750 });
export const ANNOUNCE_DEFAULTS = Object.freeze({ beatMs: 2_000 });
/** Defaults of `message`. */
export const REQUEST_LIMIT_DEFAULTS: RequestLimits = Object.freeze(REQUEST_LIMITS);

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Configuration of one gateway process; docs/configuration.md has every setting with its default. */
export interface GatewayConfig {
  readonly node: string;
  readonly realm: string;
  readonly dataCenter: string;
  /** Directory of its own, for the snapshots. */
  readonly directory: string;
  readonly store: StoreConfig;
  readonly door: ListenAddress &
    DoorSettings & {
      readonly tls: CertificateFiles | null;
      /** Who serves ordinary requests: sockets of our own, or node:http. */
      readonly lane: Lane;
      /** Connections begin with a PROXY header (v1 or v2): only behind a load balancer that sends it. */
      readonly proxyProtocol: boolean;
      /** Answers name unit, cell, data center, epoch and lane. */
      readonly debugHeaders: boolean;
      /** Traces that begin here are recorded by the cells' tracers. */
      readonly traceSampled: boolean;
      /** How others reach it, if not as it listens. */
      readonly advertise: string | null;
    };
  readonly admin: ListenAddress & { readonly token: string; readonly advertise: string | null };
  readonly interlink: ListenAddress &
    InterlinkLimits &
    CertificateFiles & { readonly ca: string; readonly advertise: string | null };
  readonly redis: { readonly url: string; readonly ca: string | null } | null;
  readonly identity: IdentitySettings;
  readonly cells: CellSettings;
  /** Bounds of a request's head. */
  readonly message: RequestLimits;
  readonly tableFeed: { readonly pollMs: number };
  readonly guard: GuardSettings;
  readonly hold: HoldSettings;
  readonly announce: { readonly beatMs: number };
  readonly accessLog: boolean;
  readonly workers: WorkersConfig;
}

/**
 * Reads a configuration; throws CONFIG_INVALID with all mistakes at once. `source` names it in the messages. `workers`: their number
 * by the command line, in place of `workers.count`.
 */
export function readGatewayConfig(value: unknown, source: string, workers?: number): GatewayConfig {
  return readConfig(value, source, (config) => readGateway(config, workers));
}

function readGateway(config: ConfigReader, workers?: number): GatewayConfig {
  const result: GatewayConfig = {
    node: config.name('node'),
    realm: config.name('realm'),
    dataCenter: config.name('dataCenter'),
    directory: config.text('directory'),
    store: config.group('store', readStoreConfig),
    door: config.group('door', readDoor),
    admin: config.group('admin', (admin) => ({
      ...readListen(admin),
      token: admin.text('token', { minLength: 16 }),
      advertise: admin.optionalText('advertise'),
    })),
    interlink: config.group('interlink', (interlink) => ({
      ...readListen(interlink),
      ...interlink.numbers(DEFAULT_INTERLINK_LIMITS),
      ca: interlink.text('ca'),
      cert: interlink.text('cert'),
      key: interlink.text('key'),
      advertise: interlink.optionalText('advertise'),
    })),
    redis: config.optionalGroup('redis', (redis) => ({ url: redis.text('url'), ca: redis.optionalText('ca') })),
    identity: config.optionalGroup('identity', readIdentity) ?? DEFAULT_IDENTITY_SETTINGS,
    cells:
      config.optionalGroup('cells', (cells) => cells.numbersAndFlags(DEFAULT_CELL_SETTINGS)) ?? DEFAULT_CELL_SETTINGS,
    message:
      config.optionalGroup('message', (group) => group.numbers(REQUEST_LIMIT_DEFAULTS)) ?? REQUEST_LIMIT_DEFAULTS,
    tableFeed: config.optionalGroup('tableFeed', (feed) => feed.numbers(TABLE_FEED_DEFAULTS)) ?? TABLE_FEED_DEFAULTS,
    guard: config.optionalGroup('guard', (group) => group.numbers(DEFAULT_GUARD_SETTINGS)) ?? DEFAULT_GUARD_SETTINGS,
    hold: config.optionalGroup('hold', (group) => group.numbers(DEFAULT_HOLD_SETTINGS)) ?? DEFAULT_HOLD_SETTINGS,
    announce: config.optionalGroup('announce', (group) => group.numbers(ANNOUNCE_DEFAULTS)) ?? ANNOUNCE_DEFAULTS,
    accessLog: config.flag('accessLog', true),
    workers: readWorkers(config, workers),
  };
  for (const mistake of [...contradictions(result), ...issuerMistakes(result.identity.jwtIssuers)])
    config.refuse(mistake);
  return result;
}

function readWorkers(config: ConfigReader, count?: number): WorkersConfig {
  const read = config.optionalGroup('workers', (group) => group.numbers(DEFAULT_WORKERS_CONFIG));
  return { ...(read ?? DEFAULT_WORKERS_CONFIG), ...(count !== undefined && { count }) };
}

function readListen(group: ConfigReader): ListenAddress {
  return { host: group.optionalText('host') ?? '127.0.0.1', port: group.port('port') };
}

function readDoor(door: ConfigReader): GatewayConfig['door'] {
  return {
    ...readListen(door),
    ...door.numbers(DEFAULT_DOOR_SETTINGS),
    tls: door.optionalGroup('tls', (tls) => ({ cert: tls.text('cert'), key: tls.text('key') })),
    lane: readLane(door),
    proxyProtocol: door.flag('proxyProtocol', false),
    debugHeaders: door.flag('debugHeaders', false),
    traceSampled: door.flag('traceSampled', false),
    advertise: door.optionalText('advertise'),
  };
}

function readLane(door: ConfigReader): Lane {
  const lane = door.optionalText('lane') ?? 'fast';
  if (lane !== 'fast' && lane !== 'general')
    door.refuse(`door.lane: is ${JSON.stringify(lane)}, must be fast or general`);
  return lane === 'general' ? 'general' : 'fast';
}

function readIdentity(identity: ConfigReader): IdentitySettings {
  const group = <T extends object>(name: string, defaults: T): T =>
    identity.optionalGroup(name, (reader) => reader.numbers(defaults)) ?? defaults;
  return {
    jwtIssuers: identity.any('jwtIssuers', {}) as IdentitySettings['jwtIssuers'],
    token: group('token', DEFAULT_IDENTITY_SETTINGS.token),
    keys: group('keys', DEFAULT_IDENTITY_SETTINGS.keys),
    session: group('session', DEFAULT_IDENTITY_SETTINGS.session),
  };
}
