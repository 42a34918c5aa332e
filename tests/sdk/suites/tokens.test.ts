import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, callApi } from '../harness/api';
import { RawClient, wires } from '../harness/raw';
import { endClients, sdkPlaces } from '../harness/sdk';
import { uniqueChannel, useServer } from '../harness/server';
import { inSeconds, token } from '../harness/tokens';

const server = useServer({
  client: {
    allowed_origins: ['*'],
    token: { hmac_secret_key: 'a secret of the tests, long enough for HS256' },
    expired_close_delay: '1s',
    expired_sub_close_delay: '1s',
    subscribe_to_user_personal_channel: { enabled: true },
    user_connection_limit: 2,
    channel_limit: 4,
  },
  channel: {
    without_namespace: { allow_subscribe_for_client: true, allow_publish_for_subscriber: true },
    namespaces: [{ name: 'closed' }, { name: 'users', allow_user_limited_channels: true }],
  },
  http_api: { key: apiKey },
  rpc: { ping: { enabled: true } },
});
const places = sdkPlaces(['websocket']);
let users = 0;
const someone = (): string => `user-${++users}-${process.pid}`;

afterEach(endClients);

describe.each(places)('tokens and the SDK in $name', (place) => {
  test('a token says who the client is, and what others see of it', async () => {
    const [user, channel] = [someone(), uniqueChannel()];
    const client = await place.create(server.current.endpoint, { token: token({ sub: user, info: { name: 'Ann' } }) });
    await client.connect();
    await client.subscribe(channel);
    await client.publish(channel, 1);
    expect((await client.publication(channel, 1)).info).toMatchObject({ user });
  });

  test('a wrong signature is final: 3500 [checklist 37]', async () => {
    const client = await place.create(server.current.endpoint, { token: token({ sub: someone() }, 'another secret, just as long as the right one') });
    await client.act('connect');
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 3500, reason: 'invalid token' });
  });

  test('an expired token makes the SDK fetch a new one [checklist 36]', async () => {
    const user = someone();
    const client = await place.create(server.current.endpoint, { tokens: [token({ sub: user, exp: inSeconds(-5) }), token({ sub: user })] });
    await client.connect();
    expect(client.events.entries.filter((one) => one.event === 'token').map((one) => one.context.left)).toEqual([2, 1]);
  });

  test('a connection that expires is renewed in time and goes on [checklist 40, 90]', async () => {
    const [user, channel] = [someone(), uniqueChannel()];
    const client = await place.create(server.current.endpoint, { tokens: [token({ sub: user, exp: inSeconds(2) }), token({ sub: user, exp: inSeconds(60) })] });
    const connected = await client.connect();
    await client.subscribe(channel);
    await client.event('token', { after: client.events.last });
    await client.rpc('ping', {});   // the refresh was sent before it
    await client.publish(channel, 'still here');
    await client.publication(channel, 'still here');
    expect(client.connectionEvents).toEqual(['connecting', 'connected']);
    expect(connected.client).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a private channel needs a token of its own [checklist 52, 53]', async () => {
    const user = someone();
    const channel = `$${uniqueChannel()}`;
    const client = await place.create(server.current.endpoint, { token: token({ sub: user }) });
    await client.connect();
    await client.act('subscribe', channel, {});
    expect((await client.event(`unsubscribed:${channel}`)).entry.context).toMatchObject({ code: 103 });
    const other = `$${uniqueChannel()}`;
    await client.act('subscribe', other, { tokens: [token({ sub: user, channel: other, exp: inSeconds(-1) }), token({ sub: user, channel: other })] });
    await client.event(`subscribed:${other}`);   // 109 made the SDK fetch the second one
    expect(client.events.entries.filter((one) => one.event === `token:${other}`)).toHaveLength(2);
  });

  test('a subscription that expires is renewed with a new token', async () => {
    const user = someone();
    const channel = `closed:${uniqueChannel()}`;
    const client = await place.create(server.current.endpoint, { token: token({ sub: user }) });
    await client.connect();
    await client.act('subscribe', channel, { tokens: [token({ sub: user, channel, exp: inSeconds(2) }), token({ sub: user, channel, exp: inSeconds(60) })] });
    await client.event(`subscribed:${channel}`);
    await client.event(`token:${channel}`, { after: client.events.last });
    await client.rpc('ping', {});
    await callApi(server.current, 'publish', { channel, data: 'still here' });
    await client.publication(channel, 'still here');
    expect(client.events.entries.map((one) => one.event)).not.toContain(`unsubscribed:${channel}`);
  });

  test('a user who is revoked is gone at once, for good, and comes back with a new token only [A65]', async () => {
    const user = someone();
    const old = token({ sub: user, iat: inSeconds(-10) });
    const client = await place.create(server.current.endpoint, { token: old });
    await client.connect();
    expect(await callApi(server.current, 'revoke', { user })).toEqual({ result: {} });
    expect((await client.event('disconnected')).entry.context).toEqual({ code: 3500, reason: 'invalid token' });
    const again = await place.create(server.current.endpoint, { token: old });
    await again.act('connect');
    expect((await again.event('disconnected')).entry.context).toMatchObject({ code: 3500 });
    const fresh = await place.create(server.current.endpoint, { token: token({ sub: user, iat: inSeconds(5) }) });
    await fresh.connect();
  });

  test('the personal channel comes by itself [checklist 47]', async () => {
    const user = someone();
    const client = await place.create(server.current.endpoint, { token: token({ sub: user }) });
    await client.connect();
    await callApi(server.current, 'publish', { channel: `#${user}`, data: 'for you' });
    await client.events.wait('the publication', ({ event, context }) => event === 'publication' && JSON.stringify(context).includes('for you'));
  });
});

