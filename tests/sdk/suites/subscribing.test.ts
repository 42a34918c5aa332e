import { describe, expect, test } from 'vitest';
import { RawClient, wires } from '../harness/raw';
import { uniqueChannel, useServer } from '../harness/server';

const server = useServer();

describe.each(wires)('subscribing on the %s wire', (wire) => {
  const subscribe = async (client: RawClient, channel: string) => (await client.call({ subscribe: { channel } })).error?.code ?? 0;

  test('[checklist 48] an unknown namespace is 102, a namespace that permits nothing 103', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect((await client.call({ subscribe: { channel: 'nowhere:x' } })).error).toEqual({ code: 102, message: 'unknown channel' });
    expect((await client.call({ subscribe: { channel: 'closed:x' } })).error).toEqual({ code: 103, message: 'permission denied' });
  });

  test('[checklist 49] a name of 256 bytes is 107, one of 255 is taken, an empty one closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect(await subscribe(client, 'x'.repeat(256))).toBe(107);
    expect(await subscribe(client, 'x'.repeat(255))).toBe(0);
    client.send({ id: 99, subscribe: { channel: '' } });
    expect((await client.closed()).code).toBe(3501);
  });

  test('a name that is not ASCII is 107', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect(await subscribe(client, 'grüße')).toBe(107);
  });

  test('[checklist 50] a second subscribe to a channel is 105', async () => {
    const channel = uniqueChannel();
    const client = await RawClient.connect(server.current, { wire });
    expect(await subscribe(client, channel)).toBe(0);
    expect((await client.call({ subscribe: { channel } })).error).toEqual({ code: 105, message: 'already subscribed' });
  });

  test('[checklist 51] the 129th subscription is 106, and fits after one has gone', async () => {
    const channels = Array.from({ length: 129 }, () => uniqueChannel());
    const client = await RawClient.connect(server.current, { wire });
    client.send(...channels.slice(0, 128).map((channel) => ({ id: client.nextId(), subscribe: { channel } })));
    await client.roundTrip();
    expect(client.replies.entries.filter((reply) => reply.error)).toEqual([]);
    expect((await client.call({ subscribe: { channel: channels[128] } })).error).toEqual({ code: 106, message: 'limit exceeded' });
    await client.call({ unsubscribe: { channel: channels[0] } });
    expect(await subscribe(client, channels[128]!)).toBe(0);
  });

  test('[checklist 52] a $ channel without token is 103 even where everyone may subscribe', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect(await subscribe(client, '$x')).toBe(103);
    expect(await subscribe(client, '$readonly:x')).toBe(103);
  });

  test('[checklist 55] a user-limited channel does not admit an anonymous user', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect(await subscribe(client, 'users:x#1,2')).toBe(103);
  });

  test('[checklist 56] the subscribe reply precedes every publication of the channel', async () => {
    const channel = uniqueChannel();
    const [publisher, subscriber] = await Promise.all([RawClient.connect(server.current, { wire }), RawClient.connect(server.current, { wire })]);
    // The channel is never quiet while the other one subscribes again and again.
    for (let round = 0; round < 20; round++) {
      publisher.send(...Array.from({ length: 10 }, (_, n) => ({ id: publisher.nextId(), publish: { channel, data: { round, n } } })));
      await subscriber.call({ subscribe: { channel } });
      await subscriber.call({ unsubscribe: { channel } });
    }
    await publisher.roundTrip();
    let isSubscribed = false;
    for (const reply of subscriber.replies.entries) {
      if (reply.subscribe) isSubscribed = true;
      if (reply.unsubscribe) isSubscribed = false;
      if (reply.push) expect(isSubscribed, `a publication outside of the subscription: ${JSON.stringify(reply)}`).toBe(true);
    }
  });

  test('[checklist 57] unsubscribing from an unknown channel succeeds', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect((await client.call({ unsubscribe: { channel: 'never-seen' } })).unsubscribe).toEqual({});
    client.send({ id: 99, unsubscribe: { channel: '' } });
    expect((await client.closed()).code).toBe(3501);
  });

  test('[checklist 58] after unsubscribe nothing of the channel arrives', async () => {
    const [gone, kept] = [uniqueChannel(), uniqueChannel()];
    const client = await RawClient.connect(server.current, { wire });
    const publisher = await RawClient.connect(server.current, { wire });
    await client.call({ subscribe: { channel: gone } });
    await client.call({ subscribe: { channel: kept } });
    await publisher.call({ publish: { channel: gone, data: 'before' } });
    await client.publication(gone);
    await client.call({ unsubscribe: { channel: gone } });
    await publisher.call({ publish: { channel: gone, data: 'after' } });
    await publisher.call({ publish: { channel: kept, data: 'marker' } });
    await client.publication(kept);
    await client.roundTrip();
    expect(client.publications(gone).map((publication) => publication.data)).toEqual(['before']);
  });

  test('[checklist 62] an unknown delta closes with 3501, a filter nobody supports is 107', async () => {
    const client = await RawClient.connect(server.current, { wire });
    const tf = { op: '', key: 'k', cmp: 'eq', val: 'v' };
    expect((await client.call({ subscribe: { channel: uniqueChannel(), tf } })).error.code).toBe(107);
    client.send({ id: 99, subscribe: { channel: uniqueChannel(), delta: 'guess' } });
    expect((await client.closed()).code).toBe(3501);
  });

  test('[checklist 97] delta is silently absent where it is not offered', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect((await client.call({ subscribe: { channel: uniqueChannel(), delta: 'fossil' } })).subscribe).toEqual({});
  });

  test('publications of one channel arrive in the order they were published, to everyone', async () => {
    const channel = uniqueChannel();
    const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(server.current, { wire })));
    for (const client of clients) await client.call({ subscribe: { channel } });
    const rounds = 200;
    for (const [from, client] of clients.slice(0, 2).entries()) {
      for (let n = 0; n < rounds; n++) client.send({ id: client.nextId(), publish: { channel, data: { from, n } } });
    }
    const orders = await Promise.all(clients.map(async (client) => {
      await client.publication(channel, () => client.publications(channel).length === 2 * rounds);
      return client.publications(channel).map(({ data }) => `${data.from}:${data.n}`);
    }));
    for (const order of orders) expect(order).toEqual(orders[0]);
    for (const from of [0, 1]) {
      const own = orders[0]!.filter((entry) => entry.startsWith(`${from}:`));
      expect(own).toEqual(Array.from({ length: rounds }, (_, n) => `${from}:${n}`));
    }
  });
});
