import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const nginxPath = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((path) => existsSync(path));

/** A proxy as offices have it: it lets no WebSocket through. */
export class WebSocketBlocker {
  private constructor(private readonly process: ChildProcess, private readonly folder: string, readonly address: string) {}

  static async start(server: string): Promise<WebSocketBlocker> {
    const folder = mkdtempSync(join(tmpdir(), 'starling-proxy-'));
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), `
      daemon off; master_process off; pid nginx.pid; error_log stderr;
      events {}
      http {
        access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
        server {
          listen 127.0.0.1:${port};
          location / { proxy_pass ${server}; proxy_set_header Host $http_host; }
          location /connection/websocket { return 403; }
        }
      }`);
    const process = spawn(nginxPath!, ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'], { stdio: 'ignore' });
    const proxy = new WebSocketBlocker(process, folder, `http://127.0.0.1:${port}/`);
    const deadline = Date.now() + 10_000;
    while (!(await fetch(proxy.address).then(() => true, () => false))) {
      if (Date.now() > deadline || process.exitCode !== null) throw new Error('nginx did not answer.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return proxy;
  }

  stop(): void {
    this.process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
