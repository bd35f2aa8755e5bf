import { randomInt } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP port in front of another one, with faults: the far end is away, back, silent, or a pooler that refuses. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Forwards from now on, including what was held back while frozen. Idempotent. */
  open(): Promise<void>;
  /** Drops every connection and refuses new ones. Idempotent. */
  close(): Promise<void>;
  /** Makes it half-open: connections stay and new ones are accepted, but no byte passes in either direction. */
  freeze(): void;
  /** Drops every connection and answers each new one as a pooler that admits no client: with a FATAL in Postgres' protocol. */
  refuse(refusal: PoolerRefusal): Promise<void>;
  /** How often it has refused so far. */
  readonly refusedCount: number;
}

/** A pooler's answer to a startup message. */
export interface PoolerRefusal {
  readonly sqlstate: string;
  readonly message: string;
}

/** Below the range from which systems give out free ports, so that nothing else takes the port while the proxy is closed. */
const PORTS = { from: 10_000, to: 32_000 } as const;
/** Each worker of a run takes ports of its own: one that is closed looks free to the others. Those on Node run beside those on Bun. */
const SHARES = 20;
const OWN_SHARE =
  (Number(process.env["VITEST_POOL_ID"] ?? 0) + (process.versions["bun"] === undefined ? 10 : 0)) % SHARES;

/** Reserves a loopback port that leads to `targetPort`. It is closed at first. */
export async function faultProxy(targetPort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let refusal: PoolerRefusal | undefined;
  let refusedCount = 0;

  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    // Not with `pipe`, which would resume a paused socket.
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
  const turnAway = (near: Socket, given: PoolerRefusal) => {
    sockets.add(near);
    near.on("error", () => near.destroy());
    near.on("close", () => sockets.delete(near));
    near.on("data", (startup: Buffer) => {
      if (isSslRequest(startup)) return void near.write("N");
      refusedCount += 1;
      near.end(fatal(given));
    });
  };
  const server = createServer((near) => {
    if (refusal) return turnAway(near, refusal);
    const far = connect(targetPort, "127.0.0.1");
    join(near, far);
    join(far, near);
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () =>
    new Promise<void>((resolve) => {
      drop();
      if (server.listening) server.close(() => resolve());
      else resolve();
    });

  const port = await listenOnFreePort(server);
  await close();
  return {
    port,
    async open() {
      isFrozen = false;
      refusal = undefined;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(server, port);
    },
    close,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    async refuse(given) {
      refusal = given;
      drop();
      if (!server.listening) await listen(server, port);
    },
    get refusedCount() {
      return refusedCount;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** @throws EADDRINUSE */
function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function listenOnFreePort(server: Server): Promise<number> {
  for (;;) {
    const port = PORTS.from + SHARES * randomInt((PORTS.to - PORTS.from) / SHARES) + OWN_SHARE;
    try {
      await listen(server, port);
      return port;
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE")) throw thrown;
    }
  }
}

/** @source https://www.postgresql.org/docs/current/protocol-message-formats.html SSLRequest */
const SSL_REQUEST_CODE = 80_877_103;

const isSslRequest = (startup: Buffer) => startup.length === 8 && startup.readInt32BE(4) === SSL_REQUEST_CODE;

/** Writes an ErrorResponse. */
function fatal({ sqlstate, message }: PoolerRefusal): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${message}\0\0`);
  const head = Buffer.from("E0000");
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}
