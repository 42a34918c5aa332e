import { afterEach, describe, expect, test } from 'vitest';
import { allTransports, endClients, sdkPlaces } from '../harness/sdk';
import { ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const server = useServer(withSettings(ordinary, {
  rpc: { ping: { enabled: true } },
  client: {
    rate_limit: {
      disconnect_after: 5,
      connection: {
        publish: { rate: 2, interval: '1s' },
        subscribe: { rate: 1, interval: '300ms' },
        rpc: { rate: 1, interval: '1h' },
      },
    },
  },
}));

afterEach(endClients);

describe.each(sdkPlaces(allTransports))('too many requests, to the SDK in $name', (place) => {
  test('are error 111, which names the limit and when to try again; then it is as before', async () => {
    const channel = uniqueChannel();
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.publish(channel, 1);
    await client.publish(channel, 2);
    await expect(client.publish(channel, 3)).rejects.toMatchObject({
      code: 111,
      message: expect.stringMatching(/^too many requests: publish of this connection, try again in \d+ ms$/),
    });
    await expect.poll(() => client.publish(channel, 4).then(() => 0, ({ code }) => code), { timeout: 10_000, interval: 600 }).toBe(0);
    expect(client.connectionEvents).toEqual(['connecting', 'connected']);
  });

  test('to subscribe are tried again by the SDK itself', async () => {
    const [first, second] = [uniqueChannel(), uniqueChannel()];
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.act('subscribe', first, {});
    await client.act('subscribe', second, {});
    // Which of them is too much: over HTTP each is a request of its own, and they may overtake each other.
    const refused = await client.events.wait('the refusal', ({ event }) => event === `error:${first}` || event === `error:${second}`);
    expect(refused.entry.context.error.code).toBe(111);
    for (const channel of [first, second]) await client.event(`subscribed:${channel}`);
  });

  test('without end are a disconnect with 3013, after which the SDK comes back', async () => {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.rpc('ping', {});
    for (let call = 0; call < 5; call++) await expect(client.rpc('ping', {})).rejects.toMatchObject({ code: 111 });
    const { index } = await client.event('connected');
    client.rpc('ping', {}).catch(() => undefined);   // its end is the connection's
    const gone = await client.event('connecting', { after: index });
    expect(gone.entry.context).toEqual({ code: 3013, reason: 'too many requests' });
    await client.event('connected', { after: gone.index });
    await client.rpc('ping', {});
  });
});
