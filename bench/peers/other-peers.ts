import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import type { Peer, PeerPlace, RunningPeer } from './peer.ts';
import { PinnedProcess } from './pinned-process.ts';
import { writeFromTemplate } from './template.ts';

const FASTIFY_PROGRAM = fileURLToPath(new URL('./fastify-door.ts', import.meta.url));

/** nginx; over two hops a second nginx is the door of the other data center, mutual TLS between them. */
export const nginxPeer: Peer = {
  name: 'nginx',
  takes: () => true,
  async start(place) {
    const far = place.kind.isTwoHops ? await startNginx(place, 'nginx-far', null) : null;
    const near = await startNginx(place, 'nginx', far?.port ?? null);
    if (far === null) return near;
    return {
      port: near.port,
      processes: { sending: near.process, receiving: far.process },
      end: async () => void (await Promise.all([near.end(), far.end()])),
    };
  },
};

async function startNginx(place: PeerPlace, name: string, far: number | null) {
  const { kind, cells, certificate, core } = place;
  const directory = join(place.directory, name);
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const isFar = name === 'nginx-far';
  const { cert, key, ca } = certificate;
  const own = `ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_session_cache shared:s:1m;`;
  const asClient = `proxy_ssl_certificate ${cert}; proxy_ssl_certificate_key ${key}; proxy_ssl_trusted_certificate ${ca}; proxy_ssl_verify on; proxy_ssl_name localhost;`;
  const file = writeFromTemplate('nginx.conf', join(directory, 'nginx.conf'), {
    ...cells,
    RZ03: `127.0.0.1:${far ?? cells.RZ03}`,
    DIR: directory,
    PORT: port,
    LOG: kind.isLogged ? `access_log ${directory}/access.log door buffer=64k flush=1s;` : 'access_log off;',
    REQUEST_ID: kind.isLogged ? NGINX_REQUEST_ID : '',
    TLS: kind.isTls || isFar ? 'ssl' : '',
    CERTIFICATE: isFar ? `${own} ssl_client_certificate ${ca}; ssl_verify_client on;` : kind.isTls ? own : '',
    SCHEME: far === null ? 'http' : 'https',
    PROXY_TLS: far === null ? '' : asClient,
  });
  const process = new PinnedProcess(['nginx', '-p', directory, '-c', file], { name, directory, core });
  return { port, process, processes: { door: process }, end: () => process.end() };
}

const NGINX_REQUEST_ID = [
  'proxy_set_header X-Request-Id $request_id;',
  'proxy_set_header ldc-request-id $request_id;',
  'proxy_set_header traceparent "00-$request_id-0000000000000001-00";',
].join(' ');

export const haproxyPeer: Peer = {
  name: 'HAProxy',
  takes: ({ isTwoHops }) => !isTwoHops,
  async start(place) {
    const { kind, cells, certificate, core, directory } = place;
    const port = await freePort();
    const pem = join(directory, 'haproxy.pem');
    writeFileSync(pem, readFileSync(certificate.cert, 'utf8'));
    appendFileSync(pem, readFileSync(certificate.key, 'utf8'));
    const file = writeFromTemplate('haproxy.cfg', join(directory, 'haproxy.cfg'), {
      ...cells,
      PORT: port,
      TLS: kind.isTls ? `ssl crt ${pem}` : '',
      LOG: kind.isLogged ? `log 127.0.0.1:${await freePort()} local0` : '',
      LOG_FORMAT: kind.isLogged ? 'log global\n  option httplog\n  option dontlognull' : '',
      REQUEST_ID: kind.isLogged ? HAPROXY_REQUEST_ID : '',
    });
    return oneProcess('haproxy', ['haproxy', '-db', '-f', file], port, { directory, core });
  },
};

const HAPROXY_REQUEST_ID = [
  'unique-id-format %[uuid()]',
  'unique-id-header X-Request-Id',
  'http-request set-header ldc-request-id %[unique-id]',
  'http-request set-header traceparent 00-%[unique-id]-0000000000000001-00',
].join('\n  ');

export const caddyPeer: Peer = {
  name: 'Caddy',
  takes: ({ isTwoHops }) => !isTwoHops,
  async start(place) {
    const { kind, cells, certificate, core, directory } = place;
    const port = await freePort();
    const file = writeFromTemplate('Caddyfile', join(directory, 'Caddyfile'), {
      ...cells,
      SITE: kind.isTls ? `https://localhost:${port}` : `http://:${port}`,
      TLS: kind.isTls ? `tls ${certificate.cert} ${certificate.key}` : '',
      LOG: kind.isLogged ? `log {\n\t\toutput file ${directory}/caddy-access.log\n\t}` : '',
      REQUEST_ID: kind.isLogged ? CADDY_REQUEST_ID : '',
    });
    const environment = { GOMAXPROCS: '1', HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
    return oneProcess('caddy', ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'], port, {
      directory,
      core,
      environment,
    });
  },
};

const CADDY_REQUEST_ID = [
  'header_up X-Request-Id {http.request.uuid}',
  'header_up ldc-request-id {http.request.uuid}',
  'header_up traceparent "00-{http.request.uuid}-0000000000000001-00"',
].join('\n\t\t');

/** What one would write with the usual framework: @fastify/http-proxy, undici's pool, pino's buffered log. */
export const fastifyPeer: Peer = {
  name: '@fastify/http-proxy',
  takes: ({ isTwoHops }) => !isTwoHops,
  async start({ kind, cells, certificate, core, directory }) {
    const port = await freePort();
    const plan = JSON.stringify({ ...kind, cells, certificate, port, log: join(directory, 'fastify-access.log') });
    return oneProcess('fastify', [process.execPath, FASTIFY_PROGRAM, plan], port, { directory, core });
  },
};

async function oneProcess(
  name: string,
  command: readonly string[],
  port: number,
  options: {
    readonly directory: string;
    readonly core: number;
    readonly environment?: Readonly<Record<string, string>>;
  },
): Promise<RunningPeer> {
  const door = new PinnedProcess(command, { name, ...options });
  return { port, processes: { door }, end: () => door.end() };
}
