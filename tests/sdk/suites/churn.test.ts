import { expect, test } from 'vitest';
import { RawClient, wires } from '../harness/raw';
import { uniqueChannel, useServer } from '../harness/server';

const server = useServer();   // at the end it must not have reported an error

test('clients come and go, politely or not, while a channel is busy: who stays misses nothing', async () => {
  const channel = uniqueChannel();
  const stayers = await Promise.all(wires.map((wire) => RawClient.connect(server.current, { wire })));
  for (const client of stayers) await client.call({ subscribe: { channel } });
  const publisher = await RawClient.connect(server.current);
  let published = 0;
  const publish = () => publisher.send({ id: publisher.nextId(), publish: { channel, data: published++ } });

  for (let round = 0; round < 15; round++) {
    const visitors = await Promise.all(Array.from({ length: 10 }, (_, i) => RawClient.open(server.current, { wire: wires[i % 2]! })));
    for (const visitor of visitors) {
      visitor.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel } }, { id: 3, publish: { channel: uniqueChannel(), data: 1 } });
      publish();
    }
    for (const [i, visitor] of visitors.entries()) {
      if (i % 3 !== 2) await visitor.reply(3);
      publish();
      // Gone without a word, in the middle of a command, or in the middle of a frame.
      if (i % 3 === 0) visitor.send({ id: 4, unsubscribe: { channel } });
      if (i % 5 === 0) visitor.sendFragment('{"id":5,"publish":{"channel":"x","da');
      visitor.terminate();
    }
  }
  await publisher.roundTrip();
  const all = Array.from({ length: published }, (_, n) => n);
  for (const client of stayers) {
    await client.publication(channel, ({ data }) => data === published - 1);
    expect(client.publications(channel).map(({ data }) => data)).toEqual(all);
  }
});

test.each(wires)('a message in many fragments, with pings between them, is one message, %s', async (wire) => {
  const client = await RawClient.connect(server.current, { wire });
  const channel = uniqueChannel();
  await client.call({ subscribe: { channel } });
  const text = 'word '.repeat(2_000);
  client.sendInFragments({ id: client.nextId(), publish: { channel, data: text } }, 37);
  expect((await client.publication(channel)).data).toBe(text);
  await client.roundTrip();
});
