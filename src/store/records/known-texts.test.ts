import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KnownTexts } from './known-texts.ts';

describe('known texts', () => {
  it('reads a text that is asked for again only once', () => {
    const known = new KnownTexts<object>(2);
    const first = known.of('a', () => ({}));
    assert.equal(
      known.of('a', () => assert.fail('was read again')),
      first,
    );
  });

  it('reads a text again that could not be read', () => {
    const known = new KnownTexts<string>(2);
    const bad = (): never => {
      throw new Error('damaged');
    };
    assert.throws(() => known.of('a', bad), /damaged/);
    assert.throws(() => known.of('a', bad), /damaged/);
  });

  it('knows the texts that were used last, and never more than twice as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 12 })), (most, asked) => {
        const known = new KnownTexts<string>(most);
        let reads = 0;
        for (const [index, each] of asked.entries()) {
          const before = reads;
          known.of(`text ${each}`, (text) => {
            reads += 1;
            return text;
          });
          const last = new Set<number>();
          for (let back = index - 1; back >= 0 && last.size < most; back -= 1) last.add(asked[back] as number);
          if (last.has(each)) assert.equal(reads, before, 'one of those used last was read again');
          // Far behind, after twice as many others, nothing is kept.
          const others = new Set<number>();
          let isFar = true;
          for (let back = index - 1; back >= 0; back -= 1) {
            if (asked[back] === each) {
              isFar = others.size >= 2 * most;
              break;
            }
            others.add(asked[back] as number);
          }
          if (isFar) assert.equal(reads, before + 1, 'more is kept than the bound allows');
        }
      }),
    );
  });
});
