import { parentPort, workerData } from 'node:worker_threads';
import { ChangeFollower } from './change-follower.ts';
import { SqliteEntries } from './sqlite-entries.ts';
import { asStoreError, isBusy } from './sqlite-error.ts';
import { SqliteFile } from './sqlite-file.ts';
import {
  CALL_STATE,
  type CallAnswer,
  type CallState,
  type FromWorker,
  type ToWorker,
  type WorkerOptions,
} from './worker-message.ts';

/**
 * The thread that SQLite blocks instead of the data plane's. SQLite's own busy handler would block this thread too, and
 * with it the reads behind it: so a locked file is asked again by timer, while other calls go on.
 */
const options: WorkerOptions = workerData;
const port = parentPort;
if (port === null) throw new Error('sqlite-worker runs as a worker thread only');

/** Pauses between attempts at a lock that another process holds, in ms; the last one repeats. */
const LOCK_PAUSES_MS = [1, 1, 2, 2, 5, 5, 10];

type Call = Extract<ToWorker, { kind: 'call' }>;

let open: { readonly file: SqliteFile; readonly entries: SqliteEntries } | undefined;
/** Transactions one after another: only the first asks for the lock, however many wait. */
const writers: Call[] = [];
let attempts = 0;

const tell = (message: FromWorker): void => port.postMessage(message);
const follower = new ChangeFollower(options.file, options.changePollMs, () => opened().entries, tell);

function opened(): { readonly file: SqliteFile; readonly entries: SqliteEntries } {
  if (open !== undefined && !open.file.isInPlace()) drop();
  if (open === undefined) {
    const file = new SqliteFile(options.file);
    open = { file, entries: new SqliteEntries(file.database, options) };
    // The sign file must exist before somebody can listen to it.
    file.giveSign();
  }
  return open;
}

function drop(): void {
  open?.file.close();
  open = undefined;
  follower.forget();
}

const isCancelled = (state: CallState): boolean => Atomics.load(state, 0) === CALL_STATE.cancelled;

function perform({ call, state }: Call): CallAnswer | undefined {
  const { file, entries } = opened();
  if (call.kind === 'read') return entries.read(call.keys);
  if (call.kind === 'snapshot') return entries.snapshot(call.prefix);
  const maySettle = (): boolean =>
    Atomics.compareExchange(state, 0, CALL_STATE.waiting, CALL_STATE.committing) === CALL_STATE.waiting;
  const answer = entries.transact(call.conditions, call.writes, maySettle);
  if (answer?.kind === 'committed' && call.writes.length > 0) file.giveSign();
  return answer;
}

/** One attempt; false if the file is locked and the call should be tried again. */
function attempt(call: Call): boolean {
  if (isCancelled(call.state)) return true;
  try {
    const answer = perform(call);
    if (answer !== undefined) tell({ kind: 'answer', id: call.id, answer });
  } catch (error) {
    if (isBusy(error)) return false;
    const { code, detail } = asStoreError(error, options.file);
    if (code === 'STORE_CORRUPT') drop();
    tell({ kind: 'failed', id: call.id, code, detail });
  }
  return true;
}

function pause(tries: number): number {
  return LOCK_PAUSES_MS[Math.min(tries, LOCK_PAUSES_MS.length - 1)] ?? 10;
}

function serveReader(call: Call, tries = 0): void {
  if (!attempt(call)) setTimeout(() => serveReader(call, tries + 1), pause(tries));
}

function serveWriters(): void {
  const first = writers[0];
  if (first === undefined) return;
  if (attempt(first)) {
    writers.shift();
    attempts = 0;
    follower.look();
    // By way of the event loop: reads that came meanwhile go between two transactions.
    if (writers.length > 0) setImmediate(serveWriters);
  } else {
    setTimeout(serveWriters, pause(attempts));
    attempts += 1;
  }
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'follow') follower.follow(message.id);
  else if (message.kind === 'unfollow') follower.stop();
  else if (message.kind === 'close') end();
  else if (message.call.kind === 'transact') {
    writers.push(message);
    if (writers.length === 1) serveWriters();
  } else serveReader(message);
});

function end(): void {
  follower.stop();
  drop();
  port?.close();
  process.exit(0);
}
