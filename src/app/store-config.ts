import { readFileSync } from 'node:fs';
import type { CoordStore } from '../store/coord-store.ts';
import { openStore } from '../store/open-store.ts';
import type { StoreObserver } from '../store/store-event.ts';
import { type StoreSettings, storeSettings } from '../store/store-settings.ts';
import type { ConfigReader } from './config-reader.ts';
import { SYSTEM_CLOCK } from './system-clock.ts';
import { SYSTEM_RANDOM } from './system-random.ts';

/** How a process reaches the coordination store; files are PEM. */
export interface StoreConfig {
  readonly url: string;
  readonly user: string | null;
  /** File with the password on its first line; better than the password itself in a configuration. */
  readonly passwordFile: string | null;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Bounds; in a configuration they stand beside `url`: `store.readMs`. */
  readonly settings: StoreSettings;
}

export function readStoreConfig(group: ConfigReader): StoreConfig {
  return {
    url: group.text('url'),
    user: group.optionalText('user'),
    passwordFile: group.optionalText('passwordFile'),
    ca: group.optionalText('ca'),
    cert: group.optionalText('cert'),
    key: group.optionalText('key'),
    settings: readSettings(group),
  };
}

function readSettings(group: ConfigReader): StoreSettings {
  const settings = group.numbers(storeSettings());
  const { backoffMinMs, backoffMaxMs } = settings;
  if (backoffMinMs > backoffMaxMs) {
    group.refuse(`store.backoffMinMs: is ${backoffMinMs}, must be at most ${backoffMaxMs} (store.backoffMaxMs)`);
  }
  return settings;
}

/** Opens the store of a configuration. Throws STORE_OPTIONS, or the file system's error for a file that cannot be read. */
export function openConfiguredStore(config: StoreConfig, realm: string, observe: StoreObserver): CoordStore {
  const { url, user, passwordFile, settings } = config;
  const password = passwordFile === null ? '' : (readFileSync(passwordFile, 'utf8').split('\n')[0] ?? '');
  const tls = readTls(config);
  return openStore({
    url,
    realm,
    settings,
    ...(user !== null && { credentials: { user, password } }),
    ...(tls !== null && { tls }),
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    observe,
  });
}

function readTls({ ca, cert, key }: StoreConfig): { ca?: string; cert?: string; key?: string } | null {
  if (ca === null && cert === null && key === null) return null;
  const read = (name: string, file: string | null): Record<string, string> =>
    file === null ? {} : { [name]: readFileSync(file, 'utf8') };
  return { ...read('ca', ca), ...read('cert', cert), ...read('key', key) };
}
