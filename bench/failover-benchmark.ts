import type { Benchmark, Scale } from './benchmark.ts';
import { type EmergencyResult, type EmergencyRun, runEmergency } from './failover/emergencies.ts';
import { type PlannedMove, type PlannedResult, runPlannedMoves } from './failover/planned-moves.ts';
import { type Figure, figure, type Target } from './figure.ts';

const atMost = (value: number): Target => ({ bound: 'at most', value });
const NONE = atMost(0);
const PLACES = ['dc sz-a', 'dc hz-b', 'city hangzhou'];
const COMMANDS = PLACES.flatMap((place) => [`failover ${place}`, `failback ${place}`]);
const PER_SECOND = 500;
const HORIZON_MS = 3_000;

type Emergency = Pick<EmergencyRun, 'place' | 'dataCenters' | 'touched' | 'acknowledge' | 'delayMs'>;

const SZ_A: Emergency = {
  place: 'dc sz-a',
  dataCenters: ['sz-a'],
  touched: '80-99',
  acknowledge: 'same-city',
  delayMs: 0,
};
const EMERGENCIES: readonly Emergency[] = [
  { ...SZ_A, delayMs: 200 },
  { ...SZ_A, acknowledge: 'remote' },
  { ...SZ_A, place: 'dc hz-b', dataCenters: ['hz-b'], touched: '00-39,G' },
  { ...SZ_A, place: 'city hangzhou', dataCenters: ['hz-a', 'hz-b'], touched: '00-39,G' },
];

/** What a switch costs, planned and not. */
export const failoverBenchmark: Benchmark = {
  name: 'failover',
  title: 'Failover and failback under load',
  what:
    'The reference fleet on this machine (five gateways, five processes of cells, one of control, embedded store, L = 3 s); 250 writes and ' +
    '250 reads a second by a fixed schedule over all doors, all shards (`G` too), sent whether or not earlier ones were answered. Commands by ' +
    '`ldc … --yes --json`. Failed is anything but 2xx. Pause of a shard: its last success before the freeze to its first success under the ' +
    'grant; without any freeze it would be the time between two of its requests, 202 ms (of writes: 404 ms). Planned: all on one fleet. ' +
    'Emergencies: a fleet each; processes are killed and directories taken away at the moment of the command, clients of dead doors come to ' +
    'the others. Afterwards every acknowledged entry is looked for in the ledger of its final owner.',
  run: failoverFigures,
};

async function failoverFigures(scale: Scale, say: (line: string) => void): Promise<Figure[]> {
  const isFull = scale === 'full';
  const planned = await runPlannedMoves(
    {
      perSecond: isFull ? PER_SECOND : 60,
      commands: isFull ? COMMANDS : COMMANDS.slice(0, 2),
      rounds: isFull ? 3 : 1,
      leadInMs: isFull ? 5_000 : 0,
      settleMs: isFull ? 2_000 : 0,
    },
    say,
  );
  const figures = plannedFigures(planned);
  for (const emergency of isFull ? EMERGENCIES : EMERGENCIES.slice(0, 1)) {
    const load = { perSecond: isFull ? PER_SECOND : 60, leadInMs: isFull ? 4_000 : 0 };
    const result = await runEmergency({ ...emergency, ...load, guardHorizonMs: isFull ? HORIZON_MS : 500 }, say);
    figures.push(...emergencyFigures(emergency, result));
  }
  return figures;
}

function plannedFigures({ moves, requests, failed, perSecond, latestSendMs, books }: PlannedResult): Figure[] {
  const commands = [...new Set(moves.map(({ command }) => command))];
  const one = (name: string, unit: Figure['unit'], value: number, target?: Target): Figure =>
    figure({ name: `planned, all: ${name}`, unit, values: [value], ...(target === undefined ? {} : { target }) });
  return [
    ...commands.flatMap((command) =>
      commandFigures(
        command,
        moves.filter((move) => move.command === command),
      ),
    ),
    one('requests', 'requests', requests),
    one('failed requests', 'requests', failed, NONE),
    one('requests a second', 'requests/s', perSecond),
    one('latest sending after its time', 'ms', latestSendMs),
    one('acknowledged writes', 'writes', books.acknowledged),
    one('acknowledged writes lost (RPO)', 'writes', books.lost.length, NONE),
    one('entries that differ from what was acknowledged', 'writes', books.wrong.length, NONE),
    one('accounts that are not the sum of their entries', 'accounts', books.unbalanced.length, NONE),
  ];
}

function commandFigures(command: string, moves: readonly PlannedMove[]): Figure[] {
  const seconds = (values: readonly number[]): number[] => values.map((value) => value / 1_000);
  const pauses = seconds(moves.flatMap((move) => move.pauses));
  const writePauses = seconds(moves.flatMap((move) => move.writePauses));
  const line = (name: string, unit: Figure['unit'], values: readonly number[], target?: Target): Figure =>
    figure({ name: `${command}: ${name}`, unit, values, ...(target === undefined ? {} : { target }) });
  return [
    line(
      'failed requests',
      'requests',
      moves.map(({ failed }) => failed),
      NONE,
    ),
    line('pause of a shard', 's', pauses, atMost(0.5)),
    line('longest pause', 's', [Math.max(...pauses)], atMost(1.5)),
    line('pause of a shard, writes alone', 's', writePauses),
    line('longest pause, writes alone', 's', [Math.max(...writePauses)]),
    line(
      'freeze by the record',
      'ms',
      moves.map(({ frozenMs }) => frozenMs),
    ),
    line(
      'longest wait of a request',
      'ms',
      moves.map(({ longestWaitMs }) => longestWaitMs),
    ),
  ];
}

function emergencyFigures({ place, acknowledge, delayMs }: Emergency, result: EmergencyResult): Figure[] {
  const { recoveries, failed, cutWithDoor, requests, books, lostOutside, operation } = result;
  const slow = delayMs === 0 ? '' : `, ${delayMs} ms to other cities`;
  const title = `emergency ${place} (${acknowledge}${slow})`;
  const seconds = recoveries.map((value) => value / 1_000);
  const line = (name: string, unit: Figure['unit'], values: readonly number[], target?: Target): Figure =>
    figure({ name: `${title}: ${name}`, unit, values, ...(target === undefined ? {} : { target }) });
  const mayLose = acknowledge !== 'remote' && place !== 'dc hz-b';
  return [
    line('command to the first accepted write, by shard', 's', seconds),
    line('the last shard’s', 's', [Math.max(...seconds)], atMost(5)),
    line('failed requests of all other shards', 'requests', [failed.others], NONE),
    line('failed, of units that lost a cell but no primary', 'requests', [failed.touched]),
    line('failed, of the shards that moved', 'requests', [failed.concerned]),
    line('in flight at a door that vanished', 'requests', [cutWithDoor]),
    line('requests', 'requests', [requests]),
    line('acknowledged writes', 'writes', [books.acknowledged]),
    line('acknowledged writes lost', 'writes', [books.lost.length], mayLose ? undefined : NONE),
    line('lost outside of the recorded range', 'writes', [lostOutside], NONE),
    line('shards with a recorded range', 'shards', [operation.lost.reduce((sum, { count }) => sum + count, 0)]),
    line('entries that differ from what was acknowledged', 'writes', [books.wrong.length], NONE),
    line('accounts that are not the sum of their entries', 'accounts', [books.unbalanced.length], NONE),
  ];
}
