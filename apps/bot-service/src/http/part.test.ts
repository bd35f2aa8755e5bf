import { connect } from "node:net";
import { createMetrics } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { parseConfig } from "../config.ts";
import { createConsolePart } from "../console/part.ts";
import { createHttpPart } from "./part.ts";
import { route } from "./route.ts";

const TOKEN = "a-token-of-the-test";
const sample = route({
  ...{ method: "get", path: "/sample", summary: "A sample", access: "token" },
  answers: { 200: z.object({ name: z.string() }) },
  answer: (context) => context.json({ name: "sample" }, 200, { etag: '"1"' }),
});
const { config } = parseConfig({ HTTP_PORT: "0", HTTP_HOST: "127.0.0.1" });
const backend = { apiToken: TOKEN, supabaseUrl: "http://127.0.0.1:1", anonKey: null, jwtSecret: null };
const part = createHttpPart({
  ...{ config, backend, runtime: testRuntime(), metrics: createMetrics(), version: "0.0.0" },
  ...{ phase: () => "draining", routes: () => [sample] },
  console: createConsolePart({ config, backend, runtime: testRuntime() }),
});
beforeAll(() => part.start());
afterAll(() => part.close());

it("answers HEAD with the head of what GET is answered with, also while it drains", async () => {
  const ask = async (method: string, token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${part.url}/sample`, { method, headers });
    const sent = ["content-length", "content-type", "etag"].map((name) => response.headers.get(name));
    return { status: response.status, sent, bytes: (await response.arrayBuffer()).byteLength };
  };
  const got = await ask("GET", TOKEN);
  expect(got).toMatchObject({ status: 200, sent: ["17", "application/json", '"1"'], bytes: 17 });
  expect(await ask("HEAD", TOKEN)).toEqual({ ...got, bytes: 0 });
  const refused = await ask("GET", "another");
  expect(refused.status).toBe(401);
  expect(await ask("HEAD", "another")).toEqual({ ...refused, bytes: 0 });
});

/** Sends a request as it stands, and returns the status and the code of the refusal. */
function send(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(part.url).port), "127.0.0.1", () => socket.write(`${head}\r\n\r\n`));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(`${answer.split(" ")[1]} ${/"code":"(\w+)"/.exec(answer)?.[1] ?? ""}`.trim()));
  });
}

describe("a request that no browser sends", () => {
  const bearer = `Authorization: Bearer ${TOKEN}\r\nConnection: close`;

  it.each([
    ["without a Host, as HTTP/1.0", "GET /sample HTTP/1.0"],
    ["with a Host that is none", "GET /sample HTTP/1.1\r\nHost: a b/c@d"],
    ["with an empty Host", "GET /sample HTTP/1.1\r\nHost: "],
    ["with a whole address", "GET http://evil.example/sample HTTP/1.1\r\nHost: localhost"],
  ])("is answered by the API %s", async (_, head) => expect(await send(`${head}\r\n${bearer}`)).toBe("200"));

  it.each([
    ["without a Host", "GET /console/session HTTP/1.0", "403 CONSOLE_HOST_UNKNOWN"],
    ["with a Host that is none", "GET /console/session HTTP/1.1\r\nHost: a b/c@d", "403 CONSOLE_HOST_UNKNOWN"],
    ["with two", "GET /console/session HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", "403 CONSOLE_HOST_UNKNOWN"],
    ["with a whole address", "GET http://evil.example/console/session HTTP/1.1\r\nHost: localhost", "200"],
    [
      "with a foreign one",
      "GET http://localhost/console/session HTTP/1.1\r\nHost: evil.example",
      "403 CONSOLE_HOST_UNKNOWN",
    ],
    ["with huge cookies", `GET /console/session HTTP/1.1\r\nHost: localhost\r\nCookie: a=${"x".repeat(20_000)}`, "431"],
    [
      "for a web socket",
      "GET /console/session HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
      "200",
    ],
  ])("comes to the door of the console %s", async (_, head, answer) => {
    expect(await send(`${head}\r\nConnection: close`)).toBe(answer);
  });

  it.each([
    ["/console/../sample", "200"],
    ["/console/%2e%2e/sample", "200"],
    ["/console/api/../../sample", "200"],
    ["/console/api/%2e%2e%2fsample", "401 CONSOLE_LOGGED_OUT"],
    ["/console/api/..%5csample", "401 CONSOLE_LOGGED_OUT"],
    ["/console/%61pi/sample", "401 CONSOLE_LOGGED_OUT"],
    ["/console\\api\\sample", "401 CONSOLE_LOGGED_OUT"],
    ["/console/api", "401 CONSOLE_LOGGED_OUT"],
    ["//console/api/sample", "404 HTTP_UNKNOWN_ROUTE"],
    ["/consoles/api/sample", "404 HTTP_UNKNOWN_ROUTE"],
    ["/Console/api/sample", "404 HTTP_UNKNOWN_ROUTE"],
    ["/console/assets/%2e%2e%2f%2e%2e%2fetc", "404 CONSOLE_UNKNOWN_FILE"],
    ["/console/assets/", "404 CONSOLE_UNKNOWN_FILE"],
    ["/console/assets/__proto__", "404 CONSOLE_UNKNOWN_FILE"],
    ["/console//assets/x.js", "404 CONSOLE_UNKNOWN_FILE"],
  ])("asks for %s, which is the console's or the API's and nothing between", async (path, answer) => {
    expect(await send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${bearer}`)).toBe(answer);
  });
});
