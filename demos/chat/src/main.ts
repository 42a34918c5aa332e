import { Centrifuge, type TransportEndpoint } from 'centrifuge';
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

const webSocket = new URL('/connection/websocket', location.href);
webSocket.protocol = webSocket.protocol.replace('http', 'ws');
/** In this order: where a proxy lets no WebSocket through, one of the others comes through it. */
const transports: TransportEndpoint[] = [
  { transport: 'websocket', endpoint: webSocket.href },
  { transport: 'http_stream', endpoint: new URL('/connection/http_stream', location.href).href },
  { transport: 'sse', endpoint: new URL('/connection/sse', location.href).href },
];

const silence = new EventTarget();
const client = new Centrifuge(transports, {
  name: 'chat',
  emulationEndpoint: new URL('/emulation', location.href).href,
  // Network and page events are the link's business: two answers to one event would race.
  networkEventTarget: silence,
  pageEventTarget: silence,
});

const link = new Link(client, { now, random, hasNetwork: () => navigator.onLine, transports: transports.length });
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
