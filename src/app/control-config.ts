import { FAILURE_BOUND_DEFAULTS, type FailureBoundSettings } from '../control/auth/failure-bound.ts';
import { CONTROL_API_DEFAULTS, type ControlApiSettings } from '../control/control-api.ts';
import { type ConfigReader, readConfig } from './config-reader.ts';
import type { CertificateFiles, ListenAddress } from './gateway-config.ts';
import { readStoreConfig, type StoreConfig } from './store-config.ts';

/** Configuration of one control process; docs/configuration.md has every setting with its default. */
export interface ControlConfig {
  readonly node: string;
  readonly realm: string;
  readonly store: StoreConfig;
  readonly listen: ListenAddress;
  readonly tls: CertificateFiles | null;
  /** File of the tokens' hashes. */
  readonly tokens: string;
  readonly api: Omit<ControlApiSettings, 'failures'> & { readonly failures: FailureBoundSettings };
}

/** Reads a configuration; throws CONFIG_INVALID with all mistakes at once. */
export function readControlConfig(value: unknown, source: string): ControlConfig {
  return readConfig(value, source, (config) => ({
    node: config.name('node'),
    realm: config.name('realm'),
    store: config.group('store', readStoreConfig),
    listen: config.group('listen', (listen) => ({
      host: listen.optionalText('host') ?? '127.0.0.1',
      port: listen.port('port'),
    })),
    tls: config.optionalGroup('tls', (tls) => ({ cert: tls.text('cert'), key: tls.text('key') })),
    tokens: config.text('tokens'),
    api: config.optionalGroup('api', readApi) ?? { ...CONTROL_API_DEFAULTS, failures: FAILURE_BOUND_DEFAULTS },
  }));
}

function readApi(api: ConfigReader): ControlConfig['api'] {
  const { failures: _, ...defaults } = CONTROL_API_DEFAULTS;
  return {
    ...api.numbers(defaults),
    failures: api.optionalGroup('failures', (group) => group.numbers(FAILURE_BOUND_DEFAULTS)) ?? FAILURE_BOUND_DEFAULTS,
  };
}
