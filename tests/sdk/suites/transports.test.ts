import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, callApi } from '../harness/api';
import { RawClient } from '../harness/raw';
import { Relay } from '../harness/relay';
import { allTransports, endClients, sdkPlaces, type SdkClient, type SdkPlace } from '../harness/sdk';
import { open, ordinary, Server, uniqueChannel, useServer, withSettings } from '../harness/server';

const settings = withSettings(ordinary, {
  http_api: { key: apiKey },
  channel: { without_namespace: { ...open(), history_size: 2_000, history_ttl: '5m', force_recovery: true } },
});
const server = useServer(settings);
const places = sdkPlaces(allTransports);

afterEach(endClients);

async function subscriber(place: SdkPlace, endpoint: string, channel: string): Promise<SdkClient> {
  const client = await place.create(endpoint);
  await client.connect();
  await client.subscribe(channel);
  return client;
}

async function publishAll(to: Server, channel: string, numbers: number[]): Promise<void> {
  for (let start = 0; start < numbers.length; start += 100) {
    const commands = numbers.slice(start, start + 100).map((data) => ({ publish: { channel, data } }));
    await callApi(to, 'batch', { commands });
  }
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe.each(places)('the SDK in $name', (place) => {
  test('loses nothing when its connection is cut again and again', async ({ onTestFinished }) => {
    const relay = await Relay.start(server.current.port);
    onTestFinished(() => relay.close());
    const channel = uniqueChannel();
    const client = await subscriber(place, relay.endpoint, channel);
    for (let round = 0; round < 3; round++) {
      const after = client.events.last;
      relay.cut();
      await client.event('connecting', { after });
      await publishAll(server.current, channel, numbers(round * 50, 50));
      await client.event(`subscribed:${channel}`, { after });
    }
    await client.publication(channel, 149);
    expect(client.received(channel)).toEqual(numbers(0, 150));
    expect(client.connectionEvents.filter((event) => event === 'disconnected')).toEqual([]);
  });

  test('carries 60 KB both ways', async () => {
    const channel = uniqueChannel();
    const client = await subscriber(place, server.current.endpoint, channel);
    const text = 'ü'.repeat(30_000);
    await client.publish(channel, text);
    await client.publication(channel, text);
  });

  test('gets 1,000 messages in a row in order', async () => {
    const channel = uniqueChannel();
    const client = await subscriber(place, server.current.endpoint, channel);
    await publishAll(server.current, channel, numbers(0, 1_000));
    await client.publication(channel, 999);
    expect(client.received(channel)).toEqual(numbers(0, 1_000));
  });
});

test('a one-way WebSocket gets native pings, which say whether it is there, and the protocol’s', async ({ onTestFinished }) => {
  const pinging = await Server.start(withSettings(settings, { uni_websocket: { enabled: true }, client: { ping_interval: '1s', pong_timeout: '900ms' } }));
  onTestFinished(() => pinging.stop());
  const endpoint = pinging.endpoint.replace('websocket', 'uni_websocket');
  const alive = await RawClient.open({ endpoint });
  const silent = await RawClient.open({ endpoint }, { nativePongs: 'withheld', pongs: 'withheld' });
  for (const client of [alive, silent]) client.sendFrame('{}');
  expect(await silent.closed()).toEqual({ code: 3012, reason: 'no pong' });
  await alive.nativePings.wait('a second native ping', () => alive.nativePings.entries.length >= 2);
  expect(alive.replies.entries[0]).toHaveProperty('connect');
  expect(alive.replies.entries.filter((push) => Object.keys(push).length === 0).length).toBeGreaterThanOrEqual(1);
  expect(alive.isClosed).toBe(false);
});

test('what was published before the end of a server arrives before its clients are told, in every place', async () => {
  const ending = await Server.start(settings);
  const channel = uniqueChannel();
  const clients = await Promise.all(places.map((place) => subscriber(place, ending.endpoint, channel)));
  const before = clients.map((client) => client.events.last);
  await publishAll(ending, channel, numbers(0, 200));
  ending.signal('SIGTERM');
  for (const [i, client] of clients.entries()) {
    expect((await client.event('connecting', { after: before[i]! })).entry.context, client.name).toMatchObject({ code: 3001, reason: 'shutdown' });
    expect(client.received(channel), client.name).toEqual(numbers(0, 200));
  }
  await endClients();
  expect(await ending.exited).toEqual({ code: 0, signal: null });
  await ending.stop();
});
