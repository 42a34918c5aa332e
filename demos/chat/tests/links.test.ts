import { describe, expect, it } from 'vitest';
import { splitLinks } from '../src/text/links';

const linksIn = (text: string) => splitLinks(text).flatMap(({ href }) => href ?? []);

describe('a link in a message', () => {
  it('is cut out of the text around it', () => {
    expect(splitLinks('see https://example.org/a?b=c#d now')).toEqual([
      { text: 'see ' },
      { text: 'https://example.org/a?b=c#d', href: 'https://example.org/a?b=c#d' },
      { text: ' now' },
    ]);
  });

  it.each([
    ['https://example.org.', 'https://example.org/'],
    ['(https://example.org/a)', 'https://example.org/a'],
    ['https://example.org/a_(b)', 'https://example.org/a_(b)'],
    ['https://example.org/a, and', 'https://example.org/a'],
    ['HTTP://EXAMPLE.ORG', 'http://example.org/'],
    ['<https://example.org/a>', 'https://example.org/a'],
    ['"https://example.org/"onclick="x"', 'https://example.org/'],
  ])('%j leads to %j', (text, href) => expect(linksIn(text)).toEqual([href]));

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt://example.org/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x', 'file:///etc/passwd', 'blob:https-is-not-here', '//example.org', 'https://', 'https:///',
    'https://bank.example@evil.example/', 'https://user:word@example.org/', 'xhttps://example.org/',
  ])('is never made of %j', (text) => expect(linksIn(text)).toEqual([]));

  it('leaves every character of the message in place', () => {
    for (const text of ['a https://x.example/). b http://', '', '\n\n', 'https://a.example https://b.example']) {
      expect(splitLinks(text).map((segment) => segment.text).join('')).toBe(text);
    }
  });

  it('takes no time worth speaking of for hostile text', () => {
    const text = `http://${'('.repeat(900)}${')'.repeat(1000)}`;
    expect(splitLinks(text).length).toBeLessThan(3);
  });
});
