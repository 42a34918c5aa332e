import { afterEach, expect, test } from 'vitest';
import { freePort } from '../harness/ports';
import { RawClient } from '../harness/raw';
import { endClients, sdkPlaces, type SdkClient } from '../harness/sdk';
import { Server, ordinary, uniqueChannel } from '../harness/server';

const places = sdkPlaces();
const servers: Server[] = [];

afterEach(async () => {
  await endClients();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(port: number): Promise<Server> {
  const server = await Server.start(ordinary, port);
  servers.push(server);
  return server;
}

/** One client of every place, subscribed to the channel. */
async function subscribedClients(server: Server, channel: string): Promise<SdkClient[]> {
  const clients = await Promise.all(places.map((place) => place.create(server.endpoint)));
  for (const client of clients) {
    await client.connect();
    await client.subscribe(channel);
  }
  return clients;
}

test.each([
  ['SIGTERM', { code: 3001, reason: 'shutdown' }],
  ['SIGKILL', { code: 1, reason: 'transport closed' }],
] as const)('after %s the SDK, everywhere and on both wires, comes back to a new process on the same port', async (signal, told) => {
  const channel = uniqueChannel();
  const port = await freePort();
  const first = await start(port);
  const clients = await subscribedClients(first, channel);
  await clients[0]!.publish(channel, 'before');
  for (const client of clients) await client.publication(channel, 'before');
  const before = clients.map((client) => client.events.last);

  first.signal(signal);
  for (const [i, client] of clients.entries()) {
    expect((await client.event('connecting', { after: before[i]! })).entry.context, client.name).toMatchObject(told);
  }
  await first.exited;
  await start(port);
  for (const [i, client] of clients.entries()) {
    const { index } = await client.event('connected', { after: before[i]! });
    await client.event(`subscribed:${channel}`, { after: index });
  }
  await clients[0]!.publish(channel, 'after');
  for (const client of clients) {
    await client.publication(channel, 'after');
    expect(client.received(channel), client.name).toEqual(['before', 'after']);
    expect(client.connectionEvents.filter((event) => event === 'disconnected'), client.name).toEqual([]);
  }
});

test('[checklist 96] SIGTERM closes every connection with 3001, and the process ends with 0', async () => {
  const server = await start(0);
  const channel = uniqueChannel();
  const clients = await Promise.all(Array.from({ length: 200 }, (_, i) => RawClient.connect(server, { wire: i % 2 ? 'json' : 'protobuf' })));
  const silent = await RawClient.open(server);   // has not even sent connect
  for (const client of clients) await client.call({ subscribe: { channel } });
  const publisher = clients[0]!;
  const published = Array.from({ length: 50 }, (_, n) => n);
  publisher.send(...published.map((n) => ({ id: publisher.nextId(), publish: { channel, data: n } })));
  await publisher.roundTrip();

  const started = performance.now();
  server.signal('SIGTERM');
  const closes = await Promise.all([...clients, silent].map((client) => client.closed()));
  for (const close of closes) expect(close).toEqual({ code: 3001, reason: 'shutdown' });
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - started).toBeLessThan(5_000);
  for (const client of clients) expect(client.publications(channel).map(({ data }) => data)).toEqual(published);
  server.expectNoErrors();
});

test('a client that does not answer the close does not hold the end up', async () => {
  const server = await start(0);
  const stuck = await RawClient.connect(server);
  stuck.pauseReading();
  server.signal('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  stuck.terminate();
});

test('SIGINT ends the server as SIGTERM does', async () => {
  const server = await start(0);
  const client = await RawClient.connect(server);
  server.signal('SIGINT');
  expect((await client.closed()).code).toBe(3001);
  expect(await server.exited).toEqual({ code: 0, signal: null });
});
