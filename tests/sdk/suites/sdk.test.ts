import { afterEach, describe, expect, test } from 'vitest';
import { allTransports, endClients, sdkPlaces, SdkError } from '../harness/sdk';
import { uniqueChannel, useServer } from '../harness/server';

const server = useServer();
const places = sdkPlaces(allTransports);

afterEach(endClients);

describe.each(places)('the SDK in $name', (place) => {
  test('connects, and disconnects when told to', async () => {
    const client = await place.create(server.current.endpoint);
    const connected = await client.connect();
    expect(connected.client).toMatch(/^[0-9a-f-]{36}$/);
    expect(connected.transport).toBe(place.transport);
    await client.act('disconnect');
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 0, reason: 'disconnect called' });
  });

  test('subscribes while it is still connecting, and after', async () => {
    const [early, late] = [uniqueChannel(), uniqueChannel()];
    const client = await place.create(server.current.endpoint);
    await client.act('subscribe', early, {});
    await client.connect();
    await client.event(`subscribed:${early}`);
    const subscribed = await client.subscribe(late);
    expect(subscribed).toMatchObject({ channel: late, recoverable: false, positioned: false, wasRecovering: false, recovered: false });
  });

  test('receives its own publications and those of others, with who published them [checklist 75]', async () => {
    const channel = uniqueChannel();
    const [a, b] = [await place.create(server.current.endpoint), await place.create(server.current.endpoint)];
    const [aConnected, bConnected] = [await a.connect(), await b.connect()];
    await a.subscribe(channel);
    await b.subscribe(channel);
    await a.publish(channel, { from: 'a', text: 'grüß dich \u{1F426}' });
    await b.publish(channel, { from: 'b', list: [1, 2.5, null, false] });
    for (const client of [a, b]) {
      const fromA = await client.publication(channel, { from: 'a', text: 'grüß dich \u{1F426}' });
      expect(fromA.info).toEqual({ user: '', client: aConnected.client });
      const fromB = await client.publication(channel, { from: 'b', list: [1, 2.5, null, false] });
      expect(fromB.info).toEqual({ user: '', client: bConnected.client });
    }
  });

  test('publishes through a subscription', async () => {
    const channel = uniqueChannel();
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.subscribe(channel);
    await client.act('publishThrough', channel, { json: 'through' });
    await client.publication(channel, 'through');
  });

  test('calls the built-in method, and is told when there is none [checklist 84]', async () => {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.rpc('ping', {});
    await expect(client.rpc('nothing', {})).rejects.toMatchObject({ code: 104, message: 'method not found' });
  });

  test('is told what it may not do: 102, 103, 107, 108', async () => {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await expect(client.publish('nowhere:x', 1)).rejects.toMatchObject({ code: 102 });
    await expect(client.publish('readonly:x', 1)).rejects.toMatchObject({ code: 103 });
    await expect(client.publish('x'.repeat(300), 1)).rejects.toMatchObject({ code: 107 });
    await expect(client.act('history', uniqueChannel())).rejects.toMatchObject({ code: 108 });
    await expect(client.act('presence', uniqueChannel())).rejects.toMatchObject({ code: 108 });
    expect(client.connectionEvents).toEqual(['connecting', 'connected']);
  });

  test.each([['nowhere:x', 102, 'unknown channel'], ['closed:x', 103, 'permission denied']])('a refused subscription to %s ends with %i', async (channel, code, reason) => {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.act('subscribe', channel, {});
    const { context } = (await client.event(`unsubscribed:${channel}`)).entry;
    expect(context).toMatchObject({ code, reason });
  });

  test('after unsubscribe nothing arrives, after subscribing again it does [checklist 58]', async () => {
    const [channel, marker] = [uniqueChannel(), uniqueChannel()];
    const client = await place.create(server.current.endpoint);
    const other = await place.create(server.current.endpoint);
    await client.connect();
    await other.connect();
    await client.subscribe(channel);
    await client.subscribe(marker);
    await other.publish(channel, 1);
    await client.publication(channel, 1);
    await client.act('unsubscribe', channel);
    expect((await client.event(`unsubscribed:${channel}`)).entry.context).toMatchObject({ code: 0 });
    await client.rpc('ping', {});   // the server has taken the unsubscribe now
    await other.publish(channel, 2);
    await other.publish(marker, 'marker');
    await client.publication(marker, 'marker');
    await client.rpc('ping', {});
    expect(client.received(channel)).toEqual([1]);
    await client.subscribe(channel);
    await other.publish(channel, 3);
    await client.publication(channel, 3);
    expect(client.received(channel)).toEqual([1, 3]);
  });

  test('keeps many subscriptions and gets each its own publications, in order', async () => {
    const channels = Array.from({ length: 30 }, () => uniqueChannel());
    const client = await place.create(server.current.endpoint);
    for (const channel of channels) await client.act('subscribe', channel, {});
    await client.connect();
    for (const channel of channels) await client.event(`subscribed:${channel}`);
    for (let n = 0; n < 5; n++) await Promise.all(channels.map((channel) => client.publish(channel, { channel, n })));
    for (const channel of channels) {
      await client.publication(channel, { channel, n: 4 });
      expect(client.received(channel)).toEqual([0, 1, 2, 3, 4].map((n) => ({ channel, n })));
    }
  });

  test('is closed for a message nobody takes, and does not come back: 3508 is final [checklist 85]', async () => {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.act('send', { json: 'hello?' });
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 3508, reason: 'not available' });
  });

  test('a publication larger than the limit is refused; a WebSocket ends with it for good [checklist 10]', async () => {
    const client = await place.create(server.current.endpoint, { timeout: 1_000 });
    await client.connect();
    await expect(client.publish(uniqueChannel(), 'x'.repeat(70_000))).rejects.toBeInstanceOf(SdkError);
    if (place.transport !== 'websocket') return client.rpc('ping', {}).then(() => {});   // a request is refused (413), the stream goes on
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 3, reason: 'message size limit exceeded' });
  });

  if (place.wire === 'protobuf') {
    test('carries bytes that are no text', async () => {
      const channel = uniqueChannel('binary');
      const client = await place.create(server.current.endpoint);
      await client.connect();
      await client.subscribe(channel);
      const base64 = Buffer.from([0, 255, 128, 10, 0]).toString('base64');
      await client.act('publish', channel, { base64 });
      const { entry } = await client.event(`publication:${channel}`);
      expect(entry.context.data).toEqual({ base64 });
    });
  }
});

test('clients of both wires and both runtimes are in one channel', async () => {
  const channel = uniqueChannel();
  const clients = [];
  for (const place of places) clients.push(await place.create(server.current.endpoint));
  for (const client of clients) {
    await client.connect();
    await client.subscribe(channel);
  }
  for (const client of clients) await client.publish(channel, { by: client.name });
  for (const client of clients) {
    for (const by of clients) await client.publication(channel, { by: by.name });
  }
});
