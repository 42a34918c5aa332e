// Drives the SDK through everything it can send. Each scene's frames are recorded under its name.

/** @param {{ client: any, data: (value: unknown) => unknown, scene: (name: string, act: () => unknown) => Promise<void>, server: any }} stage */
export async function play({ client, data, scene, server }) {
  await scene('connect', () => {
    client.connect();
    return client.ready();
  });
  await scene('publish', () => client.publish('chat:1', data({ text: 'hé\n"quoted"', list: [1, 2.5, null, true] })));
  await scene('publish a scalar', () => client.publish('chat:1', data(5)));
  await scene('publish a string', () => client.publish('__proto__', data('x')));
  await scene('rpc', () => client.rpc('starling.sum', data({ a: 1 })));
  await scene('send', () => client.send(data([1])));
  await scene('history', () => client.history('chat:1', { limit: 10, since: { offset: 9007199254740991, epoch: 'e1' }, reverse: true }));
  await scene('history without a limit', () => client.history('chat:1', { limit: -1 }));
  await scene('presence', () => client.presence('chat:1'));
  await scene('presence stats', () => client.presenceStats('chat:1'));
  await scene('map publish', () => client.mapPublish('map:1', 'k', data({ v: 1 })));
  await scene('map remove', () => client.mapRemove('map:1', 'k'));

  const plain = client.newSubscription('chat:plain');
  await scene('subscribe', () => {
    plain.subscribe();
    return plain.ready();
  });
  const full = client.newSubscription('chat:full', {
    token: 'sub-token',
    data: data({ x: 1 }),
    positioned: true,
    recoverable: true,
    joinLeave: true,
    delta: 'fossil',
    since: { offset: 7, epoch: 'e1' },
  });
  await scene('subscribe with everything', () => {
    full.subscribe();
    return full.ready();
  });
  const filtered = client.newSubscription('chat:filtered', {
    tagsFilter: {
      op: 'and',
      nodes: [
        { key: 'lang', cmp: 'eq', val: 'en' },
        { op: 'not', nodes: [{ key: 'prio', cmp: 'in', vals: ['1', '2'] }] },
      ],
    },
  });
  await scene('subscribe with a filter', () => {
    filtered.subscribe();
    return filtered.ready();
  });
  await scene('unsubscribe', () => {
    plain.unsubscribe();
    return server.next('unsubscribe');
  });
  await scene('a batch', async () => {
    client.startBatching();
    const results = [client.rpc('a', data(1)), client.publish('b', data(2)), client.presence('c')];
    await new Promise((resolve) => setImmediate(resolve)); // the calls add their commands a little later
    client.stopBatching();
    await Promise.all(results);
  });
  await scene('pong', () => {
    server.send({});
    return server.next('pong');
  });
  const map = client.newMapSubscription('map:1', { token: 'map-token' });
  await scene('map subscribe', () => {
    map.subscribe();
    return map.ready();
  });
  const poll = client.newSharedPollSubscription('poll:1', { getSignature: async () => ({ signature: 'sig', keys: ['k1', 'k2'] }) });
  await scene('shared poll subscribe', () => {
    poll.subscribe();
    return poll.ready();
  });
  await scene('track', () => {
    poll.track([{ key: 'k1', version: 3 }, { key: 'k2' }], 'sig');
    return server.next('sub_refresh');
  });
  await scene('untrack', () => {
    poll.untrack(['k1']);
    return server.next('sub_refresh');
  });
  const expiring = client.newSubscription('chat:expiring', { token: 'first', getToken: async () => 'second' });
  await scene('sub refresh', () => {
    expiring.subscribe();
    return server.next('sub_refresh');
  });
  await scene('refresh', () => {
    server.send({ push: { refresh: {} } });
    return server.next('refresh');
  });
}

/** What the scripted server answers; anything not here gets an empty result. */
export function answer(command, data) {
  if (command.connect) {
    return { connect: { client: 'c1', version: 'golden', ping: 25, pong: true, expires: true, ttl: 5 } };
  }
  if (command.subscribe) {
    const { channel, phase, type } = command.subscribe;
    if (channel === 'chat:expiring') return { subscribe: { expires: true, ttl: 1 } };
    if (channel === 'chat:full') return { subscribe: { recoverable: true, positioned: true, epoch: 'e1', offset: 7, recovered: true, delta: true } };
    if (channel === 'map:1') {
      // A client that asks for the changes since the top goes live.
      const position = { type: 1, phase: phase === 1 ? 0 : phase, epoch: 'm1', offset: 3, recoverable: true, positioned: true };
      return phase === 2
        ? { subscribe: { ...position, state: [{ key: 'k', data: data({ v: 1 }), offset: 3 }] } }
        : { subscribe: position };
    }
    return { subscribe: { type: type ?? 0 } };
  }
  if (command.history) return { history: { publications: [], epoch: 'e1', offset: 9 } };
  if (command.presence) return { presence: { presence: {} } };
  if (command.presence_stats) return { presence_stats: { num_clients: 1, num_users: 1 } };
  if (command.rpc) return { rpc: { data: data({ ok: true }) } };
  if (command.refresh) return { refresh: { client: 'c1', version: 'golden', expires: true, ttl: 600 } };
  if (command.sub_refresh) return { sub_refresh: { expires: false } };
  for (const method of ['publish', 'unsubscribe']) {
    if (command[method]) return { [method]: {} };
  }
  return undefined;
}
