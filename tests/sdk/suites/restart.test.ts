import { afterEach, expect, test } from 'vitest';
import { freePort } from '../harness/ports';
import { allTransports, endClients, sdkPlaces, type SdkClient } from '../harness/sdk';
import { Server, ordinary, uniqueChannel } from '../harness/server';

const places = sdkPlaces(allTransports);
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
] as const)('after %s the SDK, everywhere, on both wires and over every transport, comes back to a new process on the same port', async (signal, told) => {
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
