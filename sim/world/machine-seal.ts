/** Looking at the machine from inside a world would make a seed mean something else each time. */
export class MachineTouched extends Error {}

type Holder = Record<string, unknown>;

const FORBIDDEN: readonly (readonly [object: object, name: string, what: string])[] = [
  [Math, 'random', 'Math.random'],
  [globalThis, 'setTimeout', 'setTimeout'],
  [globalThis, 'setInterval', 'setInterval'],
  [globalThis, 'setImmediate', 'setImmediate'],
  [performance, 'now', 'performance.now'],
  [process, 'hrtime', 'process.hrtime'],
  [crypto, 'randomUUID', 'crypto.randomUUID'],
  [crypto, 'getRandomValues', 'crypto.getRandomValues'],
];

let sealed = 0;
let open: (() => void) | null = null;

/** Forbids clocks, timers and chance of the machine until the returned function is called. */
export function sealMachine(): () => void {
  sealed += 1;
  if (sealed === 1) open = seal();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    sealed -= 1;
    if (sealed === 0) open?.();
  };
}

function seal(): () => void {
  const undo = FORBIDDEN.map(([object, name, what]) => replace(object as Holder, name, () => refuse(what)));
  undo.push(replace(globalThis as unknown as Holder, 'Date', sealedDate(globalThis.Date)));
  return () => {
    for (const each of undo) each();
  };
}

function replace(object: Holder, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) delete object[name];
    else Object.defineProperty(object, name, before);
  };
}

/** A date of a given instant is arithmetic; only "now" is forbidden. */
function sealedDate(Original: DateConstructor): unknown {
  return new Proxy(Original, {
    construct: (target, given, self) =>
      given.length === 0 ? refuse('new Date()') : (Reflect.construct(target, given, self) as object),
    apply: () => refuse('Date()'),
    get: (target, name, self) => (name === 'now' ? () => refuse('Date.now') : Reflect.get(target, name, self)),
  });
}

function refuse(what: string): never {
  throw new MachineTouched(`${what} was used inside the simulation: take the Clock or Random that is handed in`);
}
