/** A stretch of a message: plain text, or text that leads to an address. */
export interface Segment {
  readonly text: string;
  /** An absolute http or https address; absent for plain text. */
  readonly href?: string;
}

const candidates = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]+/giu;

/**
 * Cuts a message into text and links. Only whole http and https addresses become links, never `javascript:` or
 * `data:`, and never an address that hides its host behind a user name (`https://bank.example@evil.example`).
 */
export function splitLinks(message: string): Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of message.matchAll(candidates)) {
    const text = withoutTrailingPunctuation(match[0]);
    const href = safeAddress(text);
    if (href === null) continue;
    if (match.index > end) segments.push({ text: message.slice(end, match.index) });
    segments.push({ text, href });
    end = match.index + text.length;
  }
  if (end < message.length) segments.push({ text: message.slice(end) });
  return segments;
}

function safeAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const address = new URL(text);
  const web = address.protocol === 'http:' || address.protocol === 'https:';
  return web && address.username === '' && address.password === '' ? address.href : null;
}

/** A full stop after a link belongs to the sentence; a closing bracket only when it was not opened inside. */
function withoutTrailingPunctuation(text: string): string {
  let rest = text;
  for (;;) {
    const last = rest.at(-1) ?? '';
    const unopened = last === ')' && count(rest, ')') > count(rest, '(');
    if (!'.,;:!?]}*_~'.includes(last) && !unopened) return rest;
    rest = rest.slice(0, -1);
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
