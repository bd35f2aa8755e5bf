import { createServer } from "node:net";

/**
 * Resolves with `preferred` if that loopback port is free, else with any free one. Another process may take the port
 * before the caller binds it, so the caller must be ready to try again.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const port = await probe(preferred).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return probe(0);
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address();
      const taken = typeof address === "object" && address ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
