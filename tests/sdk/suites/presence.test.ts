import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, callApi } from '../harness/api';
import { useEmbeddedApplication } from '../harness/embedded';
import { endClients, sdkPlaces, type SdkClient } from '../harness/sdk';
import { open, ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const presence = { presence: true, allow_presence_for_subscriber: true, allow_presence_for_anonymous: true };
const server = useServer(withSettings(ordinary, {
  http_api: { key: apiKey },
  channel: {
    namespaces: [
      { name: 'forced', ...open(), ...presence, join_leave: true, force_push_join_leave: true },
      { name: 'asked', ...open(), ...presence, join_leave: true },
      { name: 'secret', ...open(), presence: true, join_leave: true },
      { name: 'off', ...open(), allow_presence_for_client: true, allow_presence_for_anonymous: true },
    ],
  },
}));
const application = useEmbeddedApplication();
const places = sdkPlaces();

afterEach(endClients);

const person = (client: string) => ({ user: '', client });

/** Joins or leaves a client heard of in a channel, as connection ids. */
function heard(client: SdkClient, event: 'join' | 'leave', channel: string): string[] {
  return client.events.entries.filter((one) => one.event === `${event}:${channel}`).map((one) => one.context.info.client);
}

describe.each(places)('presence, seen by the SDK in $name', (place) => {
  async function entered(channel: string, options: Record<string, unknown> = {}): Promise<{ client: SdkClient; id: string }> {
    const client = await place.create(server.current.endpoint);
    const { client: id } = await client.connect();
    await client.subscribe(channel, options);
    return { client, id };
  }

  test.each(['forced', 'asked'])('[checklist 61] %s: a subscriber sees others come and go, and itself come', async (namespace) => {
    const channel = uniqueChannel(namespace);
    const options = namespace === 'asked' ? { joinLeave: true } : {};
    const alice = await entered(channel, options);
    expect((await alice.client.event(`join:${channel}`)).entry.context).toEqual({ channel, info: person(alice.id) });
    const bob = await entered(channel, options);
    await alice.client.events.wait('the join of bob', ({ event, context }) => event === `join:${channel}` && context.info.client === bob.id);
    await bob.client.act('unsubscribe', channel);
    expect((await alice.client.event(`leave:${channel}`)).entry.context).toEqual({ channel, info: person(bob.id) });
    expect(heard(alice.client, 'join', channel)).toEqual([alice.id, bob.id]);
    expect(heard(bob.client, 'leave', channel)).toEqual([]);
  });

  test('[checklist 61] who did not ask, or may not know, hears nothing', async () => {
    for (const [namespace, options] of [['asked', {}], ['secret', { joinLeave: true }]] as const) {
      const channel = uniqueChannel(namespace);
      const alice = await entered(channel, options);
      const bob = await entered(channel, options);
      await bob.client.publish(channel, 'marker');
      await alice.client.publication(channel, 'marker');
      expect(heard(alice.client, 'join', channel)).toEqual([]);
    }
  });

  test('a client that disconnects leaves at once', async () => {
    const channel = uniqueChannel('forced');
    const alice = await entered(channel);
    const bob = await entered(channel);
    await bob.client.act('disconnect');
    expect((await alice.client.event(`leave:${channel}`)).entry.context.info).toEqual(person(bob.id));
  });

  test('[checklist 82] presence lists all connections by id, and counts them', async () => {
    const channel = uniqueChannel('asked');
    const alice = await entered(channel);
    const bob = await entered(channel);
    expect(await alice.client.act('presence', channel)).toEqual({ [alice.id]: person(alice.id), [bob.id]: person(bob.id) });
    expect(await alice.client.act('presenceStats', channel)).toEqual({ numClients: 2, numUsers: 1 });
    const ask = (method: string) => callApi(server.current, method, { channel });
    expect(await ask('presence')).toEqual({ result: { presence: { [alice.id]: person(alice.id), [bob.id]: person(bob.id) } } });
    expect(await ask('presence_stats')).toEqual({ result: { num_clients: 2, num_users: 1 } });
    await bob.client.act('unsubscribe', channel);
    await expect.poll(() => ask('presence_stats')).toEqual({ result: { num_clients: 1, num_users: 1 } });
  });

  test('[checklist 81] presence is 108 where it is off, 103 where it is not allowed, 102 where nothing is', async () => {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    for (const action of ['presence', 'presenceStats']) {
      await expect(client.act(action, uniqueChannel('off'))).rejects.toMatchObject({ code: 108 });
      await expect(client.act(action, uniqueChannel('secret'))).rejects.toMatchObject({ code: 103 });
      await expect(client.act(action, uniqueChannel('asked'))).rejects.toMatchObject({ code: 103 });   // not a subscriber
      await expect(client.act(action, 'nowhere:x')).rejects.toMatchObject({ code: 102 });
    }
  });

  test('[I6] a user who loses the connection and comes back is never seen to be away', async () => {
    const lot = `lot:${uniqueChannel()}`;
    const watcher = await place.create(application.current.endpoint, { data: { json: { name: 'watcher' } } });
    await watcher.connect();
    await watcher.subscribe(lot);
    const ann = await place.create(application.current.endpoint, { data: { json: { name: 'ann' } } });
    const { client: old } = await ann.connect();
    await ann.subscribe(lot);
    await watcher.events.wait('the join of ann', ({ event, context }) => event === `join:${lot}` && context.info.client === old);
    const after = ann.events.last;

    await ann.rpc('again', {}).catch(() => {});   // closed with a code that says: come back

    const { client: back } = (await ann.event('connected', { after })).entry.context;
    const left = await watcher.events.wait('the leave of the old connection', ({ event, context }) => event === `leave:${lot}` && context.info.client === old);
    const joined = await watcher.events.wait('the join of the new one', ({ event, context }) => event === `join:${lot}` && context.info.client === back);
    expect(joined.index).toBeLessThan(left.index);
    const members = await (await fetch(`${application.current.origin}/lots/${lot.slice('lot:'.length)}/visitors`)).json();
    expect(members.sort()).toEqual(['ann', 'watcher']);
  });
});
