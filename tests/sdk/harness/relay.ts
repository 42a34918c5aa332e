import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';

/** Passes bytes on between clients and a server, until it cuts them off. */
export class Relay {
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: TcpServer) {}

  static async start(serverPort: number): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server);
    server.on('connection', (near) => {
      const far = connect(serverPort, '127.0.0.1');
      for (const [one, other] of [[near, far], [far, near]] as const) {
        relay.#sockets.add(one);
        one.setNoDelay(true);
        one.pipe(other);
        one.on('error', () => {}).on('close', () => {
          relay.#sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/connection/websocket`;
  }

  /** Ends every connection without a word; new ones are passed on. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.server.close();
    this.cut();
  }
}
