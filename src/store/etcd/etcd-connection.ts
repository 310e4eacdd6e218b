import type { IWatchRequest, IWatchResponse } from 'etcd3';
import type { Host } from 'etcd3/lib/connection-pool.js';
import { CodedError } from '../../errors.ts';
import { channelAccess, type EtcdAccess, newMetadata } from './etcd-access.ts';
import { EtcdFailure, failureKind } from './etcd-failure.ts';
import { etcdLibrary, type Metadata } from './etcd-library.ts';

/** A method of etcd's API, as etcd3's clients name them. */
export interface Rpc {
  readonly service: 'KV' | 'Auth';
  readonly method: 'range' | 'txn' | 'authenticate';
  readonly request: object;
}

/** The two ways in which a watch stream speaks. */
export interface WatchStream {
  write(request: IWatchRequest): void;
  on(event: 'data', take: (response: IWatchResponse) => void): void;
  on(event: 'error', take: (error: Error) => void): void;
  on(event: 'end', take: () => void): void;
  cancel(): void;
}

type Client = ReturnType<Host['getServiceClient']>;
type GrpcError = Error & { readonly code?: number; readonly details?: string };
type Unary = (
  request: object,
  metadata: Metadata,
  options: object,
  done: (error: GrpcError | null, answer: unknown) => void,
) => { cancel(): void };

/**
 * Largest message that we take: a transaction's conflict or a page may name `LIMITS.transactionKeys` values of
 * `LIMITS.valueBytes`. etcd3 and gRPC would stop at 4 MiB.
 */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const CHANNEL = {
  'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
  // Nothing may be sent twice behind our back.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // Notices a peer that vanished without a word while a watch is silent. etcd drops clients that ping more than every 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
};

/** gRPC's connectivity state. */
const READY = 2;

// etcd3's type asks for a whole cockatiel policy. It is never used: only etcd3's own pool runs calls through it.
const NO_POLICY = {} as ConstructorParameters<typeof Host>[3];

/**
 * One member, through etcd3's `Host`: its protocol files and clients. Not through etcd3's pool: it retries transactions,
 * opens a circuit for five seconds and knows no time limit. Here a call is sent once; etcd-members.ts repeats it.
 */
export class EtcdConnection {
  readonly endpoint: string;
  readonly #host: Host;
  #kv: Client | undefined;

  constructor(endpoint: string, access: EtcdAccess) {
    this.endpoint = endpoint;
    const { credentials, options } = channelAccess(endpoint, access);
    const { Host: Member } = etcdLibrary();
    this.#host = new Member(endpoint, credentials, { ...CHANNEL, ...options }, NO_POLICY);
  }

  /** A connection stands, as far as is known: the next KV call goes out at once. */
  isReady(): boolean {
    return this.#kv?.getChannel().getConnectivityState(false) === READY;
  }

  /**
   * One call; it ends when `signal` aborts, at the latest. Fails with an EtcdFailure. gRPC fails a call at once, and
   * unsent, while its last attempt to connect has failed.
   */
  async unary(rpc: Rpc, token: string | undefined, signal: AbortSignal): Promise<unknown> {
    const client = this.#client(rpc.service);
    if (rpc.service === 'KV') this.#kv = client;
    const metadata = newMetadata();
    if (token !== undefined) metadata.set('token', token);
    const method = (client as unknown as Record<string, Unary>)[rpc.method]?.bind(client);
    if (method === undefined) throw new CodedError('INTERNAL', `etcd3 has no ${rpc.service}.${rpc.method}`);
    return new Promise((resolve, reject) => {
      const cancel = (): void => call.cancel();
      const call = method(rpc.request, metadata, {}, (error, answer) => {
        signal.removeEventListener('abort', cancel);
        if (error === null) resolve(answer);
        else reject(this.#failure(error, signal));
      });
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
    });
  }

  /** A new watch stream; the member must have a leader, else it ends the stream. The caller listens to `error` at once. */
  watch(token: string | undefined): WatchStream {
    const client = this.#client('Watch');
    const metadata = newMetadata();
    if (token !== undefined) metadata.set('token', token);
    metadata.set('hasleader', 'true');
    const open = (client as unknown as { watch(metadata: Metadata, options: object): WatchStream }).watch;
    return open.call(client, metadata, {});
  }

  /** Calls in flight may still end; nothing new is sent. */
  close(): void {
    this.#host.close();
  }

  #client(service: 'KV' | 'Auth' | 'Watch'): Client {
    try {
      return this.#host.getServiceClient(service);
    } catch (error) {
      // The connection was given up by another call between two lines of ours.
      throw new EtcdFailure('unreachable', this.endpoint, error instanceof Error ? error.message : String(error));
    }
  }

  #failure(error: GrpcError, signal: AbortSignal): EtcdFailure {
    if (signal.aborted && signal.reason instanceof EtcdFailure) return signal.reason;
    const details = error.details ?? error.message;
    return new EtcdFailure(failureKind(error.code ?? -1, details), this.endpoint, details);
  }
}
