import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCertificateAuthority } from '../../src/app/certificate-authority.ts';
import { FleetControl } from '../../src/app/fleet/fleet-rules.ts';
import { fleetSecrets, nodeCertificate, tokenFile, writeSecret } from '../../src/app/fleet/fleet-secrets.ts';
import type { Peer, PeerPlace, RunningPeer } from './peer.ts';
import { PinnedProcess } from './pinned-process.ts';
import { writeFromTemplate } from './template.ts';

const LDC = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
const REALM = 'bench';
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
  const secrets = fleetSecrets(directory);
  const control = await startControl(directory);
  const rules = writeFromTemplate('rules.yaml', join(directory, 'rules.yaml'), {
    ...place.cells,
    MORE_IDENTITY: moreIdentity,
  });
  await new FleetControl(control.url, secrets.operatorToken).ensureRules(rules, join(directory, 'applied.yaml'));
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

async function startControl(directory: string) {
  const secrets = fleetSecrets(directory);
  const tokens = join(directory, 'tokens.json');
  writeSecret(tokens, tokenFile(secrets));
  const config = join(directory, 'control.json');
  const text = { node: 'control-1', realm: REALM, store: store(directory), listen: { port: 0 }, tokens, gates: {} };
  writeFileSync(config, JSON.stringify(text));
  const process = ldc('control', config, { directory, core: OTHER_CORE, name: 'control' });
  const ports = await process.ready();
  return { process, url: `http://127.0.0.1:${Object.values(ports)[0]}` };
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
    ...{ node, realm: REALM, dataCenter, directory: join(directory, dataCenter), store: store(directory), door },
    admin: { port: 0, token: registrationToken },
    interlink: { port: 0, ca: join(directory, 'ca.pem'), ...files },
    cells: { slowStartMs: 1 },
    accessLog: kind.isLogged,
  };
  writeFileSync(config, JSON.stringify(text));
  const process = ldc('gateway', config, { directory, core, name: node });
  const ports = await process.ready();
  return { process, port: ports.door ?? 0 };
}

const store = (directory: string): object => ({ url: `embedded:${join(directory, 'store.db')}` });

function ldc(
  program: string,
  config: string,
  options: { readonly directory: string; readonly core: number; readonly name: string },
) {
  return new PinnedProcess([process.execPath, LDC, program, '--config', config], { ...options, tellsReady: true });
}
