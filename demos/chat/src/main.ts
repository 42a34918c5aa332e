import { Centrifuge } from 'centrifuge';
import { App } from './app';
import { Link } from './connection/link';
import { Me } from './people/me';
import { ConnectionState } from './view/connection-state';
import { NameDialog } from './view/name-dialog';

const now = () => Date.now();
const random = () => Math.random();

/** An id nobody can guess; `crypto.randomUUID` would ask for HTTPS, which a demo in an office network has not. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Browsers that are told to keep nothing throw on the mere look at their storage. */
function storage(kind: 'localStorage' | 'sessionStorage'): Storage | null {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

const address = new URL('/connection/websocket', location.href);
address.protocol = address.protocol.replace('http', 'ws');

const silence = new EventTarget();
const client = new Centrifuge(address.href, {
  name: 'chat',
  // Network and page events are the link's business: two answers to one event would race.
  networkEventTarget: silence,
  pageEventTarget: silence,
});

const link = new Link(client, { now, random, hasNetwork: () => navigator.onLine });
addEventListener('offline', () => link.networkLost());
addEventListener('online', () => link.worthAnotherTry());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') link.worthAnotherTry();
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) link.worthAnotherTry();
});

const me = new Me(storage('localStorage'), storage('sessionStorage'), random, newId);
new NameDialog(me);
new ConnectionState(link);
new App(client, me, { now, newId });
link.start();
