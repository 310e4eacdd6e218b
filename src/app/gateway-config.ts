import { type CellSettings, DEFAULT_CELL_SETTINGS } from '../gateway/cells/cell-settings.ts';
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from '../gateway/identity/identity-settings.ts';
import { DEFAULT_INTERLINK_LIMITS, type InterlinkLimits } from '../gateway/interlink/interlink-limits.ts';
import { DEFAULT_DOOR_SETTINGS, type DoorSettings } from '../gateway/lanes/door-settings.ts';
import { type ConfigReader, readConfig } from './config-reader.ts';
import { readStoreConfig, type StoreConfig } from './store-config.ts';

/** Files of a certificate, PEM; read again when they change. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

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
  readonly tableFeed: { readonly pollMs: number };
  readonly announce: { readonly beatMs: number };
  readonly accessLog: boolean;
}

/** Reads a configuration; throws CONFIG_INVALID with all mistakes at once. `source` names it in the messages. */
export function readGatewayConfig(value: unknown, source: string): GatewayConfig {
  return readConfig(value, source, (config) => ({
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
    tableFeed: config.optionalGroup('tableFeed', (feed) => feed.numbers({ pollMs: 750 })) ?? { pollMs: 750 },
    announce: config.optionalGroup('announce', (announce) => announce.numbers({ beatMs: 2000 })) ?? { beatMs: 2000 },
    accessLog: config.flag('accessLog', true),
  }));
}

function readListen(group: ConfigReader): ListenAddress {
  return { host: group.optionalText('host') ?? '127.0.0.1', port: group.port('port') };
}

function readDoor(door: ConfigReader): GatewayConfig['door'] {
  return {
    ...readListen(door),
    ...door.numbers(DEFAULT_DOOR_SETTINGS),
    tls: door.optionalGroup('tls', (tls) => ({ cert: tls.text('cert'), key: tls.text('key') })),
    proxyProtocol: door.flag('proxyProtocol', false),
    debugHeaders: door.flag('debugHeaders', false),
    traceSampled: door.flag('traceSampled', false),
    advertise: door.optionalText('advertise'),
  };
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
