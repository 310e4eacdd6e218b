import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/app/certificate-authority.ts';
import { fleetSecrets, nodeCertificate } from '../../src/app/fleet/fleet-secrets.ts';
import { ldcCommand, BENCH_REALM as REALM, startControl, storeIn } from './bench-control.ts';
import type { Peer, PeerPlace, RunningPeer } from './peer.ts';
import { PinnedProcess } from './pinned-process.ts';
import { writeFromTemplate } from './template.ts';

/** The control process has nothing to do while requests run; it shares the core of the load. */
const OTHER_CORE = 1;

/** Our gateway: a control process, and a gateway in each of two data centers. */
export const gatewayPeer: Peer = {
  name: 'ldc-gateway',
  takes: () => true,
  start: (place) => startGateways(place, ''),
};

/** The same for programs that can send a cookie but no header of their choice: `user` in a cookie counts, too. */
export const startWithCookies = (place: PeerPlace): Promise<RunningPeer> =>
  startGateways(place, '\n      - cookie: user');

async function startGateways(place: PeerPlace, moreIdentity: string): Promise<RunningPeer> {
  const directory = join(place.directory, 'gateway');
  mkdirSync(directory, { recursive: true });
  const control = await startControl(directory, OTHER_CORE);
  const rules = writeFromTemplate('rules.yaml', join(directory, 'rules.yaml'), {
    ...place.cells,
    MORE_IDENTITY: moreIdentity,
  });
  await control.applyRules(rules);
  const nowMs = Date.now();
  const authority = createCertificateAuthority('bench', nowMs - 60_000, nowMs + 86_400_000);
  writeFileSync(join(directory, 'ca.pem'), authority.caPem);
  const start = (dataCenter: string) => {
    const files = nodeCertificate(
      authority,
      join(directory, dataCenter),
      { realm: REALM, dataCenter, node: `gateway-${dataCenter}` },
      nowMs,
    );
    return startGateway(place, directory, dataCenter, files);
  };
  const near = await start('dc-a');
  const far = await start('dc-b');
  const all = [near.process, far.process, control.process];
  const processes: RunningPeer['processes'] = place.kind.isTwoHops
    ? { sending: near.process, receiving: far.process }
    : { door: near.process };
  return {
    port: near.port,
    processes,
    end: async () => void (await Promise.all(all.map((process) => process.end()))),
  };
}

async function startGateway(
  { kind, core, certificate }: PeerPlace,
  directory: string,
  dataCenter: string,
  files: { readonly cert: string; readonly key: string },
) {
  const { registrationToken } = fleetSecrets(directory);
  const node = `gateway-${dataCenter}`;
  const door = { port: 0, ...(kind.isTls && { tls: { cert: certificate.cert, key: certificate.key } }) };
  const config = join(directory, `${node}.json`);
  const text = {
    ...{ node, realm: REALM, dataCenter, directory: join(directory, dataCenter), store: storeIn(directory), door },
    admin: { port: 0, token: registrationToken },
    interlink: { port: 0, ca: join(directory, 'ca.pem'), ...files },
    cells: { slowStartMs: 1 },
    accessLog: kind.isLogged,
  };
  writeFileSync(config, JSON.stringify(text));
  const options = { directory, core, name: node, tellsReady: true };
  const process = new PinnedProcess(ldcCommand('gateway', config), options);
  const ports = await process.ready();
  return { process, port: ports.door ?? 0 };
}
