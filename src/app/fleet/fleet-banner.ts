import type { TopologyDocument } from '../../core/topology-document.ts';
import type { FleetLayout } from './fleet-layout.ts';
import type { FleetOptions } from './fleet-options.ts';

/** What the person in front of the terminal sees when everything is ready. */
export function fleetBanner(
  document: TopologyDocument,
  layout: FleetLayout,
  options: FleetOptions,
  seconds: number,
): string {
  const scheme = options.hasTls ? 'https' : 'http';
  const cityOf = new Map(document.cities.flatMap((city) => city.dataCenters.map((id) => [id, city.id] as const)));
  const rows = layout.gateways.map(({ dataCenter, door, admin, interlink }) => [
    dataCenter,
    cityOf.get(dataCenter) ?? '',
    `${scheme}://127.0.0.1:${door}`,
    `http://127.0.0.1:${admin}`,
    `127.0.0.1:${interlink}`,
  ]);
  const table = tableLines([['data center', 'city', 'door', 'admin', 'interlink'], ...rows]);
  const door = layout.gateways[0]?.door ?? 0;
  const curl = options.hasTls ? `curl --cacert ${options.directory}/ca.pem` : 'curl';
  const dir = options.directory === `${process.cwd()}/.ldc` ? '' : ` --dir ${options.directory}`;
  return [
    '',
    `realm ${document.realm} is ready after ${seconds.toFixed(1)} s: ${rows.length} gateways, ${document.units.length} units`,
    '',
    ...table,
    '',
    `control API  http://127.0.0.1:${layout.controlPort}   (operators: npx ldc status${dir})`,
    '',
    `try:  ${curl} -H 'x-user-id: 10000007' ${scheme}://127.0.0.1:${door}/whoami`,
    '',
    'Ctrl-C ends all.',
  ].join('\n');
}

function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
