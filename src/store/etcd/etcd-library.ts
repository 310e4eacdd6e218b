import { createRequire } from 'node:module';
import type { PeerCertificate, SecureContext } from 'node:tls';
import type { Host } from 'etcd3/lib/connection-pool.js';

export type ChannelCredentials = ConstructorParameters<typeof Host>[1];
export type ChannelOptions = NonNullable<ConstructorParameters<typeof Host>[2]>;

export interface Metadata {
  set(name: string, value: string): void;
}

/** What we use of `@grpc/grpc-js`. */
interface Grpc {
  readonly Metadata: new () => Metadata;
  readonly credentials: {
    createInsecure(): ChannelCredentials;
    createFromSecureContext(
      context: SecureContext,
      verify: { checkServerIdentity(name: string, certificate: PeerCertificate): Error | undefined },
    ): ChannelCredentials;
  };
}

export interface EtcdLibrary {
  readonly Host: typeof Host;
  readonly grpc: Grpc;
}

let loaded: EtcdLibrary | null = null;

/** etcd3 and gRPC, loaded when etcd is first used: a process with the embedded store starts without their 0.2 s. */
export function etcdLibrary(): EtcdLibrary {
  if (loaded !== null) return loaded;
  const require = createRequire(import.meta.url);
  const pool = require('etcd3/lib/connection-pool.js') as { readonly Host: typeof Host };
  // The very copy of gRPC that etcd3 uses: objects of another copy would not be taken for its own.
  const grpc: Grpc = createRequire(require.resolve('etcd3/lib/connection-pool.js'))('@grpc/grpc-js');
  loaded = { Host: pool.Host, grpc };
  return loaded;
}
