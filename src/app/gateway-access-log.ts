import { pino } from 'pino';
import { AccessLog } from '../gateway/access-log.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** The access log of a gateway on standard output, between the lines of its log and in their form. */
export function gatewayAccessLog({ node, dataCenter }: Pick<GatewayConfig, 'node' | 'dataCenter'>): AccessLog {
  const output = pino.destination({ dest: 1, sync: true });
  const base = { program: 'gateway', node, ownDataCenter: dataCenter };
  return new AccessLog({ clock, base, write: (lines) => void output.write(lines) });
}
