import { connect, createServer, type Socket } from "node:net";

/** A TCP port before another one, with the faults of a network: the far end away, back again, or silent. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Forwards from now on, also what was held back while frozen. Idempotent. */
  open(): Promise<void>;
  /** Drops every connection and refuses new ones. Idempotent. */
  close(): Promise<void>;
  /** Half-open: connections stay and new ones are taken, but not a byte passes in either direction. */
  freeze(): void;
}

/** Reserves a port on the loopback interface for `targetPort`; closed at first. */
export async function faultProxy(targetPort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;

  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    // By hand and not by `pipe`, which would make a paused socket flow again.
    from.on("data", (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on("drain", () => {
      if (!isFrozen) from.resume();
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    if (isFrozen) from.pause();
  };
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    join(near, far);
    join(far, near);
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
  return {
    port,
    async open() {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(port);
    },
    close,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    [Symbol.asyncDispose]: close,
  };
}
