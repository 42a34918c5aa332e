import { createHmac } from 'node:crypto';

/** The secret the servers of these tests verify tokens with. */
export const tokenSecret = 'a secret of the tests, long enough for HS256';

/** A token made by hand, as any back end could. */
export function token(claims: Record<string, unknown>, secret = tokenSecret): string {
  const signed = `${text({ alg: 'HS256', typ: 'JWT' })}.${text(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Unix seconds from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

function text(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
