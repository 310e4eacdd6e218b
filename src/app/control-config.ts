import { FAILURE_BOUND_DEFAULTS, type FailureBoundSettings } from '../control/auth/failure-bound.ts';
import { CONTROL_API_DEFAULTS, type ControlApiSettings } from '../control/control-api.ts';
import { SAFETY_DEFAULTS, type SafetyLimits } from '../control/operations/draw-plan.ts';
import type { Acknowledges } from '../control/operations/gate-calls.ts';
import { OPERATION_DEFAULTS, type OperationSettings } from '../control/operations/operation-settings.ts';
import { freezeWindowMs } from '../core/operation/operation-deadlines.ts';
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
  /** By data center. */
  readonly gates: Readonly<Record<string, GateConfig>>;
  /** PEM of the authorities that the gates' certificates are checked with; null: the system's. */
  readonly gateCa: string | null;
  readonly operations: OperationSettings;
  readonly safety: SafetyLimits;
  readonly api: Omit<ControlApiSettings, 'failures'> & { readonly failures: FailureBoundSettings };
}

/** Where the data gate of one data center answers. */
export interface GateConfig {
  readonly url: string;
  readonly token: string;
  readonly acknowledges: Acknowledges;
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
    gates: config.named('gates', readGate),
    gateCa: config.optionalText('gateCa'),
    operations: config.optionalGroup('operations', readOperations) ?? OPERATION_DEFAULTS,
    safety: config.optionalGroup('safety', (safety) => safety.numbers(SAFETY_DEFAULTS)) ?? SAFETY_DEFAULTS,
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

const ACKNOWLEDGES: readonly Acknowledges[] = ['local', 'same-city', 'remote'];

function readGate(gate: ConfigReader): GateConfig {
  const url = gate.text('url');
  if (!/^https?:\/\/[^/\s]+/.test(url))
    gate.refuse(`gates: url ${JSON.stringify(url)} must begin with http:// or https://`);
  const said = gate.optionalText('acknowledges') ?? 'local';
  const acknowledges = ACKNOWLEDGES.find((each) => each === said);
  if (acknowledges === undefined)
    gate.refuse(`gates: acknowledges is ${JSON.stringify(said)}, must be one of ${ACKNOWLEDGES.join(', ')}`);
  return { url, token: gate.text('token', { minLength: 16 }), acknowledges: acknowledges ?? 'local' };
}

function readOperations(operations: ConfigReader): OperationSettings {
  const settings = operations.numbers(OPERATION_DEFAULTS);
  const windowMs = freezeWindowMs(settings.horizonMs);
  if (settings.freezeCapMs <= windowMs) {
    operations.refuse(
      `operations.freezeCapMs: is ${settings.freezeCapMs}, must be above W, ${windowMs} ms, which follows from operations.horizonMs`,
    );
  }
  return settings;
}
