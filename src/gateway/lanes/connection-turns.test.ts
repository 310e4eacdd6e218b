import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConnectionTurns, type Turn } from './connection-turns.ts';

const TURN: Turn = { isReceiving: false, malformed: () => undefined, endAnswer: () => false };

test('requests are served one at a time and in order, whatever comes when, and none behind the last', () => {
  const steps = fc.array(fc.constantFrom('request', 'answered', 'instant', 'malformed'), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const turns = new ConnectionTurns(new PassThrough(), 100);
      const served: number[] = [];
      let asked = 0;
      let open = 0;
      let isLast = false;
      const finish = (): void => {
        open -= 1;
        turns.next();
      };
      for (const step of sequence) {
        if (step === 'malformed') {
          turns.endAfterCurrent();
          isLast = true;
        } else if (step === 'answered') {
          if (open > 0) finish();
        } else {
          const number = asked++;
          turns.take(() => {
            assert.equal(isLast, false, 'served behind the last');
            served.push(number);
            open += 1;
            assert.equal(open, 1, 'two at a time');
            if (step === 'instant') finish();
            return TURN;
          });
        }
      }
      assert.deepEqual(served, [...served.keys()]);
    }),
  );
});

test('a request that was over at once leaves no current turn behind', () => {
  const turns = new ConnectionTurns(new PassThrough(), 1);
  turns.take(() => {
    turns.next();
    return TURN;
  });
  assert.equal(turns.current, null);
  turns.take(() => TURN);
  assert.equal(turns.current, TURN);
});

test('a connection with too many waiting requests is destroyed', () => {
  const socket = new PassThrough();
  const turns = new ConnectionTurns(socket, 2);
  for (let count = 0; count < 3; count += 1) turns.take(() => TURN);
  assert.equal(socket.destroyed, false);
  turns.take(() => TURN);
  assert.equal(socket.destroyed, true);
});

test('nothing is served on a connection whose writing side has ended', () => {
  const socket = new PassThrough();
  const turns = new ConnectionTurns(socket, 2);
  turns.take(() => TURN);
  turns.take(() => assert.fail('served'));
  socket.end();
  turns.next();
  turns.take(() => assert.fail('served'));
});
