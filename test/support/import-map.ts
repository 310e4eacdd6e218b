import type { MachineKind } from './machine-uses.ts';

/**
 * What each part of `src` may import besides itself and `errors.ts`: a folder, or one file of it. One way only:
 * `core ← ruleset ← store, gateway, control ← app`, `core ← gate ← control, reference-unit, cli`; `cli` and `console` are
 * clients of the control API's types.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  core: [],
  ruleset: ['core'],
  store: ['core', 'ruleset'],
  gate: ['core'],
  gateway: ['core', 'ruleset', 'store'],
  control: ['core', 'ruleset', 'store', 'gate'],
  'reference-unit': ['core', 'gate'],
  cli: ['ruleset', 'gate', 'control/api-types.ts'],
  console: ['ruleset', 'control/api-types.ts'],
  app: ['core', 'ruleset', 'store', 'gate', 'gateway', 'control', 'reference-unit', 'cli', 'console'],
  'index.ts': ['core', 'ruleset', 'store/coord-store.ts'],
};

/** Imports that break the map today, each with why it is still there; `from` and `to` are files. */
export const TOLERATED_IMPORTS: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [
  {
    from: 'src/cli/commands/rules-diff.ts',
    to: 'src/core/topology-document.ts',
    why: 'the type of a parsed ruleset; parse-ruleset.ts could export it',
  },
];

/** Circles of files that import each other, each with why; sorted by path. Of types only: none exists at run time. */
export const TOLERATED_CIRCLES: readonly { readonly files: readonly string[]; readonly why: string }[] = [];

/** What may be in `src` beside the product and the tests: files that tests share. */
export const TEST_SUPPORT = /\.(contract|fixture|child)\.ts$|\/conformance\//;

/** Files that only tests reach although they are no tests, each with why they are still there. */
export const TOLERATED_UNREACHED: Readonly<Record<string, string>> = {
  'src/gateway/access-line.ts': 'the access line as an object: what access-text.ts, which writes it, is compared with',
};

export interface Adapter {
  readonly touches: readonly MachineKind[];
  readonly why: string;
}

/** The only files outside of `src/app` that touch clocks, timers, chance, environment, files, sockets or processes. */
export const ADAPTERS: Readonly<Record<string, Adapter>> = {
  'src/control/control-api.ts': { touches: ['socket'], why: 'the listener of the control API' },
  'src/gate/gate-http.ts': { touches: ['clock', 'socket'], why: 'calls of data gates; the limit of one call' },
  'src/gateway/admin-server.ts': { touches: ['socket'], why: 'the listener of the admin port' },
  'src/gateway/cells/cell-upstream.ts': {
    touches: ['socket', 'timer'],
    why: 'connections to cells; the timer is setImmediate, to close outside of undici’s own calls',
  },
  'src/gateway/cells/dns-resolver.ts': { touches: ['socket'], why: 'names of instances' },
  'src/gateway/cells/instance-connector.ts': { touches: ['socket'], why: 'TCP and TLS to one instance of a cell' },
  'src/gateway/fast-lane/fast-lane.ts': { touches: ['socket'], why: 'the listener of a door' },
  'src/gateway/identity/file-key-source.ts': { touches: ['file'], why: 'a key set in a file' },
  'src/gateway/identity/https-key-source.ts': { touches: ['socket'], why: 'a key set from its issuer' },
  'src/gateway/identity/redis-session-store.ts': {
    touches: ['file', 'socket'],
    why: 'Redis; its client is loaded when it is first needed (createRequire)',
  },
  'src/gateway/interlink/interlink-dialer.ts': { touches: ['socket'], why: 'the interlink’s client side' },
  'src/gateway/interlink/interlink-listener.ts': { touches: ['socket'], why: 'the interlink’s server side' },
  'src/gateway/interlink/socket-connection.ts': {
    touches: ['timer'],
    why: 'the interlink over a socket; the timer is setImmediate, so that no event comes before the caller listens',
  },
  'src/gateway/lanes/door-server.ts': { touches: ['socket'], why: 'the listener of a door' },
  'src/gateway/lanes/general-lane.ts': { touches: ['socket'], why: 'the lane between a door’s HTTP and the pipeline' },
  'src/gateway/lanes/http-downstream.ts': { touches: ['socket'], why: 'the client’s connection, seen from the lane' },
  'src/gateway/wire/turn-writer.ts': {
    touches: ['timer'],
    why: 'writes at the end of a turn of the event loop; the timer is setImmediate',
  },
  'src/reference-unit/cell-instance.ts': { touches: ['socket'], why: 'the listener of a cell' },
  'src/reference-unit/json-client.ts': { touches: ['socket'], why: 'calls to other processes of the ledger' },
  'src/reference-unit/ledger-database.ts': { touches: ['file'], why: 'the ledger’s SQLite file' },
  'src/reference-unit/process-listener.ts': { touches: ['socket'], why: 'calls from other processes of the ledger' },
  'src/reference-unit/web-socket-echo.ts': { touches: ['socket'], why: 'the ledger’s WebSocket path' },
  'src/store/embedded/change-follower.ts': {
    touches: ['file', 'timer'],
    why: 'notices writes of other processes to the store’s file; the machine’s own timers, as the file is',
  },
  'src/store/embedded/sqlite-file.ts': { touches: ['file'], why: 'the store’s SQLite file' },
  'src/store/embedded/sqlite-thread.ts': { touches: ['process'], why: 'starts the thread that SQLite runs on' },
  'src/store/embedded/sqlite-worker.ts': {
    touches: ['process', 'timer', 'environment'],
    why: 'the thread that SQLite runs on; nothing of it runs in the simulator',
  },
  'src/store/etcd/shared-reads.ts': {
    touches: ['timer'],
    why: 'the end of a turn of the event loop (setImmediate), before which equal reads are one',
  },
  'src/store/etcd/etcd-library.ts': {
    touches: ['file', 'socket'],
    why: 'loads etcd3 and the very gRPC that it uses when they are first needed (createRequire)',
  },
};

/** Files that may be longer than 300 lines, up to a limit of their own, and why. */
export const LONG_FILES: Readonly<Record<string, { readonly lines: number; readonly why: string }>> = {
  'src/errors.ts': { lines: 600, why: 'one flat table' },
  'src/control/api-types.ts': { lines: 400, why: 'the types of the control API in one place, no code' },
};

/** Functions that may be longer than 70 lines (`path name`), and why. */
export const LONG_FUNCTIONS: Readonly<Record<string, string>> = {};
