import { connect, createServer, type Socket } from "node:net";

/** A TCP port that can be open or closed: the far end may be away, and come back. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** Forwards to the target from now on. */
  open(): Promise<void>;
  /** Drops every connection and refuses new ones. */
  close(): Promise<void>;
}

/** Reserves a port, closed at first. */
export async function testProxy(targetPort: number): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) server.close(() => resolve());
      else resolve();
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await close();
  return { port, open: () => listen(port), close, [Symbol.asyncDispose]: close };
}
