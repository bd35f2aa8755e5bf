import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/** One accepted socket. */
export interface RawSocket {
  send(text: string): void;
  close(code: number): void;
  /** Without a close frame. */
  terminate(): void;
}

export interface RawHandlers {
  /** The status the next request is refused with, undefined to accept it. */
  statusOfNext(): number | undefined;
  opened(socket: RawSocket): void;
  received(socket: RawSocket, raw: string | Buffer): void;
  closed(socket: RawSocket, code: number): void;
}

export interface RawTransport {
  readonly port: number;
  stop(): Promise<void>;
}

/** WebSockets on a loopback port, by what the runtime itself has: the same to whoever connects. */
export function openTransport(handlers: RawHandlers, port: number): Promise<RawTransport> {
  return process.versions["bun"] ? openOnBun(handlers, port) : openOnNode(handlers, port);
}

async function openOnBun(handlers: RawHandlers, port: number): Promise<RawTransport> {
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    fetch(request, self) {
      const status = handlers.statusOfNext();
      if (status !== undefined) return new Response("no", { status });
      return self.upgrade(request, { data: undefined }) ? undefined : new Response(null, { status: 400 });
    },
    websocket: {
      open: (socket) => handlers.opened(socket),
      message: (socket, raw) => handlers.received(socket, raw),
      close: (socket, code) => handlers.closed(socket, code),
    },
  });
  return { port: server.port ?? 0, stop: () => server.stop(true) };
}

async function openOnNode(handlers: RawHandlers, port: number): Promise<RawTransport> {
  const acceptor = new WebSocketServer({ noServer: true });
  const server = createServer((_, response) => void response.writeHead(handlers.statusOfNext() ?? 400).end("no"));
  server.on("upgrade", (request, stream, head) => {
    const status = handlers.statusOfNext();
    if (status !== undefined) {
      return stream.end(`HTTP/1.1 ${status} No\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno`);
    }
    acceptor.handleUpgrade(request, stream, head, (socket) => {
      socket.on("message", (data: Buffer, isBinary) => handlers.received(socket, isBinary ? data : data.toString()));
      socket.on("close", (code) => handlers.closed(socket, code));
      handlers.opened(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  let stopped: Promise<void> | undefined;
  return {
    port: typeof address === "object" && address ? address.port : port,
    stop() {
      for (const socket of acceptor.clients) socket.terminate();
      stopped ??= new Promise((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      return stopped;
    },
  };
}
