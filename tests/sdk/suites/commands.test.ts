import { describe, expect, test } from 'vitest';
import { RawClient, wires } from '../harness/raw';
import { uniqueChannel, useServer } from '../harness/server';

const server = useServer();

describe.each(wires)('commands on the %s wire', (wire) => {
  test('[checklist 75] a client publication carries user and client of its publisher', async () => {
    const channel = uniqueChannel();
    const publisher = await RawClient.open(server.current, { wire });
    const { connect } = await publisher.call({ connect: {} });
    const subscriber = await RawClient.connect(server.current, { wire });
    await subscriber.call({ subscribe: { channel } });
    expect(await publisher.call({ publish: { channel, data: { text: 'hi' } } })).toMatchObject({ publish: {} });
    const { data, info } = await subscriber.publication(channel);
    expect(data).toEqual({ text: 'hi' });
    expect(info.client).toBe(connect.client);
    expect(info.user ?? '').toBe('');
  });

  test('[checklist 76] publishing without permission is 103, without data 107', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect((await client.call({ publish: { channel: 'readonly:x', data: 1 } })).error).toEqual({ code: 103, message: 'permission denied' });
    expect((await client.call({ publish: { channel: uniqueChannel() } })).error).toEqual({ code: 107, message: 'bad request' });
    expect((await client.call({ publish: { channel: 'nowhere:x', data: 1 } })).error.code).toBe(102);
    client.send({ id: 99, publish: { channel: '', data: 1 } });
    expect((await client.closed()).code).toBe(3501);
  });

  test('where only subscribers may publish, a client may as long as it is subscribed', async () => {
    const channel = uniqueChannel('members');
    const client = await RawClient.connect(server.current, { wire });
    const publish = async () => (await client.call({ publish: { channel, data: 1 } })).error?.code ?? 0;
    expect(await publish()).toBe(103);
    await client.call({ subscribe: { channel } });
    expect(await publish()).toBe(0);
    await client.call({ unsubscribe: { channel } });
    expect(await publish()).toBe(103);
  });

  test('[checklist 81] history and presence, which nothing here keeps, are 108', async () => {
    const client = await RawClient.connect(server.current, { wire });
    const channel = uniqueChannel();
    for (const command of [{ history: { channel, limit: 1 } }, { presence: { channel } }, { presence_stats: { channel } }]) {
      expect((await client.call(command)).error).toEqual({ code: 108, message: 'not available' });
    }
    expect((await client.call({ history: { channel: 'nowhere:x' } })).error.code).toBe(102);
  });

  test('[checklist 84] the built-in RPC answers, an unknown method is 104', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect((await client.call({ rpc: { method: 'ping' } })).rpc).toEqual({});
    expect((await client.call({ rpc: { method: 'pong' } })).error).toEqual({ code: 104, message: 'method not found' });
    expect((await client.call({ rpc: { method: 'nowhere:ping' } })).error.code).toBe(104);
  });

  test('[checklist 85] a message nobody takes closes with 3508', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.send({ send: { data: { text: 'hi' } } });
    expect(await client.closed()).toEqual({ code: 3508, reason: 'not available' });
  });

  test('[checklist 86] a command with an id and no request closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.send({ id: 9 });
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('[checklist 94] refreshing a subscription that does not exist is 103', async () => {
    const client = await RawClient.connect(server.current, { wire });
    expect((await client.call({ sub_refresh: { channel: uniqueChannel(), token: 'x' } })).error).toEqual({ code: 103, message: 'permission denied' });
  });

  test('[checklist 91] refreshing without a token closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.send({ id: 9, refresh: {} });
    expect((await client.closed()).code).toBe(3501);
  });
});
