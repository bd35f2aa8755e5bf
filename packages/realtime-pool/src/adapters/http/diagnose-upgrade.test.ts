import { createServer, type Server } from "node:http";
import { createSystemClock } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createUpgradeQuestion } from "./diagnose-upgrade.ts";

const never = new AbortController().signal;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers an upgrade with these bytes, or with nothing. */
async function serve(answer: string | null) {
  const asked: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const server = createServer();
  server.on("upgrade", (request, stream) => {
    asked.push(request.url ?? "");
    stream.on("error", () => {});
    if (answer !== null) stream.end(answer);
    arrived.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/realtime/v1`, asked, arrived: arrived.promise, server };
}

const refusal = (status: number, body: string) =>
  `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;

const ask = (url: string, signal = never) =>
  createUpgradeQuestion({ url, apiKey: "a+b/c", clock: createSystemClock() })(signal);

describe("the question", () => {
  it.each([
    [429, '{"error":"Too many connected users"}', "Too many connected users"],
    [403, '{"error":"Realtime was disabled for this tenant"}', "Realtime was disabled for this tenant"],
    [401, '{"message":"No API key found in request"}', "No API key found in request"],
    [403, "", ""],
    [502, "<html>bad gateway</html>", ""],
    [500, '{"error":{"code":1}}', ""],
  ])("reads a refusal with %i and %j", async (status, body, text) => {
    const { url } = await serve(refusal(status, body));
    expect(await ask(url)).toEqual({ status, text });
  });

  it("is put as the client puts it, the key included", async () => {
    const { url, asked } = await serve(refusal(429, "{}"));
    await ask(url);
    expect(asked).toEqual(["/realtime/v1/websocket?apikey=a%2Bb%2Fc&vsn=2.0.0"]);
  });

  it("hangs up where it is let in", async () => {
    const { url } = await serve(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    expect(await ask(url)).toEqual({ status: 101, text: "" });
  });

  it("has no answer where nobody listens", async () => {
    const { url, server } = await serve(null);
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    expect(await ask(url)).toBeNull();
  });

  it("waits 5 s for a server that does not answer, and leaves no timer", async () => {
    const { url, arrived } = await serve(null);
    const { clock } = testRuntime();
    const answer = createUpgradeQuestion({ url, apiKey: "key", clock })(never);
    await arrived;
    await clock.advance(5000);
    expect(await answer).toBeNull();
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends at once when it is given up", async () => {
    const { url, arrived } = await serve(null);
    const { clock } = testRuntime();
    const stop = new AbortController();
    const answer = createUpgradeQuestion({ url, apiKey: "key", clock })(stop.signal);
    await arrived;
    stop.abort();
    expect(await answer).toBeNull();
    expect(clock.pendingTimers).toBe(0);
  });
});
