import type { Checker } from './checker.ts';

export const oneTable: Checker = {
  name: 'one-table',
  sentence: 'Live gateways converge on one table.',
  watch: () => undefined,
  atEnd({ fleet }) {
    const head = fleet.history.table;
    return fleet.gateways.flatMap(({ process, core }) => {
      const table = core.routing.current?.table ?? null;
      if (table?.digest === head?.digest && table?.epoch === head?.epoch) return [];
      return [`${process.id} runs epoch ${table?.epoch ?? 'none'}, the head is ${head?.epoch ?? 'none'}`];
    });
  },
};
