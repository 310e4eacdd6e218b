import { parseArgs } from 'node:util';
import { CodedError } from '../../src/errors.ts';
import { recordFigures } from '../run/record-figures.ts';
import { wholeOption } from '../run/whole-option.ts';
import { type Catch, catchMutant } from './catch-mutant.ts';
import type { Engine, Mutant } from './mutant.ts';
import { applyMutant, MutantTree } from './mutant-tree.ts';
import { MUTANTS } from './mutants.ts';

const USAGE = `npm run sim:mutants -- [--only ID,ID,…] [--seeds N] [--from S] [--jobs N] [--limit-s N] [--engine E] [--record] [--list]
  Makes each mistake of sim/mutants in a copy of this checkout and lets the simulator look for it: at most N seeds (default 2,000) from S
  (default 1), until the first violation. Exit code 1: one survived, or the sources fail without any mistake. --engine: seeds or
  exhaustive for all of them, instead of each one’s own. --record writes sim/mutants/results.json.`;
/** The sources as they are must pass this many seeds first. */
const SOUND_SEEDS = 20;
const [PASSED, FAILED, MISUSED] = [0, 1, 2] as const;

interface Row extends Catch {
  readonly id: string;
  readonly breaks: string;
  readonly trace: string | null;
  readonly engine: string;
  readonly seconds: number;
}

type Write = (text: string) => void;

/** `npm run sim:mutants`; resolves to the exit code. Adapter: files, processes, the machine's clock. */
export async function mutantsCommand(args: readonly string[], write: Write): Promise<number> {
  const options = read(args);
  if (typeof options === 'string') {
    write(`${options}\n`);
    return options === USAGE ? PASSED : MISUSED;
  }
  const { chosen, jobs, isListed, isRecorded } = options;
  if (isListed) {
    for (const { id, breaks } of chosen) write(`${id.padEnd(26)} ${breaks}\n`);
    return PASSED;
  }
  const queue = [...chosen];
  const rows: Row[] = [];
  const worker = async (isFirst: boolean): Promise<void> => {
    const tree = new MutantTree();
    try {
      if (isFirst && !(await isSound(tree, options, write))) queue.length = 0;
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const row = await tryMutant(tree, mutant, options);
        rows.push(row);
        write(lineOf(row));
      }
    } finally {
      tree.remove();
    }
  };
  const others = jobs - 1;
  await Promise.all([worker(true), ...Array.from({ length: others }, () => worker(false))]);
  const survivors = rows.filter(({ by }) => by === null);
  const isWhole = rows.length === chosen.length;
  write(`${rows.length - survivors.length} of ${chosen.length} mutants were caught\n`);
  if (survivors.length > 0) write(`SURVIVED: ${survivors.map(({ id }) => id).join(', ')}\n`);
  if (isRecorded) record(rows, options.seeds, chosen);
  return survivors.length === 0 && isWhole ? PASSED : FAILED;
}

async function isSound(tree: MutantTree, { from, seeds, limitMs }: Options, write: Write): Promise<boolean> {
  const sound: Mutant = { id: 'none', breaks: 'nothing', changes: [], engines: ['seeds'] };
  const most = Math.min(SOUND_SEEDS, seeds);
  const { by, detail } = await catchMutant(sound, { root: tree.root, from, seeds: most, limitMs });
  const isGood = by === null && detail.endsWith('nothing was violated');
  write(isGood ? `without a mistake: ${detail}\n` : `the sources fail WITHOUT a mistake: ${by ?? ''} ${detail}\n`);
  return isGood;
}

async function tryMutant({ root }: MutantTree, mutant: Mutant, { from, seeds, limitMs }: Options): Promise<Row> {
  const restore = applyMutant(root, mutant);
  const begun = performance.now();
  try {
    const caught = await catchMutant(mutant, { root, from, seeds, limitMs });
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    const { id, breaks, trace = null, engines } = mutant;
    return { id, breaks, trace, engine: engines[0], ...caught, seconds };
  } finally {
    restore();
  }
}

function lineOf({ id, by, seeds, seconds, detail }: Row): string {
  const took = seeds === null ? '' : `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`;
  return `${id.padEnd(26)} ${(by ?? 'SURVIVED').padEnd(22)} ${took.padStart(10)} ${seconds.toFixed(1).padStart(7)} s  ${detail.slice(0, 200)}\n`;
}

function record(rows: readonly Row[], seeds: number, order: readonly Mutant[]): void {
  const place = new Map(order.map(({ id }, index) => [id, index]));
  const mutants = [...rows].sort((left, right) => (place.get(left.id) ?? 0) - (place.get(right.id) ?? 0));
  recordFigures(import.meta.url, { seeds, mutants });
}

interface Options {
  /** Each with the engine that looks for it in the first place. */
  readonly chosen: readonly Mutant[];
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly limitMs: number;
  readonly isListed: boolean;
  readonly isRecorded: boolean;
}

/** A text: what to print instead. */
function read(args: readonly string[]): Options | string {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const known = {
    only: text,
    seeds: text,
    from: text,
    jobs: text,
    engine: text,
    'limit-s': text,
    record: flag,
    list: flag,
    help: flag,
  };
  try {
    const { values } = parseArgs({ args: [...args], options: known });
    if (values.help === true) return USAGE;
    const whole = (name: 'seeds' | 'from' | 'jobs' | 'limit-s', byDefault: number, least: number): number =>
      wholeOption(name, values[name], byDefault, least);
    const chosen = values.only === undefined ? MUTANTS : values.only.split(',').map(named);
    return {
      chosen:
        values.engine === undefined
          ? chosen
          : chosen.map((mutant) => ({ ...mutant, engines: [engineOf(values.engine)] })),
      seeds: whole('seeds', 2_000, 1),
      from: whole('from', 1, 0),
      jobs: whole('jobs', 1, 1),
      limitMs: whole('limit-s', 3_600, 1) * 1000,
      isListed: values.list === true,
      isRecorded: values.record === true,
    };
  } catch (error) {
    return `${error instanceof CodedError ? error.detail : (error as Error).message}\n${USAGE}`;
  }
}

function engineOf(name: string | undefined): Engine {
  if (name === 'seeds' || name === 'exhaustive') return name;
  throw new Error(`--engine is ${name}, must be seeds or exhaustive`);
}

function named(id: string): Mutant {
  const mutant = MUTANTS.find((each) => each.id === id);
  if (mutant === undefined) throw new Error(`--only: there is no mutant ${id} (--list names them)`);
  return mutant;
}
