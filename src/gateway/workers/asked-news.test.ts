import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { AskedNews } from './asked-news.ts';
import type { News } from './worker-message.ts';

function bench(): { readonly clock: HandClock; readonly asked: News[]; readonly news: AskedNews } {
  const clock = new HandClock();
  const asked: News[] = [];
  return { clock, asked, news: new AskedNews({ clock, limitMs: 3_000, want: (one) => void asked.push(one) }) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('those that want the table while a question is under way share the next one', async () => {
  const { asked, news } = bench();
  const heard: string[] = [];
  void news.refreshTable().then(() => heard.push('first'));
  void news.refreshTable().then(() => heard.push('second'));
  void news.refreshTable().then(() => heard.push('third'));
  assert.deepEqual(asked, ['table']);
  news.answered('table');
  await turn();
  assert.deepEqual(heard, ['first']);
  assert.deepEqual(asked, ['table', 'table']);
  news.answered('table');
  await turn();
  assert.deepEqual(heard, ['first', 'second', 'third']);
  assert.deepEqual(asked, ['table', 'table']);
});

test('those that want a horizon share the question that is under way', async () => {
  const { asked, news } = bench();
  const all = Promise.all([news.renew(), news.renew()]);
  news.answered('horizon');
  await all;
  assert.deepEqual(asked, ['horizon']);
});

test('a parent that does not answer is waited for no longer than the limit', async () => {
  const { clock, news } = bench();
  const wanted = news.renew();
  await clock.advance(3_000);
  await wanted;
});
