import { connect, type Socket } from 'node:net';
import { percentile } from '../statistics.ts';

/** The first argument of this program, as JSON. */
export interface OpenLoopPlan {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
  readonly shards: readonly [number, number];
  /** Answers 503 are counted, not taken for a failure, and their times left out. */
  readonly mayShed?: boolean;
}

/** The line that this program prints, as JSON; microseconds. */
export interface OpenLoopReport {
  readonly answered: number;
  /** Of them, with 503. */
  readonly shed: number;
  readonly p50us: number;
  readonly p90us: number;
  readonly p99us: number;
  /** How late this program itself was, 99th percentile: not a part of the times above. */
  readonly late99us: number;
}

const WARM_UP_SHARE = 0.2;
const END_MS = 5_000;

if (import.meta.main) {
  const report = await openLoop(JSON.parse(process.argv[2] ?? '') as OpenLoopPlan);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit(0);
}

/**
 * Requests at fixed instants, whether or not earlier ones were answered: an answer's time counts from the instant when its request was
 * due, so a request that waits for a free connection behind a slow one is as slow as its user finds it (coordinated omission). What
 * this program itself was late by, because its timers are of milliseconds, is taken off and reported.
 */
export async function openLoop({
  port,
  perSecond,
  seconds,
  connections,
  shards,
  mayShed = false,
}: OpenLoopPlan): Promise<OpenLoopReport> {
  const idle: Lane[] = await Promise.all(Array.from({ length: connections }, () => openLane(port, mayShed)));
  const texts = requestTexts(shards);
  const due: number[] = [];
  const times: number[] = [];
  const lateness: number[] = [];
  const total = Math.round(perSecond * seconds);
  const counted = Math.round(total * WARM_UP_SHARE);
  let sent = 0;
  let answered = 0;
  let shed = 0;
  const send = (lane: Lane, dueAt: number): void => {
    lane.ask(texts[sent++ % texts.length] ?? '', (isShed) => {
      answered += 1;
      if (isShed) shed += 1;
      else if (answered > counted) times.push((performance.now() - dueAt) * 1_000);
      const next = due.shift();
      if (next === undefined) idle.push(lane);
      else send(lane, next);
    });
  };
  // The last one used comes first: others are idle for long, and the door may have ended them, as it may at any time.
  const sendOn = (lane: Lane, dueAt: number): void => {
    if (lane.isOpen) send(lane, dueAt);
    else void openLane(port, mayShed).then((fresh) => send(fresh, dueAt));
  };
  const startedAt = performance.now();
  for (let begun = 0; begun < total; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = performance.now();
    for (; begun < total && startedAt + (begun * 1_000) / perSecond <= now; begun += 1) {
      lateness.push((now - startedAt - (begun * 1_000) / perSecond) * 1_000);
      const lane = idle.pop();
      if (lane === undefined) due.push(now);
      else sendOn(lane, now);
    }
  }
  const deadline = performance.now() + END_MS;
  while (answered < total && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  if (answered < total) throw new Error(`${total - answered} of ${total} requests were not answered`);
  return { answered, shed, ...percentiles(times), late99us: at(lateness, 99) };
}

function percentiles(times: number[]) {
  return { p50us: at(times, 50), p90us: at(times, 90), p99us: at(times, 99) };
}

function at(values: readonly number[], share: number): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    share,
  );
}

function requestTexts([first, last]: readonly [number, number]): string[] {
  return Array.from({ length: 200 }, (_, n) => {
    const shard = String(first + (n % (last - first + 1))).padStart(2, '0');
    return `GET / HTTP/1.1\r\nHost: localhost\r\nX-User-Id: 1000${n}${shard}\r\n\r\n`;
  });
}

interface Lane {
  /** False: the door ended it between two requests. */
  readonly isOpen: boolean;
  ask(text: string, answered: (isShed: boolean) => void): void;
}

/** One connection with one request at a time; its answers have a Content-Length. */
async function openLane(port: number, mayShed: boolean): Promise<Lane> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => void socket.once('connect', resolve).once('error', reject));
  let text = '';
  let answered: ((isShed: boolean) => void) | null = null;
  socket.on('close', () => {
    if (answered !== null) throw new Error(`the connection ended, and the answer is not whole: ${text.slice(0, 200)}`);
  });
  socket.on('error', (error) => {
    throw error;
  });
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return;
    const isShed = text.startsWith('HTTP/1.1 503 ');
    if (!text.startsWith('HTTP/1.1 200 ') && !(isShed && mayShed)) throw new Error(`not served: ${text.slice(0, 200)}`);
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1] ?? Number.NaN);
    if (text.length < end + 4 + length) return;
    text = '';
    const done = answered;
    answered = null;
    done?.(isShed);
  });
  return {
    get isOpen() {
      return socket.writable;
    },
    ask(request, done) {
      answered = done;
      socket.write(request);
    },
  };
}
