import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CodedError } from '../../errors.ts';
import { MOST_WORKERS } from '../workers-config.ts';

export const FLEET_USAGE = `ldc fleet: a whole realm on this machine: gateways, cells and control, each a process of its own

  --dir DIR          where everything is kept (default .ldc)
  --rules FILE       ruleset to apply (default: what runs in DIR, else the reference of three cities)
  --store URL        embedded (default: a file in DIR), etcd://h1:2379,h2:2379 or etcds://...
  --store-user NAME  etcd's user; its password is read from --store-password-file
  --store-password-file FILE
  --store-ca FILE, --store-cert FILE, --store-key FILE   TLS towards etcd
  --redis URL        session store, redis://host:port (default: none)
  --base-port N      first port (default 8100); see the table that is printed
  --gateways N       gateways per data center (default 1)
  --workers N        processes of each gateway that serve connections (default 0: the gateway does everything itself)
  --instances N      instances per cell (default 1)
  --guard-horizon MS how long guards admit writes without news from the store, 100 to 5000 (default 3000): shorter makes
                     emergencies shorter, and pauses of a store or of this machine end writes sooner
  --acknowledge COPIES
                     what writes of the ledger wait for: local, same-city (default) or remote (docs/reference-unit.md)
  --tls              doors speak HTTPS with a certificate of the fleet's own authority
  --help             this text

Ctrl-C ends all. Secrets and certificates are made in DIR at the first start.`;

/** Copies that must have an entry before the ledger acknowledges it (docs/reference-unit.md). */
const ACKNOWLEDGE = ['local', 'same-city', 'remote'] as const;

export interface FleetOptions {
  readonly directory: string;
  /** Null: what runs in the directory, else the reference. */
  readonly rules: string | null;
  readonly store: string | null;
  readonly storeUser: string | null;
  readonly storePasswordFile: string | null;
  readonly storeCa: string | null;
  readonly storeCert: string | null;
  readonly storeKey: string | null;
  readonly redis: string | null;
  readonly basePort: number;
  readonly gateways: number;
  readonly workers: number;
  readonly instances: number;
  /** L, milliseconds (docs/ownership-protocol.md). */
  readonly guardHorizonMs: number;
  readonly acknowledge: (typeof ACKNOWLEDGE)[number];
  readonly hasTls: boolean;
}

export const REFERENCE_RULES = fileURLToPath(new URL('../../../rules/three-cities.yaml', import.meta.url));

/** Null: `--help` was asked for. Throws CLI_USAGE with what is wrong. */
export function readFleetOptions(args: readonly string[]): FleetOptions | null {
  const values = parse(args);
  if (values.help === true) return null;
  const file = (name: keyof typeof values): string | null => {
    const path = values[name];
    if (typeof path !== 'string') return null;
    if (!existsSync(path)) throw new CodedError('CLI_USAGE', `--${name} ${path}: there is no such file`);
    return resolve(path);
  };
  const store = values.store ?? null;
  return {
    directory: resolve(values.dir ?? '.ldc'),
    rules: file('rules'),
    store: store === 'embedded' ? null : store,
    storeUser: values['store-user'] ?? null,
    storePasswordFile: file('store-password-file'),
    storeCa: file('store-ca'),
    storeCert: file('store-cert'),
    storeKey: file('store-key'),
    redis: values.redis ?? null,
    basePort: wholeNumber('base-port', values['base-port'] ?? '8100', 1, 65_000),
    gateways: wholeNumber('gateways', values.gateways ?? '1', 1, 9),
    workers: wholeNumber('workers', values.workers ?? '0', 0, MOST_WORKERS),
    instances: wholeNumber('instances', values.instances ?? '1', 1, 9),
    guardHorizonMs: wholeNumber('guard-horizon', values['guard-horizon'] ?? '3000', 100, 5_000),
    acknowledge: oneOf('acknowledge', values.acknowledge ?? 'same-city', ACKNOWLEDGE),
    hasTls: values.tls === true,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        dir: text,
        rules: text,
        store: text,
        'store-user': text,
        'store-password-file': text,
        'store-ca': text,
        'store-cert': text,
        'store-key': text,
        redis: text,
        'base-port': text,
        gateways: text,
        workers: text,
        instances: text,
        'guard-horizon': text,
        acknowledge: text,
        tls: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new CodedError('CLI_USAGE', `${(error as Error).message}; see ldc fleet --help`, { cause: error });
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new CodedError(
    'CLI_USAGE',
    `--${name} is ${JSON.stringify(text)}, must be a whole number from ${min} to ${max}`,
  );
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  throw new CodedError('CLI_USAGE', `--${name} is ${JSON.stringify(text)}, must be ${allowed.join(', ')}`);
}
