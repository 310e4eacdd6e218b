/** Where a lane's parser forgives, or refuses, more than a strict reader, before our rules see the message. */
export interface Leniency {
  /** Any CR and LF before a request line are skipped. */
  readonly anyEmptyLines: boolean;
  readonly startLine: RegExp;
  /** Other methods are refused with 400; null: none. */
  readonly methods: ReadonlySet<string> | null;
  /** `Proxy-Connection` means what `Connection` means. */
  readonly proxyConnection: boolean;
  /** A message that ends the connection with more bytes behind it: what waits in front of these may stay unanswered. */
  readonly bytesBehindClose: boolean;
  /** `chunked` with a tab behind it is taken for another coding, and refused; RFC 9110 §5.5 has the tab be no part of the value. */
  readonly tabBehindCoding: boolean;
}

export const STRICT: Leniency = {
  anyEmptyLines: false,
  startLine: /^([^ ]*) ([^ ]*) HTTP\/1\.([01])$/,
  methods: null,
  proxyConnection: false,
  bytesBehindClose: false,
  tabBehindCoding: false,
};
