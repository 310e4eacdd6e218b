/** The client as the load balancer saw it. */
export interface ProxySource {
  readonly address: string;
  readonly port: number;
}

/** `length` is the number of bytes that belong to the header. `source` null: the connection's own address counts. */
export type ProxyHeader =
  | { readonly state: 'more' }
  | { readonly state: 'done'; readonly source: ProxySource | null; readonly length: number }
  | { readonly state: 'bad'; readonly detail: string };
