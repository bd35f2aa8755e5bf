import { createServer, type Server, type Socket } from "node:net";

/** A request as a stand-in server sees it. */
export interface PlainRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Writes an answer to the connection, or does to it whatever a server may do. */
export type Answer = (socket: Socket) => void;

/**
 * An HTTP/1.1 server down to the bytes: connections are kept, and an answer may stop half way, never come, or come twice, which the
 * platform's servers would not do. Requests with a Content-Length only.
 */
export async function plainHttpServer(answer: (request: PlainRequest) => Promise<Answer>): Promise<Server> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    let last = Promise.resolve();
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let read = readRequest(received); read !== null; read = readRequest(received)) {
        received = received.subarray(read.lengthBytes);
        const { request } = read;
        last = last.then(async () => (await answer(request))(socket));
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

/** The first request of these bytes, and its length; null while it is not whole. */
function readRequest(received: Buffer): { request: PlainRequest; lengthBytes: number } | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const [first = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = new Map(lines.map((line) => splitHeader(line)));
  const lengthBytes = headEnd + 4 + Number(headers.get("content-length") ?? "0");
  if (received.length < lengthBytes) return null;
  const [method = "", target = ""] = first.split(" ");
  const url = new URL(target, "http://127.0.0.1");
  const body = received.subarray(headEnd + 4, lengthBytes).toString("utf8");
  return { request: { method, url, headers, body }, lengthBytes };
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

export function response(status: number, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n${body}`;
}
