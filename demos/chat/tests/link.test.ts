import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Link, type LinkClient, type LinkState, secondsUntil } from '../src/connection/link';

/** Behaves as the SDK's client does: events come synchronously, and a disconnected client may be disconnected again. */
class FakeClient {
  readonly handlers = new Map<string, (context: object) => void>();
  connects = 0;
  active = false;

  on(event: string, handler: (context: never) => void): this {
    this.handlers.set(event, handler as (context: object) => void);
    return this;
  }

  connect(): void {
    this.connects += 1;
    this.active = true;
    this.emit('connecting', { code: 0, reason: 'connect called' });
  }

  disconnect(): void {
    if (!this.active) return;
    this.active = false;
    this.emit('disconnected', { code: 0, reason: 'disconnect called' });
  }

  emit(event: string, context: object = {}): void {
    this.handlers.get(event)?.(context);
  }
}

let client: FakeClient;
let hasNetwork: boolean;
let link: Link;
let states: LinkState['kind'][];

const newLink = (transports: number) =>
  new Link(client as unknown as LinkClient, { now: () => Date.now(), random: () => 1, hasNetwork: () => hasNetwork, transports });

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  hasNetwork = true;
  link = newLink(1);
  states = [];
  link.watch(({ kind }) => states.push(kind));
  states.length = 0;
  link.start();
});
afterEach(() => vi.useRealTimers());

const fail = () => client.emit('error', { type: 'transport' });
const waitingFor = () => (link.state.kind === 'waiting' ? link.state.until - Date.now() : null);

describe('the link', () => {
  it('connects', () => {
    client.emit('connected');
    expect(states).toEqual(['connecting', 'connected']);
  });

  it('lets the SDK go through its transports before it calls an attempt failed, once', () => {
    link = newLink(3);
    link.start();
    fail();
    fail();
    expect(link.state.kind).toBe('connecting');
    fail();
    expect(waitingFor()).toBe(1000);
    vi.advanceTimersByTime(1000);
    fail();
    expect(waitingFor()).toBe(2000);
  });

  it('says when it will try again, and does', () => {
    fail();
    expect(waitingFor()).toBe(1000);
    vi.advanceTimersByTime(999);
    expect(client.connects).toBe(1);
    vi.advanceTimersByTime(1);
    expect(client.connects).toBe(2);
    expect(link.state.kind).toBe('connecting');
  });

  it('waits longer after every failure, up to a limit, and starts again after a success', () => {
    const delays: (number | null)[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      fail();
      delays.push(waitingFor());
      vi.advanceTimersByTime(waitingFor() ?? 0);
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16000, 20000, 20000]);
    client.emit('connected');
    client.emit('connecting', { code: 1, reason: 'transport closed' });
    expect(waitingFor()).toBe(1000);
  });

  it('retries at once when asked, and only once', () => {
    fail();
    link.connectNow();
    link.connectNow();
    expect(client.connects).toBe(2);
    vi.advanceTimersByTime(5000);
    expect(client.connects).toBe(2);
  });

  it('takes over when an established connection breaks', () => {
    client.emit('connected');
    client.emit('connecting', { code: 1, reason: 'transport closed' });
    expect(client.active).toBe(false);
    expect(states).toEqual(['connecting', 'connected', 'waiting']);
  });

  it('gives up an attempt that neither succeeds nor fails', () => {
    vi.advanceTimersByTime(12_000);
    expect(link.state.kind).toBe('waiting');
    expect(client.active).toBe(false);
  });

  it('says that the device is offline, and connects as soon as it is not', () => {
    client.emit('connected');
    hasNetwork = false;
    link.networkLost();
    expect(link.state.kind).toBe('offline');
    vi.advanceTimersByTime(600_000);
    expect(client.connects).toBe(1);
    hasNetwork = true;
    link.worthAnotherTry();
    expect(client.connects).toBe(2);
  });

  it('tries without a network when asked, for the server may be on this device', () => {
    hasNetwork = false;
    link.networkLost();
    link.connectNow();
    expect(link.state.kind).toBe('connecting');
    fail();
    expect(link.state.kind).toBe('offline');
  });

  it('stops when the server says goodbye, and says why', () => {
    client.emit('connected');
    client.active = false;
    client.emit('disconnected', { code: 3503, reason: 'force disconnect' });
    expect(link.state).toEqual({ kind: 'stopped', reason: 'force disconnect (3503)' });
    link.worthAnotherTry();
    link.networkLost();
    expect(link.state.kind).toBe('stopped');
    link.connectNow();
    expect(link.state.kind).toBe('connecting');
  });
});

it('a countdown never shows less than one second', () => {
  expect(secondsUntil(5000, 1000)).toBe(4);
  expect(secondsUntil(5000, 1001)).toBe(4);
  expect(secondsUntil(5000, 5000)).toBe(1);
  expect(secondsUntil(5000, 9000)).toBe(1);
});
