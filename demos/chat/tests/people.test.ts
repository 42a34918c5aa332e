import { describe, expect, it } from 'vitest';
import { Me } from '../src/people/me';
import { avatarColourOf, avatarColours, cleanName, initialsOf, inventName } from '../src/people/name';

describe('a name', () => {
  it.each([
    ['  Ada   Lovelace\n', 'Ada Lovelace'],
    ['\u202Eevil\u202C', 'evil'],
    ['Ada\u200B', 'Ada'],
    ['\u0000\u0007', ''],
    ['👩\u200D🚀', '👩\u200D🚀'],
    ['x'.repeat(100), 'x'.repeat(32)],
    ['🙂'.repeat(40), '🙂'.repeat(32)],
  ])('%j is shown as %j', (typed, shown) => expect(cleanName(typed)).toBe(shown));

  it.each([['Ada', 'A'], ['ada lovelace', 'AL'], ['Jean-Luc van Damme', 'JD'], ['', '?'], ['🙂 ok', '🙂O']])(
    '%j has the initials %j', (name, initials) => expect(initialsOf(name)).toBe(initials));

  it('has the same colour every time, and one that exists', () => {
    expect(avatarColourOf('Ada')).toBe(avatarColourOf('Ada'));
    for (const name of ['', 'Ada', 'Ben', '🙂', 'x'.repeat(500)]) {
      expect(avatarColourOf(name)).toBeGreaterThanOrEqual(0);
      expect(avatarColourOf(name)).toBeLessThan(avatarColours);
    }
  });

  it('is invented from two words for any random number', () => {
    for (const random of [0, 0.5, 0.999999]) expect(inventName(() => random)).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
  });
});

describe('who writes', () => {
  const me = (chosen: Storage | null, invented: Storage | null, random = 0) => new Me(chosen, invented, () => random, () => 'window');

  it('has an invented name that a reload keeps and another window does not share', () => {
    sessionStorage.clear();
    localStorage.clear();
    const first = me(localStorage, sessionStorage, 0);
    expect(me(localStorage, sessionStorage, 0.9).name).toBe(first.name);
    expect(me(localStorage, null, 0.9).name).not.toBe(first.name);
  });

  it('keeps a chosen name for all windows', () => {
    me(localStorage, sessionStorage).rename(' Ada ');
    expect(me(localStorage, null).name).toBe('Ada');
  });

  it('gets an invented name for an unusable one', () => {
    const nobody = me(localStorage, sessionStorage);
    nobody.rename('   ');
    expect(nobody.name).not.toBe('');
  });

  it('can do without any storage', () => {
    const broken = { getItem: () => { throw new Error('denied'); }, setItem: () => { throw new Error('full'); } } as unknown as Storage;
    const visitor = me(broken, broken);
    visitor.rename('Ada');
    expect(visitor.name).toBe('Ada');
  });
});
