import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CodedError } from '../../src/errors.ts';
import type { MemberPlace } from './live-layout.ts';

/** Throws CLI_USAGE with the package that has it if there is no etcd on this machine. Adapter: looks at files. */
export function checkEtcd(path: string = process.env.PATH ?? ''): void {
  if (path.split(delimiter).some((folder) => existsSync(join(folder, 'etcd')))) return;
  throw new CodedError(
    'CLI_USAGE',
    'this scenario kills, pauses or cuts the store, so it needs etcd 3.4 or newer on the PATH; on Debian or Ubuntu: apt-get install etcd-server',
  );
}

/**
 * The arguments of one member. Members reach each other through `peers` (`host:port` by name, the drill's relays), so that a data
 * center that is cut off is cut off from the store's other members, too.
 */
export function etcdArguments(
  place: MemberPlace,
  directory: string,
  peers: ReadonlyMap<string, string>,
  endpoint: string,
): string[] {
  const cluster = [...peers].map(([name, peer]) => `${name}=http://${peer}`).join(',');
  return [
    `--name=${place.name}`,
    `--data-dir=${directory}`,
    `--listen-client-urls=http://127.0.0.1:${place.client}`,
    `--advertise-client-urls=http://${endpoint}`,
    `--listen-peer-urls=http://127.0.0.1:${place.peer}`,
    `--initial-advertise-peer-urls=http://${peers.get(place.name)}`,
    `--initial-cluster=${cluster}`,
    `--listen-metrics-urls=http://127.0.0.1:${place.health}`,
    '--log-level=error',
    '--logger=zap',
  ];
}

/** Whether the member answers a linearizable read: it is up and there is a leader. */
export async function isHealthy({ health }: MemberPlace): Promise<boolean> {
  const answer = await textOf(`http://127.0.0.1:${health}/health`);
  return answer !== null && /"health":\s*"?true/.test(answer);
}

/** Name of the member that leads, by its own metrics; null: none says so. */
export async function leaderOf(members: readonly MemberPlace[]): Promise<string | null> {
  const metrics = await Promise.all(members.map(({ health }) => textOf(`http://127.0.0.1:${health}/metrics`)));
  const index = metrics.findIndex((text) => text !== null && /^etcd_server_is_leader 1$/m.test(text));
  return members[index]?.name ?? null;
}

async function textOf(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return await response.text();
  } catch {
    return null;
  }
}
