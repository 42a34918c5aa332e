import { describe, expect, test } from 'vitest';
import { RawClient, wires } from '../harness/raw';
import { uniqueChannel, useServer } from '../harness/server';

const server = useServer();

describe.each(wires)('messages on the %s wire', (wire) => {
  test('[checklist 30] unknown fields of commands are ignored', async () => {
    const client = await RawClient.open(server.current, { wire });
    const reply = await client.call({ unknown: 'x', connect: { unknown: 'y', name: 'test' } });
    expect(reply.connect.client).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('[checklist 33] each reply carries the id of its command; pushes carry none', async () => {
    const channel = uniqueChannel();
    const client = await RawClient.connect(server.current, { wire });
    client.send({ id: 4_000_000_000, subscribe: { channel } }, { id: 77, publish: { channel, data: { n: 1 } } });
    await client.publication(channel);
    expect((await client.reply(4_000_000_000)).subscribe).toBeDefined();
    expect((await client.reply(77)).publish).toEqual({});
    const pushes = client.replies.entries.filter((reply) => reply.push);
    expect(pushes.map((push) => push.id)).toEqual([undefined]);
  });

  test('data of every kind of JSON arrives as it was', async () => {
    const channel = uniqueChannel();
    const client = await RawClient.connect(server.current, { wire });
    await client.call({ subscribe: { channel } });
    const values = [{ a: [1, { b: null }] }, [], {}, 5, -0.25, 'text "quoted" \u{1F426} \u2028', '', true, false, null];
    for (const data of values) expect((await client.call({ publish: { channel, data } })).publish).toEqual({});
    await client.publication(channel, () => client.publications(channel).length === values.length);
    expect(client.publications(channel).map((publication) => publication.data)).toEqual(values);
  });
});

test('[checklist 26] zero values are left out of JSON, empty results are there', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  const connect = textOf(client, 0);
  expect(connect).not.toMatch(/"(expires|ttl|data|subs|session|node|time)"/);
  await client.call({ subscribe: { channel } });
  await client.call({ publish: { channel, data: 1 } });
  await client.call({ unsubscribe: { channel } });
  await client.call({ rpc: { method: 'ping' } });
  const all = client.frames.entries.map((frame) => frame.data.toString()).join('\n');
  for (const empty of ['"subscribe":{}', '"publish":{}', '"unsubscribe":{}', '"rpc":{}']) expect(all).toContain(empty);
  expect(all).not.toMatch(/"(offset|epoch|recovered|temporary)"/);
});

test('ClientInfo always has its user and client, even when the user is empty', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.open(server.current);
  const { connect } = await client.call({ connect: {} });
  await client.call({ subscribe: { channel } });
  await client.call({ publish: { channel, data: 1 } });
  expect((await client.publication(channel)).info).toEqual({ user: '', client: connect.client });
  const frame = client.frames.entries.find(({ data }) => data.includes('"pub"'))!;
  expect(frame.data.toString()).toContain('"user":""');
});

test('[checklist 28] scalars are embedded in JSON as they are', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  await client.call({ subscribe: { channel } });
  for (const data of [5, 'x', null]) await client.call({ publish: { channel, data } });
  await client.publication(channel, () => client.publications(channel).length === 3);
  const all = client.frames.entries.map((frame) => frame.data.toString()).join('\n');
  for (const text of ['"data":5', '"data":"x"', '"data":null']) expect(all).toContain(text);
});

test('[checklist 29] a payload with line feeds reaches JSON subscribers without raw ones', async () => {
  const channel = uniqueChannel();
  const json = await RawClient.connect(server.current);
  const protobuf = await RawClient.connect(server.current, { wire: 'protobuf' });
  await json.call({ subscribe: { channel } });
  await protobuf.call({ publish: { channel, data: Buffer.from('{\n  "a": [1,\r\n 2]\n}\n') } });
  expect((await json.publication(channel)).data).toEqual({ a: [1, 2] });
});

test('[checklist 31] 64-bit values are JSON numbers', async () => {
  const client = await RawClient.connect(server.current);
  const reply = await client.call({ publish: { channel: 'closed:x', data: 1 } });
  expect(reply.error).toEqual({ code: 103, message: 'permission denied' });
  for (const { data } of client.frames.entries) expect(data.toString()).not.toMatch(/"(id|code|offset|time|ping)":"/);
});

test('[checklist 32] a binary publication closes the JSON subscriber with 3506 and leaves Protobuf subscribers alone', async () => {
  const channel = uniqueChannel('binary');
  const json = await RawClient.connect(server.current);
  const protobuf = await RawClient.connect(server.current, { wire: 'protobuf' });
  const publisher = await RawClient.connect(server.current, { wire: 'protobuf' });
  await json.call({ subscribe: { channel } });
  await protobuf.call({ subscribe: { channel } });
  const data = Buffer.from([0, 255, 254, 10, 13, 0]);
  expect((await publisher.call({ publish: { channel, data } })).publish).toEqual({});
  expect(await json.closed()).toEqual({ code: 3506, reason: 'inappropriate protocol' });
  expect((await protobuf.publication(channel)).data).toEqual(data);
  await publisher.call({ publish: { channel, data: { after: true } } });
  await protobuf.publication(channel, (publication) => publication.data.after === true);
  await protobuf.roundTrip();
});

function textOf(client: RawClient, frame: number): string {
  return client.frames.entries[frame]!.data.toString();
}
