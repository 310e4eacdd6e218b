import { readFileSync } from 'node:fs';
import type { GateCalls } from '../control/operations/gate-calls.ts';
import { GateClient } from '../gate/gate-client.ts';
import { openGateHttp } from '../gate/gate-http.ts';
import type { ControlConfig } from './control-config.ts';

/** The configured data gates over HTTP; `close` ends their connections. */
export function openGates({ gates, gateCa, operations }: Pick<ControlConfig, 'gates' | 'gateCa' | 'operations'>): {
  readonly calls: GateCalls;
  close(): Promise<void>;
} {
  const { send, close } = openGateHttp(gateCa === null ? null : readFileSync(gateCa, 'utf8'));
  const clients = new Map(
    Object.entries(gates).map(([dataCenter, { url, token }]) => {
      return [dataCenter, new GateClient(url, { send, token, timeoutMs: operations.gateMs })];
    }),
  );
  const calls: GateCalls = {
    gateOf: (dataCenter) => clients.get(dataCenter) ?? null,
    acknowledges: (dataCenter) => gates[dataCenter]?.acknowledges ?? 'local',
  };
  return { calls, close };
}
