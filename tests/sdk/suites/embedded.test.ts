import { afterEach, describe, expect, test } from 'vitest';
import { useEmbeddedApplication } from '../harness/embedded';
import { RawClient } from '../harness/raw';
import { endClients, sdkPlaces, type SdkPlace } from '../harness/sdk';

const application = useEmbeddedApplication();
const places = sdkPlaces();
let names = 0;

afterEach(endClients);

const uniqueName = (kind: string) => `${kind}${process.pid}x${++names}`;

async function visitor(place: SdkPlace, name: string) {
  const client = await place.create(application.current.endpoint, { data: { json: { name } } });
  return { client, connected: await client.connect() };
}

describe.each(places)('the SDK in $name and an application with the engine inside', (place) => {
  test('the application lets a client in and greets it', async () => {
    const name = uniqueName('ann');
    const { connected } = await visitor(place, name);
    expect(connected.data).toEqual({ json: { name } });
  });

  test('the application refuses a client with an error of its own, which is final', async () => {
    const client = await place.create(application.current.endpoint);
    await client.act('connect');
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 400, reason: 'say your name' });
  });

  test('[checklist 113] prices are polled once for all: tracked keys deliver what changed', async () => {
    const [name, lot, other] = [uniqueName('ann'), uniqueName('clock'), uniqueName('chair')];
    const { client } = await visitor(place, name);
    const price = (amount: number, options?: { after: number }) => client.events.wait(`the price ${amount}`, ({ event, context }) =>
      event === 'update:prices:all' && context.key === lot && context.data.json.amount === amount, options);
    await client.subscribe('prices:all', { kind: 'shared_poll' });
    await client.act('track', 'prices:all', [lot]);
    await price(0);
    await client.publish(`lot:${lot}`, { amount: 7 });
    await client.publish(`lot:${other}`, { amount: 9 });
    const seen = await price(7);
    expect(client.events.entries.filter(({ event, context }) => event === 'update:prices:all' && context.key === other)).toEqual([]);
    // The SDK tracks again what it tracked, from the versions it has.
    await client.act('disconnect');
    await client.event('disconnected');
    const after = client.events.last;
    await client.act('connect');
    await client.event('subscribed:prices:all', { after });
    await client.publish(`lot:${lot}`, { amount: 8 });
    await price(8, { after: seen.index });
    expect(client.events.entries.slice(after).filter(({ event, context }) => event === 'update:prices:all' && context.data?.json.amount === 7)).toEqual([]);
    await client.act('untrack', 'prices:all', [lot]);
    await client.publish(`lot:${lot}`, { amount: 12 });
    await client.act('track', 'prices:all', [lot]);
    await price(12);
  });

  test('the application closes a client with a code of its own', async () => {
    const client = await place.create(application.current.endpoint, { data: { json: { name: 'mallory' } } });
    await client.act('connect');
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 4500, reason: 'barred' });
  });

  test('the application decides who subscribes and says something to it', async () => {
    const [name, lot] = [uniqueName('ann'), uniqueName('clock')];
    const { client } = await visitor(place, name);
    expect((await client.subscribe(`lot:${lot}`)).data).toEqual({ json: { amount: 0 } });
    await client.subscribe(`desk:${name}`);
    await client.act('subscribe', 'desk:somebody-else', {});
    expect((await client.event('unsubscribed:desk:somebody-else')).entry.context).toMatchObject({ code: 103 });
  });

  test('the application changes a publication, tags it, and others see who published it', async () => {
    const [ann, bob, lot] = [uniqueName('ann'), uniqueName('bob'), uniqueName('clock')];
    const [{ client: bidder, connected }, { client: watcher }] = [await visitor(place, ann), await visitor(place, bob)];
    await bidder.subscribe(`lot:${lot}`);
    await watcher.subscribe(`lot:${lot}`);
    await bidder.publish(`lot:${lot}`, { amount: 10 });
    for (const client of [bidder, watcher]) {
      const publication = await client.publication(`lot:${lot}`, { amount: 10, bidder: ann });
      expect(publication.tags).toEqual({ kind: 'bid' });
      expect(publication.info).toMatchObject({ user: ann, client: connected.client, connInfo: { json: { name: ann } } });
    }
    await expect(watcher.publish(`lot:${lot}`, { amount: 10 })).rejects.toMatchObject({ code: 409, message: 'there is a higher bid' });
    await expect(watcher.publish(`lot:${lot}`, 'ten')).rejects.toMatchObject({ code: 107 });
    await watcher.publish(`lot:${lot}`, { amount: 11 });
    await bidder.publication(`lot:${lot}`, { amount: 11, bidder: bob });
  });

  test('[checklist 84] the application answers calls with typed data', async () => {
    const [name, lot] = [uniqueName('ann'), uniqueName('clock')];
    const { client } = await visitor(place, name);
    expect(await client.rpc('highest', { name: lot })).toEqual({ json: { amount: 0 } });
    await client.publish(`lot:${lot}`, { amount: 3 });
    expect(await client.rpc('highest', { name: lot })).toEqual({ json: { amount: 3, bidder: name } });
    await expect(client.rpc('highest', [1])).rejects.toMatchObject({ code: 107 });
    await expect(client.rpc('fail', {})).rejects.toMatchObject({ code: 1000, message: 'this always fails' });
    await expect(client.rpc('nothing', {})).rejects.toMatchObject({ code: 104 });
  });

  test('[checklist 85] a message reaches the application, which acknowledges it in a channel', async () => {
    const name = uniqueName('ann');
    const { client } = await visitor(place, name);
    await client.subscribe(`desk:${name}`);
    await client.act('send', { json: { text: 'am I heard?' } });
    const acknowledgement = await client.publication(`desk:${name}`, { text: 'am I heard?' });
    expect(acknowledgement.info).toBeUndefined();
  });

  test('an HTTP endpoint of the application pushes to clients', async () => {
    const [name, lot] = [uniqueName('ann'), uniqueName('clock')];
    const { client } = await visitor(place, name);
    await client.subscribe(`lot:${lot}`);
    await client.publish(`lot:${lot}`, { amount: 5 });
    const response = await fetch(`${application.current.origin}/lots/${lot}/close`, { method: 'POST' });
    expect(await response.json()).toEqual({ to: { amount: 5, bidder: name } });
    const sold = await client.publication(`lot:${lot}`, { to: { amount: 5, bidder: name } });
    expect(sold.info).toBeUndefined();
    await expect(client.publish(`lot:${lot}`, { amount: 6 })).rejects.toMatchObject({ code: 410 });
  });
});

test('[checklist 46] after a connect error reply nothing of the frame is answered, nor anything later', async () => {
  const client = await RawClient.open(application.current);
  client.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel: 'lot:x' } }, { id: 3, rpc: { method: 'highest', data: { name: 'x' } } });
  expect((await client.reply(1)).error).toEqual({ code: 400, message: 'say your name' });
  client.send({ id: 4, subscribe: { channel: 'lot:x' } });
  await client.closed();   // the server waits five seconds for the client to go by itself
  expect(client.replies.entries.map((reply) => reply.id)).toEqual([1]);
});
