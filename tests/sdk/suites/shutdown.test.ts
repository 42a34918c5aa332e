import { describe, expect, test } from 'vitest';
import { carriers, tlsSettings } from '../harness/carriers';
import { Http2Connection } from '../harness/http2';
import { RawClient } from '../harness/raw';
import { Server, ordinary, uniqueChannel, withSettings, type Settings } from '../harness/server';

type OnFinished = (end: () => Promise<void>) => void;

/** A server of the test that asks for it. */
async function start(onTestFinished: OnFinished, more: Settings): Promise<Server> {
  const server = await Server.start(withSettings(ordinary, more));
  onTestFinished(() => server.stop());
  return server;
}

// At the same time: what takes long is waiting for a client that never answers.
describe.concurrent.each(carriers)('the end of a server, $name', ({ more }) => {
  test('[checklist 96] SIGTERM closes every connection with 3001, and the process ends with 0', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, more);
    const channel = uniqueChannel();
    const clients = await Promise.all(Array.from({ length: 200 }, (_, i) => RawClient.connect(server, { wire: i % 2 ? 'json' : 'protobuf' })));
    for (const client of clients) await client.call({ subscribe: { channel } });
    const publisher = clients[0]!;
    const published = Array.from({ length: 50 }, (_, n) => n);
    publisher.send(...published.map((n) => ({ id: publisher.nextId(), publish: { channel, data: n } })));
    await publisher.roundTrip();
    const silent = await RawClient.open(server);   // has not even sent connect

    const started = performance.now();
    server.signal('SIGTERM');
    const closes = await Promise.all([...clients, silent].map((client) => client.closed()));
    for (const close of closes) expect(close).toEqual({ code: 3001, reason: 'shutdown' });
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - started).toBeLessThan(10_000);
    for (const client of clients) expect(client.publications(channel).map(({ data }) => data)).toEqual(published);
    server.expectNoErrors();
  });

  test('a client that does not answer the close does not hold the end up', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, more);
    const stuck = await RawClient.connect(server);
    stuck.pauseReading();
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    stuck.terminate();
  });

  test('SIGINT ends the server as SIGTERM does', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, more);
    const client = await RawClient.connect(server);
    server.signal('SIGINT');
    expect((await client.closed()).code).toBe(3001);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });
});

test('[checklist 96] WebSockets over HTTP/2 are closed with 3001 too', async ({ onTestFinished }) => {
  const server = await start(onTestFinished, { http_server: { tls: tlsSettings(), http2: true } });
  const connection = await Http2Connection.open(server.origin);
  const sockets = await Promise.all([1, 2].map(() => connection.webSocket('/connection/websocket')));
  for (const socket of sockets) {
    socket.send({ id: 1, connect: {} });
    await socket.reply(1);
  }
  server.signal('SIGTERM');
  for (const socket of sockets) {
    const { entry } = await socket.closes.wait('the close frame', () => true);
    expect(entry).toEqual({ code: 3001, reason: 'shutdown' });
    socket.close(3001);
  }
  expect(await server.exited).toEqual({ code: 0, signal: null });
  server.expectNoErrors();
  connection.close();
});
