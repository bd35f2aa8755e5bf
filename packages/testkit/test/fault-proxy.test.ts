import { connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { faultProxy } from "../src/index.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

const next = (socket: Socket, event: string) => new Promise<unknown>((resolve) => socket.once(event, resolve));

/** A server that sends back what it gets, behind a proxy; and what it got so far. */
async function echoBehindProxy() {
  let heard = "";
  const server = createServer((socket) => {
    socket.on("data", (chunk) => {
      heard += chunk.toString();
      socket.write(chunk);
    });
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  const proxy = cleanUp.use(await faultProxy(address.port));
  return { proxy, port: address.port, heard: () => heard };
}

describe("a fault proxy", () => {
  it("refuses while closed and drops what was open", async () => {
    const { proxy } = await echoBehindProxy();
    expect(await next(connect(proxy.port, "127.0.0.1"), "error")).toMatchObject({ code: "ECONNREFUSED" });
    await proxy.open();
    const socket = connect(proxy.port, "127.0.0.1");
    socket.write("a");
    expect(String(await next(socket, "data"))).toBe("a");
    const dropped = next(socket, "close");
    await proxy.close();
    await dropped;
  });

  it("drops what was open and answers startups like a pooler while it refuses, also after a request for TLS", async () => {
    const { proxy, heard } = await echoBehindProxy();
    await proxy.open();
    const old = connect(proxy.port, "127.0.0.1");
    old.write("a");
    await next(old, "data");
    const dropped = next(old, "close");
    await proxy.refuse({ sqlstate: "XX000", message: "full" });
    await dropped;
    const socket = connect(proxy.port, "127.0.0.1");
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    expect(String(await next(socket, "data"))).toBe("N");
    socket.write("startup");
    const ended = next(socket, "end");
    const fields = "SFATAL\0VFATAL\0CXX000\0Mfull\0\0";
    expect(String(await next(socket, "data"))).toBe(`E\0\0\0${String.fromCharCode(4 + fields.length)}${fields}`);
    await ended;
    expect([heard(), proxy.refusedCount]).toEqual(["a", 1]);
    await proxy.open();
    const young = connect(proxy.port, "127.0.0.1");
    young.write("b");
    expect(String(await next(young, "data"))).toBe("b");
    young.destroy();
  });

  it("lets no byte pass while frozen, on old and new connections, and all of them after the thaw", async () => {
    const { proxy, port, heard } = await echoBehindProxy();
    await proxy.open();
    const old = connect(proxy.port, "127.0.0.1");
    old.write("1");
    await next(old, "data");
    proxy.freeze();
    const young = connect(proxy.port, "127.0.0.1");
    await next(young, "connect");
    const answers = Promise.all([next(old, "data"), next(young, "data")]);
    await Promise.all([old, young].map((socket) => new Promise<void>((sent) => socket.write("2", () => sent()))));
    // A round trip past the proxy: what was sent before would have arrived before.
    const direct = connect(port, "127.0.0.1");
    direct.write("!");
    await next(direct, "data");
    expect(heard()).toBe("1!");
    await proxy.open();
    expect((await answers).map(String)).toEqual(["2", "2"]);
    for (const socket of [old, young, direct]) socket.destroy();
  });
});
