import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { type LinkFault, LinkFaults } from './link-faults.ts';
import { LinkRelay } from './link-relay.ts';
import { SocketOwners } from './socket-owners.ts';

const CUT: LinkFault = {
  key: 'cut',
  from: new Set(['a']),
  to: new Set(['b']),
  isCut: true,
  isOneWay: false,
  delayMs: 0,
};

const A = (): string => 'a';

/** A server that echoes behind a relay, and a client that the relay takes for process `a`. */
async function scene(t: TestContext, looksAt: (sender: string) => void = () => {}) {
  const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const faults = new LinkFaults();
  const relay = await LinkRelay.start({
    receiver: 'b',
    targetPort: (server.address() as AddressInfo).port,
    askSender: async () => 'a',
    hasFaults: () => !faults.isEmpty,
    passage: (sender, receiver) => {
      looksAt(sender);
      return faults.passage(sender, receiver);
    },
  });
  t.after(async () => {
    await relay.refuse();
    server.close();
  });
  const client = connect({ port: relay.port, host: '127.0.0.1' });
  t.after(() => client.destroy());
  const heard = { text: '' };
  client.on('error', () => {}).setEncoding('utf8');
  client.on('data', (text: string) => {
    heard.text += text;
  });
  await once(client, 'connect');
  return { faults, relay, client, heard };
}

async function echoed(client: Socket, heard: { text: string }, text: string): Promise<void> {
  client.write(text);
  await eventually(`${text} comes back`, () => heard.text.endsWith(text));
}

test('a cut link loses nothing: what was written meanwhile arrives when it is mended', async (t) => {
  const { faults, relay, client, heard } = await scene(t);
  await echoed(client, heard, 'one');
  faults.add(CUT);
  relay.update(A);
  client.write('two');
  // Through another connection that no fault concerns we know that the relay had its turn.
  await echoed(...(await stranger(t, faults, relay)), 'three');
  assert.equal(heard.text, 'one');
  faults.remove('cut');
  relay.update(A);
  await eventually('two comes back', () => heard.text === 'onetwo');
});

test('a link that is cut in one direction carries the other', async (t) => {
  const { faults, relay, client, heard } = await scene(t);
  faults.add({ ...CUT, from: new Set(['b']), to: new Set(['a']), isOneWay: true });
  relay.update(A);
  assert.deepEqual(faults.passage('a', 'b'), { isCut: false, delayMs: 0 });
  assert.deepEqual(faults.passage('b', 'a'), { isCut: true, delayMs: 0 });
  client.write('one');
  await echoed(...(await stranger(t, faults, relay)), 'two');
  assert.equal(heard.text, '');
});

test('a slow link delays each direction, and keeps the order', async (t) => {
  const { faults, relay, client, heard } = await scene(t);
  faults.add({ ...CUT, isCut: false, delayMs: 60 });
  relay.update(A);
  const from = performance.now();
  client.write('one');
  await echoed(client, heard, 'two');
  assert.ok(performance.now() - from >= 118, 'two delays');
  assert.equal(heard.text, 'onetwo');
});

test('when the process behind is gone connections are refused, and the port is the same afterwards', async (t) => {
  const { relay, client } = await scene(t);
  const closed = new Promise((resolve) => client.once('close', resolve));
  const { port } = relay;
  await relay.refuse();
  await closed;
  const [refused] = await once(connect({ port, host: '127.0.0.1' }), 'error');
  assert.equal((refused as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  await relay.listen();
  assert.equal(relay.port, port);
});

// After Ctrl-C in `data-center-cut-off` the command did not exit: links were mended, so held ends went out, and in the same moment the
// processes were gone. A reset after an end fails in libuv (EINVAL), and Node then waits for ever for a socket that never closes.
test('when the process behind goes at the moment at which an end goes out, all is closed', async (t) => {
  let looks = Number.NEGATIVE_INFINITY;
  const { relay, client, heard } = await scene(t, (sender) => {
    if (sender !== 'b') return;
    looks += 1;
    // Of an end that comes from the server: how late it is, whether it may go; then it went, and whether more may be read.
    if (looks === 3) void relay.refuse();
  });
  await echoed(client, heard, 'one');
  looks = 0;
  client.end();
  await once(client, 'close');
  assert.ok(looks >= 3);
});

test('the owner of a connection is found', { skip: SocketOwners.canLook() ? false : 'needs Linux' }, async (t) => {
  const { client, relay } = await scene(t);
  const owners = SocketOwners.look([1, process.pid]);
  assert.equal(owners.ownerOf(client.localPort ?? 0, relay.port), process.pid);
  assert.equal(owners.ownerOf(1, relay.port), null);
  assert.equal(SocketOwners.look([]).ownerOf(client.localPort ?? 0, relay.port), null);
});

test('`others` means every process outside', () => {
  const faults = new LinkFaults();
  faults.add({ ...CUT, from: new Set(['a', 'b']), to: null });
  assert.equal(faults.passage('a', 'b').isCut, false);
  assert.equal(faults.passage('a', 'c').isCut, true);
  assert.equal(faults.passage('c', 'b').isCut, true);
  assert.equal(faults.passage('c', 'd').isCut, false);
});

/** Another relay beside with the same faults, whose client is nobody's. */
async function stranger(t: TestContext, faults: LinkFaults, other: LinkRelay) {
  const echo = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const relay = await LinkRelay.start({
    receiver: other.receiver,
    targetPort: (echo.address() as AddressInfo).port,
    askSender: async () => null,
    hasFaults: () => !faults.isEmpty,
    passage: (sender, receiver) => faults.passage(sender, receiver),
  });
  const client = connect({ port: relay.port, host: '127.0.0.1' });
  t.after(async () => {
    client.destroy();
    await relay.refuse();
    echo.close();
  });
  const heard = { text: '' };
  client.on('error', () => {}).setEncoding('utf8');
  client.on('data', (text: string) => {
    heard.text += text;
  });
  await once(client, 'connect');
  return [client, heard] as const;
}