describe.each(wires)('tokens on the %s wire', (wire) => {
  const open = (claims: Record<string, unknown>) => RawClient.connect(server.current, { wire }, { token: token(claims) });
  const refused = async (claims: Record<string, unknown>) => {
    const client = await RawClient.open(server.current, { wire });
    client.send({ id: 1, connect: { token: token(claims) } });
    return (await client.closed()).code;
  };

  test('[checklist 38, 39, 43, 44] what is no connection token, too many channels and too many connections close', async () => {
    expect(await refused({ sub: someone(), channel: 'a' })).toBe(3500);
    expect(await refused({ sub: someone(), channels: ['a', 'b', 'c', 'd'] })).toBe(3505);   // with the personal channel five
    const user = someone();
    const both = await Promise.all([open({ sub: user }), open({ sub: user })]);
    expect(await refused({ sub: user })).toBe(3504);
    for (const client of both) client.terminate();
    const nobody = await RawClient.open(server.current, { wire });
    nobody.send({ id: 1, connect: {} });
    expect((await nobody.closed()).code).toBe(3501);
  });

  test('[checklist 55] a user-limited channel admits its users only', async () => {
    const [one, two] = [someone(), someone()];
    const [a, b] = [await open({ sub: one }), await open({ sub: two })];
    const channel = `users:${uniqueChannel()}#${one},x`;
    expect((await a.call({ subscribe: { channel } })).error).toBeUndefined();
    expect((await b.call({ subscribe: { channel } })).error?.code).toBe(103);
  });

  test('[checklist 54] a token for another channel, user or client closes with 3500', async () => {
    const user = someone();
    for (const claims of [{ sub: user, channel: 'other' }, { sub: 'x', channel: 'mine' }, { sub: user, channel: 'mine', client: 'x' }]) {
      const client = await open({ sub: user });
      client.send({ id: 9, subscribe: { channel: 'mine', token: token(claims) } });
      expect((await client.closed()).code).toBe(3500);
    }
  });

  test('[checklist 91] a refresh with nothing, with an expired token and with one of another user closes with 3501, 3005 and 3500', async () => {
    const user = someone();
    for (const [text, code] of [['', 3501], [token({ sub: user, exp: inSeconds(-1) }), 3005], [token({ sub: 'x' }), 3500]] as const) {
      const client = await open({ sub: user, exp: inSeconds(60) });
      client.send({ id: 9, refresh: { token: text } });
      expect((await client.closed()).code).toBe(code);
    }
  });

  test('[checklist 92] without refresh the connection closes with 3005', async () => {
    const client = await open({ sub: someone(), exp: inSeconds(2) });
    expect((await client.closed()).code).toBe(3005);
  });

  test('[checklist 93, 94] without sub_refresh the subscription ends with 2501; one that is not there cannot be renewed', async () => {
    const user = someone();
    const channel = uniqueChannel();
    const client = await open({ sub: user });
    expect((await client.call({ sub_refresh: { channel, token: token({ sub: user, channel }) } })).error?.code).toBe(103);
    const { subscribe } = await client.call({ subscribe: { channel, token: token({ sub: user, channel, exp: inSeconds(2) }) } });
    expect(subscribe).toMatchObject({ expires: true });
    const ended = await client.replies.wait('the unsubscribe', (reply) => reply.push?.unsubscribe !== undefined);
    expect(ended.entry.push.unsubscribe).toMatchObject({ code: 2501 });
  });
});
