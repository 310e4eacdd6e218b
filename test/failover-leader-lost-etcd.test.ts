import { EtcdServer } from './support/etcd-server.ts';
import { leaderLossDrill } from './support/leader-loss-drill.ts';

leaderLossDrill(async () => {
  const etcd = await EtcdServer.start();
  return { url: `etcd://${etcd.endpoint}`, stop: () => etcd.stop() };
});
