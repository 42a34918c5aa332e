import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TypingSignal, Typists, typingSentence, typingShownFor, typingSignEvery } from '../src/room/typing';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('those who are typing', () => {
  it('are forgotten a few seconds after the last sign', () => {
    const changed = vi.fn();
    const typists = new Typists('me', changed);
    typists.sign('w1', 'Ada');
    vi.advanceTimersByTime(typingShownFor - 1);
    typists.sign('w1', 'Ada');
    vi.advanceTimersByTime(typingShownFor - 1);
    expect(typists.names).toEqual(['Ada']);
    expect(changed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(typists.names).toEqual([]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('never include oneself', () => {
    const typists = new Typists('me', () => undefined);
    typists.sign('me', 'Ada');
    expect(typists.names).toEqual([]);
  });

  it('are done when their message comes', () => {
    const typists = new Typists('me', () => undefined);
    typists.sign('w1', 'Ada');
    typists.sign('w2', 'Ben');
    typists.wrote('Ada');
    expect(typists.names).toEqual(['Ben']);
  });

  it('are a bounded number', () => {
    const typists = new Typists('me', () => undefined, 2);
    for (const who of ['a', 'b', 'c']) typists.sign(who, who);
    expect(typists.names).toEqual(['a', 'b']);
  });
});

describe('the signs of one’s own typing', () => {
  it('are sent at the first key and then not too often', () => {
    const send = vi.fn();
    const signal = new TypingSignal(() => Date.now(), send);
    signal.typed();
    vi.advanceTimersByTime(typingSignEvery - 1);
    signal.typed();
    expect(send).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    signal.typed();
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('begin anew after the message was sent', () => {
    const send = vi.fn();
    const signal = new TypingSignal(() => Date.now(), send);
    signal.typed();
    signal.done();
    signal.typed();
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('come often enough to keep the line standing', () => expect(typingSignEvery * 2).toBeLessThan(typingShownFor));
});

describe('the sentence', () => {
  it.each([
    [[], ''],
    [['Ada'], 'Ada is typing'],
    [['Ada', 'Ben'], 'Ada and Ben are typing'],
    [['Ada', 'Ben', 'Cleo'], 'Ada, Ben and Cleo are typing'],
    [['Ada', 'Ben', 'Cleo', 'Dan', 'Eve'], 'Ada, Ben and 3 others are typing'],
  ])('for %j is %j', (names, sentence) => expect(typingSentence(names)).toBe(sentence));
});
