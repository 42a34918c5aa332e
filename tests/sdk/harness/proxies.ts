import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports';

/** Seconds after which each of these proxies cuts what is silent. */
export const idleLimit = 3;

/** A reverse proxy as people put it in front of a server. */
export interface ProxyKind {
  readonly name: string;
  readonly program: 'nginx' | 'haproxy';
  /** What the nginx is told beside where the server is. */
  readonly settings?: string;
}

export const proxyKinds: readonly ProxyKind[] = [
  { name: 'nginx as it comes, buffering and speaking HTTP/1.0', program: 'nginx' },
  { name: 'nginx without buffering', program: 'nginx', settings: 'proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection "";' },
  { name: 'nginx that compresses', program: 'nginx', settings: 'gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any; gzip_http_version 1.0;' },
  { name: 'HAProxy', program: 'haproxy' },
];

/** Holds every response back until a buffer is full, whatever the server asks for. */
export const stubbornProxy: ProxyKind = {
  name: 'nginx that buffers whatever it is told',
  program: 'nginx',
  settings: 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;',
};

export function programOf(kind: ProxyKind): string | undefined {
  return ['/usr/sbin', '/usr/bin', '/usr/local/sbin'].map((folder) => `${folder}/${kind.program}`).find((path) => existsSync(path));
}

/** One proxy process. */
export class Proxy {
  private constructor(private readonly child: ChildProcess, private readonly folder: string, private readonly port: number) {}

  static async start(kind: ProxyKind, serverPort: number): Promise<Proxy> {
    const folder = mkdtempSync(join(tmpdir(), 'starling-proxy-'));
    const port = await freePort();
    const file = join(folder, 'proxy.conf');
    writeFileSync(file, kind.program === 'nginx' ? nginx(port, serverPort, kind.settings ?? '') : haproxy(port, serverPort));
    const parameters = kind.program === 'nginx' ? ['-p', folder, '-e', 'stderr', '-c', file] : ['-db', '-q', '-f', file];
    const child = spawn(programOf(kind)!, parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr!.on('data', (text: Buffer) => (said += text.toString()));
    const proxy = new Proxy(child, folder, port);
    const deadline = performance.now() + 10_000;
    while (!(await listens(port))) {
      if (child.exitCode === null && performance.now() < deadline) continue;
      proxy.stop();
      throw new Error(`${kind.program} did not start: ${said}`);
    }
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${this.port}/connection/websocket`;
  }

  stop(): void {
    this.child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function nginx(port: number, serverPort: number, settings: string): string {
  return `
    daemon off; master_process off; pid nginx.pid; error_log stderr;
    events {}
    http {
      access_log off;
      client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
      proxy_read_timeout ${idleLimit}s;
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://127.0.0.1:${serverPort}; proxy_set_header Host $http_host; ${settings} }
        location /connection/websocket {
          proxy_pass http://127.0.0.1:${serverPort}; proxy_http_version 1.1;
          proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
        }
      }
    }`;
}

function haproxy(port: number, serverPort: number): string {
  return `
defaults
  mode http
  timeout connect 2s
  timeout client ${idleLimit}s
  timeout server ${idleLimit}s
  timeout tunnel ${idleLimit}s
frontend public
  bind 127.0.0.1:${port}
  default_backend starling
backend starling
  compression algo gzip
  compression type text/event-stream application/x-ndjson application/json
  server one 127.0.0.1:${serverPort}
`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false)).once('close', () => probe.destroy());
  });
}
