import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Me } from '../src/people/me';
import { type RoomSubscription, RoomSession } from '../src/room/session';
import type { Message } from '../src/room/timeline';

interface Publish { data: Record<string, unknown>; accept(): void; fail(code: number, message?: string): void }

class FakeSubscription {
  readonly handlers = new Map<string, (context: object) => void>();
  readonly published: Publish[] = [];
  readonly removeAllListeners = vi.fn();
  readonly unsubscribe = vi.fn();

  on(event: string, handler: (context: never) => void): this {
    this.handlers.set(event, handler as (context: object) => void);
    return this;
  }

  subscribe(): void {
    this.emit('subscribing');
  }

  publish(data: Record<string, unknown>): Promise<object> {
    return new Promise((resolve, reject) => {
      this.published.push({
        data,
        accept: () => resolve({}),
        fail: (code, message = '') => reject({ code, message } as never),
      });
    });
  }

  emit(event: string, context: object = {}): void {
    this.handlers.get(event)?.(context);
  }
}

let subscription: FakeSubscription;
let session: RoomSession;
const messageCame = vi.fn();
const settled = () => new Promise((resolve) => setTimeout(resolve));
const mine = () => session.timeline.entries.filter((entry): entry is Message => entry.kind === 'message');
const texts = () => subscription.published.map(({ data }) => data['text']);

beforeEach(() => {
  let ids = 0;
  const newId = () => `id-${(ids += 1)}`;
  subscription = new FakeSubscription();
  messageCame.mockReset();
  session = new RoomSession('tea', subscription as unknown as RoomSubscription, new Me(null, null, () => 0, newId),
    { now: () => 1000, newId }, { changed: () => undefined, typingChanged: () => undefined, messageCame });
});

describe('a message that is written', () => {
  it('is sent at once in a live room and marked with the answer', async () => {
    subscription.emit('subscribed', { recovered: false });
    session.say('Hello');
    expect(mine()[0]?.delivery).toBe('sending');
    expect(subscription.published[0]?.data).toMatchObject({ t: 'msg', text: 'Hello', name: 'Amber Bunting', at: 1000 });
    subscription.published[0]?.accept();
    await settled();
    expect(mine()[0]?.delivery).toBe('sent');
  });

  it('waits without a connection and is sent once, in order, when there is one', () => {
    session.say('one');
    session.say('two');
    expect(subscription.published).toHaveLength(0);
    expect(mine().map(({ delivery }) => delivery)).toEqual(['waiting', 'waiting']);
    subscription.emit('subscribed', { recovered: false });
    expect(texts()).toEqual(['one', 'two']);
  });

  it('is sent again, as the same message, when the connection broke before the answer', async () => {
    subscription.emit('subscribed', { recovered: false });
    session.say('Hello');
    subscription.emit('subscribing');
    subscription.published[0]?.fail(11, 'connection closed');
    await settled();
    expect(mine()[0]?.delivery).toBe('waiting');
    subscription.emit('subscribed', { recovered: false });
    expect(texts()).toEqual(['Hello', 'Hello']);
    expect(subscription.published[1]?.data['id']).toBe(subscription.published[0]?.data['id']);
  });

  it('is not sent again when its echo came and only the answer was lost', async () => {
    subscription.emit('subscribed', { recovered: false });
    session.say('Hello');
    subscription.emit('publication', { data: subscription.published[0]?.data });
    subscription.emit('subscribing');
    subscription.published[0]?.fail(11);
    await settled();
    subscription.emit('subscribed', { recovered: false });
    expect(texts()).toEqual(['Hello']);
    expect(mine().map(({ delivery }) => delivery)).toEqual(['sent']);
  });

  it('says why it was refused and goes out again when asked', async () => {
    subscription.emit('subscribed', { recovered: false });
    session.say('Hello');
    subscription.published[0]?.fail(103, 'permission denied');
    await settled();
    expect(mine()[0]).toMatchObject({ delivery: 'refused', reason: 'That is not allowed here.' });
    session.sayAgain(mine()[0]?.id ?? '');
    expect(texts()).toEqual(['Hello', 'Hello']);
  });

  it('is refused, not lost, when the server never answers', async () => {
    subscription.emit('subscribed', { recovered: false });
    session.say('Hello');
    subscription.published[0]?.fail(1, 'timeout');
    await settled();
    expect(mine()[0]?.delivery).toBe('refused');
  });

  it('is not taken when too many wait already', () => {
    for (let count = 0; count < 50; count += 1) expect(session.say('x')).toBe('accepted');
    expect(session.say('x')).toBe('too many unsent');
    expect(mine()).toHaveLength(50);
  });
});

describe('a room', () => {
  it('tells of messages of others, once each', () => {
    subscription.emit('subscribed', { recovered: false });
    const publication = { data: { t: 'msg', id: 'theirs', name: 'Ben', text: 'Hi', at: 1000 }, info: { client: 'c', user: '' } };
    subscription.emit('publication', publication);
    subscription.emit('publication', publication);
    subscription.emit('publication', { data: 'noise' });
    expect(messageCame).toHaveBeenCalledTimes(1);
    expect(mine()).toHaveLength(1);
  });

  it('shows where the connection was lost', () => {
    subscription.emit('subscribed', { recovered: false });
    subscription.emit('subscribing');
    expect(session.timeline.entries.map(({ kind }) => kind)).toEqual(['notice']);
    expect(session.status.kind).toBe('joining');
  });

  it('takes that back when the server has kept what was missed', () => {
    subscription.emit('subscribed', { recovered: false });
    subscription.emit('subscribing');
    subscription.emit('subscribed', { recovered: true });
    expect(session.timeline.entries).toHaveLength(0);
  });

  it('says why the server does not let one in', () => {
    subscription.emit('unsubscribed', { code: 103, reason: 'permission denied' });
    expect(session.status).toEqual({ kind: 'refused', reason: 'That is not allowed here.' });
    session.tryAgain();
    expect(session.status.kind).toBe('joining');
  });

  it('sends signs of typing only when it is live, and sees those of others', () => {
    session.typed();
    expect(subscription.published).toHaveLength(0);
    subscription.emit('subscribed', { recovered: false });
    session.typed();
    session.typed();
    expect(subscription.published).toHaveLength(1);
    const own = subscription.published[0]?.data;
    expect(own).toMatchObject({ t: 'typing', name: 'Amber Bunting' });
    subscription.emit('publication', { data: own });
    expect(session.typists.names).toEqual([]);
    subscription.emit('publication', { data: { t: 'typing', name: 'Ben', who: 'other' } });
    expect(session.typists.names).toEqual(['Ben']);
    session.leave();
    expect(session.typists.names).toEqual([]);
  });
});
