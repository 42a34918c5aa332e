import { describe, expect, test } from 'vitest';
import { RawClient, wires } from '../harness/raw';
import { Server, ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const server = useServer(withSettings(ordinary, { client: { stale_close_delay: '1s' } }));

// At the same time: the stale ones do nothing but wait.
describe.concurrent.each(wires)('connecting on the %s wire', (wire) => {
  test('gives the id of the connection, the version and the heartbeat, and nothing of emulation [checklist 19]', async () => {
    const client = await RawClient.open(server.current, { wire });
    const { connect } = await client.call({ connect: {} });
    expect(connect.client).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(connect).toMatchObject({ ping: 25, pong: true });
    expect(connect.version).toBeTypeOf('string');
    expect(connect).not.toHaveProperty('session');
    expect(connect).not.toHaveProperty('node');
  });

  test('[checklist 34] a command before connect closes with 3501', async () => {
    const client = await RawClient.open(server.current, { wire });
    client.send({ id: 1, subscribe: { channel: uniqueChannel() } });
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('[checklist 34] a second connect closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.send({ id: 9, connect: {} });
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('[checklist 35] a connection that never connects closes with 3502', async () => {
    const client = await RawClient.open(server.current, { wire });
    expect(await client.closed()).toEqual({ code: 3502, reason: 'stale' });
  });

  test('[checklist 45] optimistic subscribes in the frame of connect are answered after it, in order', async () => {
    const [a, b] = [uniqueChannel(), uniqueChannel()];
    const client = await RawClient.open(server.current, { wire });
    client.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel: a } }, { id: 3, subscribe: { channel: b } }, { id: 4, publish: { channel: b, data: 1 } });
    await client.publication(b);
    await client.reply(4);
    expect(client.replies.entries.filter((reply) => reply.id).map((reply) => reply.id)).toEqual([1, 2, 3, 4]);
    expect(client.replies.entries.map((reply) => Object.keys(reply).find((key) => key !== 'id')).slice(0, 3)).toEqual(['connect', 'subscribe', 'subscribe']);
  });

  test('a token closes with 3500: nothing here can verify it', async () => {
    const client = await RawClient.open(server.current, { wire });
    client.send({ id: 1, connect: { token: 'eyJhbGciOiJub25lIn0.e30.' } });
    expect(await client.closed()).toEqual({ code: 3500, reason: 'invalid token' });
  });
});

test('[checklist 39] without credentials an anonymous user connects where that is allowed', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  await client.call({ subscribe: { channel } });
  await client.call({ publish: { channel, data: 1 } });
  expect((await client.publication(channel)).info.user).toBe('');
});

test('[checklist 39] without credentials connect closes with 3501 where anonymous users are not allowed', async () => {
  const strict = await Server.start({});
  try {
    const client = await RawClient.open(strict);
    client.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel: 'x' } });
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
    expect(client.replies.entries).toEqual([]);
  } finally {
    await strict.stop();
  }
});

test('an insecure server lets everyone connect, subscribe and publish', async () => {
  const insecure = await Server.start({ client: { insecure: true } });
  try {
    const client = await RawClient.open(insecure);
    expect((await client.call({ connect: { token: 'whatever' } })).connect.client).toBeTypeOf('string');
    expect((await client.call({ subscribe: { channel: 'news' } })).subscribe).toEqual({});
    expect((await client.call({ publish: { channel: 'news', data: 1 } })).publish).toEqual({});
    await client.publication('news');
  } finally {
    await insecure.stop();
  }
});

test('the server tells its time where that is asked for', async () => {
  const timed = await Server.start(withSettings(ordinary, { client: { connect_include_server_time: true } }));
  try {
    const client = await RawClient.open(timed);
    const { connect } = await client.call({ connect: {} });
    expect(Math.abs(connect.time - Date.now())).toBeLessThan(10_000);
  } finally {
    await timed.stop();
  }
});

test('a server with more clients than it may have refuses with 503', async () => {
  const small = await Server.start(withSettings(ordinary, { client: { connection_limit: 1 } }));
  try {
    await RawClient.connect(small);
    await expect(RawClient.open(small)).rejects.toMatchObject({ status: 503 });
  } finally {
    await small.stop();
  }
});
