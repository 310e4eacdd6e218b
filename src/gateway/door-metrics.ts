import { Counter, Gauge, type Registry } from 'prom-client';
import type { DoorObserver } from './lanes/door-observer.ts';

/** What a door counts of its connections. */
export function doorMetrics(registry: Registry): DoorObserver {
  const registers = [registry];
  let open = 0;
  new Gauge({
    name: 'ldc_gateway_door_connections',
    help: 'Open connections of clients',
    registers,
    collect() {
      this.set(open);
    },
  });
  const refused = new Counter({
    name: 'ldc_gateway_door_refused_connections_total',
    help: 'Connections closed at once because there were too many',
    labelNames: ['why'],
    registers,
  });
  return {
    opened: () => void open++,
    closed: () => void open--,
    refused: (why) => refused.inc({ why }),
  };
}
