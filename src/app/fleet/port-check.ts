import { createServer } from 'node:net';
import { CodedError } from '../../errors.ts';
import type { FleetLayout } from './fleet-layout.ts';

/**
 * Tries every port of the fleet before anything is started. Throws CLI_USAGE with all that are taken and by what they would
 * be used. Somebody may still be faster later; the process that then cannot start says so itself.
 */
export async function checkPorts(layout: FleetLayout): Promise<void> {
  const problems = await Promise.all(
    usesOf(layout).map(async ([port, use]) => {
      const reason = await problemOf(port);
      return reason === null
        ? []
        : [reason === 'EADDRINUSE' ? `${port} (${use}) is taken` : `${port} (${use}): ${reason}`];
    }),
  );
  const taken = problems.flat();
  if (taken.length === 0) return;
  throw new CodedError('CLI_USAGE', `port ${taken.join(', port ')}; give another --base-port`);
}

function usesOf({ controlPort, gateways, cells }: FleetLayout): readonly (readonly [number, string])[] {
  return [
    [controlPort, 'control API'],
    ...gateways.flatMap(({ node, door, admin, interlink }): [number, string][] => [
      [door, `door of ${node}`],
      [admin, `admin port of ${node}`],
      [interlink, `interlink of ${node}`],
    ]),
    ...cells.flatMap(({ dataCenter, port, instancePorts }): [number, string][] => [
      [port, `cells of ${dataCenter}`],
      ...Object.entries(instancePorts).flatMap(([cell, ports]) =>
        ports.map((one): [number, string] => [one, `instance of ${cell}`]),
      ),
    ]),
  ];
}

/** The code of the error that listening gives; null: the port can be had. */
function problemOf(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}
