import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageEvent } from '../src/room/events';
import { type Message, Timeline } from '../src/room/timeline';

const message = (id: string, text = id): MessageEvent => ({ t: 'msg', id, name: 'Ada', text, at: 1000 });
let timeline: Timeline;
const deliveries = () => timeline.entries.map((entry) => (entry as Message).delivery);
const texts = () => timeline.entries.map((entry) => entry.text);

beforeEach(() => {
  timeline = new Timeline(5, 3);
});

describe('a message of one’s own', () => {
  it('is shown at once and waits', () => {
    timeline.write(message('a'), 'me');
    expect(texts()).toEqual(['a']);
    expect(deliveries()).toEqual(['waiting']);
  });

  it('is sent when the answer comes before the echo', () => {
    timeline.write(message('a'), 'me');
    timeline.send('a');
    timeline.confirm('a');
    expect(timeline.receive(message('a'), 'me')).toBe('duplicate');
    expect(deliveries()).toEqual(['sent']);
  });

  it('is sent when the echo comes before the answer', () => {
    timeline.write(message('a'), 'me');
    timeline.send('a');
    expect(timeline.receive(message('a'), 'me')).toBe('confirmed');
    timeline.confirm('a');
    expect(deliveries()).toEqual(['sent']);
    expect(timeline.entries).toHaveLength(1);
  });

  it('stays sent when a refusal comes after its echo', () => {
    timeline.write(message('a'), 'me');
    timeline.send('a');
    timeline.receive(message('a'), 'me');
    timeline.refuse('a', 'too late');
    expect(deliveries()).toEqual(['sent']);
  });

  it('says why it was refused and can be sent again', () => {
    timeline.write(message('a'), 'me');
    timeline.send('a');
    timeline.refuse('a', 'Too fast.');
    expect(timeline.entries[0]).toMatchObject({ delivery: 'refused', reason: 'Too fast.' });
    timeline.wait('a');
    expect(timeline.entries[0]).toMatchObject({ delivery: 'waiting', reason: null });
    expect(timeline.waiting.map(({ id }) => id)).toEqual(['a']);
  });

  it('can be taken back unless it is on its way', () => {
    timeline.write(message('a'), 'me');
    timeline.write(message('b'), 'me');
    timeline.send('b');
    timeline.discard('a');
    timeline.discard('b');
    expect(texts()).toEqual(['b']);
  });

  it('waits in the order of writing', () => {
    for (const id of ['a', 'b', 'c']) timeline.write(message(id), 'me');
    timeline.send('b');
    expect(timeline.waiting.map(({ id }) => id)).toEqual(['a', 'c']);
  });
});

describe('a message of somebody else', () => {
  it('is shown once, however often it comes', () => {
    expect(timeline.receive(message('a'), 'ada')).toBe('new');
    expect(timeline.receive(message('a'), 'ada')).toBe('duplicate');
    expect(texts()).toEqual(['a']);
    expect(deliveries()).toEqual(['sent']);
  });

  it('keeps its text when another comes under its id', () => {
    timeline.receive(message('a', 'true'), 'ada');
    timeline.receive(message('a', 'false'), 'mallory');
    expect(texts()).toEqual(['true']);
  });
});

describe('the timeline', () => {
  it('keeps a bounded number of entries and drops the oldest', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) timeline.receive(message(id), 'ada');
    expect(texts()).toEqual(['b', 'c', 'd', 'e', 'f']);
  });

  it('never drops what has not been sent', () => {
    timeline.write(message('mine'), 'me');
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) timeline.receive(message(id), 'ada');
    expect(texts()).toEqual(['mine', 'c', 'd', 'e', 'f']);
  });

  it('has room for a bounded number of unsent messages', () => {
    for (const id of ['a', 'b', 'c']) timeline.write(message(id), 'me');
    expect(timeline.hasRoomForMore).toBe(false);
    timeline.confirm('a');
    expect(timeline.hasRoomForMore).toBe(true);
  });

  it('does not repeat a notice', () => {
    timeline.notice('1', 'lost', 0);
    timeline.notice('2', 'lost', 0);
    timeline.receive(message('a'), 'ada');
    timeline.notice('3', 'lost', 0);
    expect(texts()).toEqual(['lost', 'a', 'lost']);
  });
});
