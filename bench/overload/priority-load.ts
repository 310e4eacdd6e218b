import { connect, type Socket } from 'node:net';
import { percentile } from '../statistics.ts';

/** The first argument of this program, as JSON. */
export interface PriorityPlan {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Answers of so many seconds at the beginning are left out: the queue is a passing one then. */
  readonly warmUpSeconds: number;
  readonly connections: number;
  /** Paths that follow each other. */
  readonly paths: readonly string[];
}

/** What became of the requests of one path. */
export interface PathReport {
  readonly served: number;
  readonly shed: number;
  /** Requests with neither 200 nor OVERLOADED, by what they got: status and code of the answer, or how their connection ended. */
  readonly failed: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The line that this program prints, as JSON. */
export interface PriorityReport {
  readonly paths: Readonly<Record<string, PathReport>>;
  /** How late this program was with its sending, 99th percentile; in the times above. */
  readonly late99Ms: number;
}

const END_MS = 30_000;

/**
 * Requests at fixed instants, whether or not earlier ones were answered. A time counts from the instant when its request was due, also where
 * it had to wait for a free connection here (coordinated omission).
 */
export async function priorityLoad(plan: PriorityPlan): Promise<PriorityReport> {
  const { perSecond, seconds, warmUpSeconds, paths } = plan;
  const books = new Map(paths.map((path) => [path, new Book()]));
  const idle = await Promise.all(Array.from({ length: plan.connections }, () => Lane.open(plan.port)));
  const due: { readonly path: string; readonly at: number; readonly counts: boolean }[] = [];
  const lateness: number[] = [];
  let open = 0;
  const send = (lane: Lane): void => {
    const next = due.shift();
    if (next === undefined) {
      idle.push(lane);
      return;
    }
    lane.ask(next.path, (outcome) => {
      open -= 1;
      if (next.counts) books.get(next.path)?.add(outcome, performance.now() - next.at);
      send(lane);
    });
  };
  const total = Math.round(perSecond * seconds);
  const startedAt = performance.now();
  for (let begun = 0; begun < total; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = performance.now();
    for (; begun < total; begun += 1) {
      const at = startedAt + (begun * 1_000) / perSecond;
      if (at > now) break;
      lateness.push(now - at);
      open += 1;
      due.push({ path: paths[begun % paths.length] ?? '/', at, counts: begun >= warmUpSeconds * perSecond });
      const lane = idle.pop();
      if (lane !== undefined) send(lane);
    }
  }
  for (const deadline = performance.now() + END_MS; open > 0 && performance.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 5));
  if (open > 0) throw new Error(`${open} requests were not answered within ${END_MS} ms`);
  const reports = [...books].map(([path, book]) => [path, book.report()]);
  return { paths: Object.fromEntries(reports), late99Ms: percentile(sorted(lateness), 99) };
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

class Book {
  readonly #times: number[] = [];
  #shed = 0;
  readonly #failed: Record<string, number> = {};

  add(outcome: string, ms: number): void {
    if (outcome === '200') this.#times.push(ms);
    else if (outcome === '503 OVERLOADED') this.#shed += 1;
    else this.#failed[outcome] = (this.#failed[outcome] ?? 0) + 1;
  }

  report(): PathReport {
    const times = sorted(this.#times);
    const at = (share: number): number => (times.length === 0 ? 0 : percentile(times, share));
    const counts = { served: times.length, shed: this.#shed, failed: this.#failed };
    return { ...counts, p50Ms: at(50), p99Ms: at(99), maxMs: times.at(-1) ?? 0 };
  }
}

/** One connection with one request at a time; opened again when it was closed. Answers have a Content-Length. */
class Lane {
  readonly #port: number;
  #socket: Socket | null = null;
  #text = '';
  #answered: ((outcome: string) => void) | null = null;
  #users = 0;

  private constructor(port: number) {
    this.#port = port;
  }

  /**
   * Its first request is one that the gateway refuses by itself, for want of a user. A connection on which nothing was asked is closed after
   * `door.headMs`, in the middle of a run, and a load that was late to hear of it would count its own requests on it as lost.
   */
  static async open(port: number): Promise<Lane> {
    const lane = new Lane(port);
    await lane.#connect();
    const { promise: refused, resolve: answered } = Promise.withResolvers<string>();
    lane.#answered = answered;
    lane.#socket?.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const outcome = await refused;
    if (outcome !== '400 USER_ID_MISSING') throw new Error(`a new connection got ${outcome}`);
    return lane;
  }

  ask(path: string, answered: (outcome: string) => void): void {
    this.#answered = answered;
    const user = `1000${String(this.#users++ % 90).padStart(2, '0')}`;
    const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-User-Id: ${user}\r\n\r\n`;
    if (this.#socket !== null) this.#socket.write(text);
    else
      this.#connect().then(
        () => this.#socket?.write(text),
        (error: NodeJS.ErrnoException) => this.#end(`not connected: ${error.code}`),
      );
  }

  async #connect(): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => void socket.once('connect', resolve).once('error', reject));
    this.#socket = socket;
    this.#text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    let how = 'closed';
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      how = code ?? 'broken';
    });
    socket.on('close', () => {
      this.#socket = null;
      const isPart = this.#text !== '';
      this.#end(`${how} ${isPart ? 'inside' : 'before'} the answer`);
    });
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(this.#text.slice(0, end + 2))?.[1] ?? Number.NaN);
    if (this.#text.length < end + 4 + length) return;
    const status = this.#text.slice(9, 12);
    const code = /"code":"([A-Z_]+)"/.exec(this.#text.slice(end))?.[1];
    this.#text = '';
    this.#end(code === undefined ? status : `${status} ${code}`);
  }

  #end(outcome: string): void {
    const answered = this.#answered;
    this.#answered = null;
    answered?.(outcome);
  }
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await priorityLoad(JSON.parse(process.argv[2] ?? '') as PriorityPlan))}\n`);
  process.exit(0);
}
