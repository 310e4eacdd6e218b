import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdCluster } from '../../test/support/etcd-cluster.ts';
import { EtcdServer } from '../../test/support/etcd-server.ts';
import { coordStoreContract } from './coord-store.contract.ts';

coordStoreContract('embedded, several instances on one file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ldc-store-'));
  const stop = (): Promise<void> => rm(directory, { recursive: true, force: true });
  return { url: `embedded:${join(directory, 'store.db')}`, stop };
});

coordStoreContract('etcd, one member', async () => {
  const server = await EtcdServer.start();
  return { url: `etcd://${server.endpoint}`, stop: () => server.stop() };
});

coordStoreContract('etcd, three members', async () => {
  const cluster = await EtcdCluster.start();
  return { url: `etcd://${cluster.endpoints.join(',')}`, stop: () => cluster.stop() };
});
