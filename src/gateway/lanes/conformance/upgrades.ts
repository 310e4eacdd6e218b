import assert from 'node:assert/strict';
import { eventually } from '../../../../test/support/eventually.ts';
import type { Behaviour } from './behaviours.ts';
import { codeOf, counted } from './check-case.ts';
import type { ConformanceBench } from './conformance-bench.ts';
import { GET } from './conformance-case.ts';

const UPGRADE = `${GET}Connection: Upgrade\r\nUpgrade: echo\r\nSec-WebSocket-Key: k\r\n\r\n`;
const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX: 1\r\nldc-unit: x\r\n\r\n';

/** The cell switches, then sends back what it gets. */
function echo(bench: ConformanceBench, greeting = ''): void {
  bench.cell.answer = ({ socket }) => {
    socket.removeAllListeners('data');
    socket.on('data', (chunk) => socket.write(chunk));
    socket.write(SWITCH + greeting);
  };
}

export const UPGRADES: readonly Behaviour[] = [
  {
    claim: 'an upgrade is passed on and carries bytes both ways',
    async run(bench) {
      echo(bench);
      const client = await bench.connect();
      client.send(UPGRADE);
      await client.answers(1);
      assert.match(client.received, /^HTTP\/1.1 101 Switching Protocols\r\nX: 1\r\nx-request-id: \S+\r\n/);
      assert.doesNotMatch(client.received, /ldc-/);
      assert.match(client.received, /\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n$/i);
      const { text } = await bench.reached();
      assert.match(text, /\r\nconnection: upgrade\r\nupgrade: echo\r\n/i);
      assert.match(text, /\r\nSec-WebSocket-Key: k\r\n/);
      client.send('\x00\xff hello');
      await eventually('the echo', () => client.received.endsWith('\r\n\r\n\x00\xff hello'));
    },
  },
  {
    claim: 'bytes behind the head of an upgrade are its first bytes',
    async run(bench) {
      echo(bench, 'welcome:');
      const client = await bench.connect();
      client.send(`${UPGRADE}first`);
      client.send(' second');
      await eventually('both', () => client.received.endsWith('\r\n\r\nwelcome:first second'));
    },
  },
  {
    claim: 'an upgrade that the cell does not want gets its answer, and the connection ends',
    async run(bench) {
      bench.cell.answer = 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 4\r\nX: 1\r\n\r\nnope';
      const client = await bench.connect();
      client.send(UPGRADE);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, answer?.body], [426, 'nope']);
      assert.match(answer?.head ?? '', /\r\nconnection: close\r\n/i);
      await client.ended();
    },
  },
  {
    claim: 'an upgrade that is answered in chunks gets its trailers too',
    async run(bench) {
      bench.cell.answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n';
      const client = await bench.connect();
      client.send(UPGRADE);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, answer?.body, answer?.trailers], [200, 'abc', 'X-Sum: 1\r\n']);
    },
  },
  {
    claim: 'an upgrade that the gateway refuses gets its code',
    async run(bench) {
      const client = await bench.connect();
      client.send(UPGRADE.replace('X-User-Id: 12307\r\n', ''));
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [400, 'USER_ID_MISSING']);
      await client.ended();
      assert.equal(bench.cell.streams.length, 0);
    },
  },
  {
    claim: 'an upgrade is a write: a read-only route refuses it',
    async run(bench) {
      const client = await bench.connect();
      client.send(UPGRADE.replace('/x', '/catalog/x'));
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [405, 'METHOD_NOT_ALLOWED']);
    },
  },
  {
    claim: 'each direction of an upgraded connection ends by itself',
    async run(bench) {
      bench.cell.answer = ({ socket }) => {
        socket.removeAllListeners('data');
        socket.removeAllListeners('end');
        let got = '';
        socket.on('data', (chunk) => {
          got += chunk.toString('latin1');
        });
        socket.on('end', () => socket.end(`got ${got}`));
        socket.write(SWITCH);
      };
      const client = await bench.connect();
      client.send(UPGRADE);
      await client.answers(1);
      client.socket.end('all of it');
      await eventually('the answer after the end', () => client.received.endsWith('got all of it'));
      await client.ended();
      assert.equal((await counted(bench, 1))[0]?.code, null);
    },
  },
  {
    claim: 'after the cell ended its side the client may still speak',
    async run(bench) {
      let got = '';
      bench.cell.answer = ({ socket }) => {
        socket.removeAllListeners('data');
        socket.on('data', (chunk) => {
          got += chunk.toString('latin1');
        });
        socket.end(`${SWITCH}bye`);
      };
      const client = await bench.connect();
      client.send(UPGRADE);
      await eventually('the end', () => client.received.endsWith('bye') && client.hasEnded);
      client.socket.end('late words');
      await eventually('the late words reach the cell', () => got === 'late words');
      assert.equal((await counted(bench, 1))[0]?.code, null);
    },
  },
  {
    claim: 'a client that leaves an upgraded connection ends it at the cell',
    async run(bench) {
      echo(bench);
      const client = await bench.connect();
      client.send(UPGRADE);
      await client.answers(1);
      client.socket.resetAndDestroy();
      await eventually('the cell lost it', () => bench.cell.left === 1);
    },
  },
  {
    claim: 'a client that leaves before the upgrade is answered ends the request at the cell',
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.send(UPGRADE);
      await bench.reached();
      client.close();
      await eventually('the cell lost it', () => bench.cell.left === 1);
      assert.equal((await counted(bench, 1))[0]?.code, 'CLIENT_GONE');
    },
  },
  {
    claim: 'a cell that breaks an upgraded connection breaks the client’s',
    async run(bench) {
      bench.cell.answer = ({ socket }) => {
        socket.write(SWITCH);
        void eventually('the client has switched', () => client.received.includes('101')).then(() =>
          socket.resetAndDestroy(),
        );
      };
      const client = await bench.connect();
      client.send(UPGRADE);
      await eventually('the connection is gone', () => client.isClosed || client.hasEnded);
    },
  },
  {
    claim: 'an upgraded connection is cut at the end of a drain',
    options: { settings: { drainIdleMs: 10, drainMs: 200 } },
    async run(bench) {
      echo(bench);
      const client = await bench.connect();
      client.send(UPGRADE);
      await client.answers(1);
      await bench.door.drain();
      await eventually('the connection is gone', () => client.isClosed || client.hasEnded);
      await eventually('the cell lost it', () => bench.cell.left === 1);
    },
  },
];
