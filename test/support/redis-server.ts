import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

export interface RedisServerOptions {
  readonly password?: string;
  /** Paths of PEM files; the server then speaks TLS only, on its port. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** More arguments of redis-server: `--replicaof`, `127.0.0.1 1`. */
  readonly extra?: readonly string[];
}

/** A real redis-server with its own directory, port and socket, nothing written to disk. */
export class RedisServer {
  readonly port: number;
  readonly socketPath: string;
  readonly #directory: string;
  readonly #options: RedisServerOptions;
  #child: ChildProcess | null = null;

  private constructor(port: number, directory: string, options: RedisServerOptions) {
    this.port = port;
    this.socketPath = join(directory, 'redis.sock');
    this.#directory = directory;
    this.#options = options;
  }

  /** Starts one on a free port and waits until it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const directory = await mkdtemp(join(tmpdir(), 'ldc-redis-'));
      const server = new RedisServer(await freePort(), directory, options);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody may have taken the port since it was looked at.
        if (attempt === 5) throw error;
      }
    }
  }

  /** For the clients; `unixUrl` reaches the same server without a port. */
  get url(): string {
    const credentials = this.#options.password === undefined ? '' : `:${this.#options.password}@`;
    return `${this.#options.tls === undefined ? 'redis' : 'rediss'}://${credentials}127.0.0.1:${this.port}`;
  }

  get unixUrl(): string {
    return `unix://${this.socketPath}`;
  }

  /** Starts it again after `kill`, on the same port, empty; waits until it answers. */
  async restart(): Promise<void> {
    const { password, tls, extra = [] } = this.#options;
    const ports = tls === undefined ? ['--port', `${this.port}`] : ['--port', '0', '--tls-port', `${this.port}`];
    const secret = password === undefined ? [] : ['--requirepass', password];
    const certificates =
      tls === undefined ? [] : ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-auth-clients', 'no'];
    const place = ['--bind', '127.0.0.1', '--unixsocket', this.socketPath, '--dir', this.#directory];
    const memory = ['--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', [...ports, ...place, ...memory, ...secret, ...certificates, ...extra], {
      stdio: 'ignore',
    });
    this.#child = child;
    const killWithTest = () => void child.kill('SIGKILL');
    process.once('exit', killWithTest);
    let ended: string | null = null;
    child.once('exit', (code, signal) => {
      ended = `redis-server ended with ${code ?? signal}`;
      process.off('exit', killWithTest);
    });
    child.once('error', (error) => {
      ended = error.message;
    });
    await eventually(`redis-server on port ${this.port} answers`, async () => {
      if (ended !== null) return { ended };
      return (await this.command('PING')) !== '';
    });
    if (ended !== null) throw new Error(ended);
  }

  /** Sends one command over the unix socket and returns the raw reply (RESP2). */
  async command(...parts: readonly string[]): Promise<string> {
    const socket = connect(this.socketPath);
    socket.setTimeout(5000, () => socket.destroy(new Error('redis-server does not answer')));
    const all = this.#options.password === undefined ? [parts] : [['AUTH', this.#options.password], parts];
    for (const command of all) {
      const bulk = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
      socket.write(`*${command.length}\r\n${bulk.join('')}`);
    }
    let reply = '';
    for await (const chunk of socket.setEncoding('utf8')) {
      reply += chunk;
      if (reply.split('\r\n').length > all.length) break;
    }
    return reply;
  }

  /** Slow without end: it accepts connections (the kernel does) and answers nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** At once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends it and removes its directory. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
