import { lookup } from 'node:dns/promises';

/** Turns a name into IP addresses; rejects when it cannot. Who calls it bounds the wait. */
export interface NameResolver {
  resolve(name: string): Promise<readonly string[]>;
}

/** The machine's resolver, with its hosts file and search domains, as every other program there sees the name. */
export const systemResolver: NameResolver = {
  async resolve(name) {
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return found.map(({ address }) => address);
  },
};
