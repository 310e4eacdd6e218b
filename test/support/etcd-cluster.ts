import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdServer, freePorts } from './etcd-server.ts';

const MEMBERS = ['one', 'two', 'three'];

/** A real cluster of three members on this machine. */
export class EtcdCluster {
  readonly members: readonly EtcdServer[];

  private constructor(members: readonly EtcdServer[]) {
    this.members = members;
  }

  static async start(): Promise<EtcdCluster> {
    for (let attempt = 1; ; attempt += 1) {
      const cluster = new EtcdCluster(await prepare());
      try {
        await cluster.restart();
        return cluster;
      } catch (error) {
        await cluster.stop();
        if (attempt === 5) throw error;
      }
    }
  }

  get endpoints(): readonly string[] {
    return this.members.map((member) => member.endpoint);
  }

  /** As a power cut of all would. */
  async killAll(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
  }

  /** Starts all that were killed, with their data, and waits until all answer. */
  async restart(): Promise<void> {
    await this.killAll();
    await Promise.all(this.members.map((member) => member.launch()));
    await Promise.all(this.members.map((member) => member.healthy()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }
}

async function prepare(): Promise<readonly EtcdServer[]> {
  const plans = await Promise.all(MEMBERS.map(async (name) => ({ name, ports: await freePorts() })));
  const cluster = plans.map(({ name, ports }) => `${name}=http://127.0.0.1:${ports.peer}`).join(',');
  return Promise.all(
    plans.map(async ({ name, ports }) => {
      const directory = await mkdtemp(join(tmpdir(), `ldc-etcd-${name}-`));
      return new EtcdServer(ports, directory, { name }, cluster);
    }),
  );
}
