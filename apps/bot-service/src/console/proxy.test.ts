import { createMetrics } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { parseConfig } from "../config.ts";
import { createHttpPart } from "../http/part.ts";
import { route } from "../http/route.ts";
import { createConsolePart } from "./part.ts";

const TOKEN = "a-token-of-the-test";
const HOST = "fleet.example.com";
const sample = route({
  ...{ method: "put", path: "/api/sample", summary: "A sample", access: "token" },
  answers: { 200: z.object({ actor: z.string() }) },
  answer: (context) => context.json({ actor: context.get("actor") }),
});

/** A daemon, and a proxy before it that gives each path another. Returns what a browser sees at that proxy. */
function behindProxy(basePath: string, pathAtDaemon: (path: string) => string, isHostKept: boolean) {
  const { config } = parseConfig({ HTTP_PORT: "0", CONSOLE_BASE_PATH: basePath, CONSOLE_HOSTS: HOST });
  const backend = { apiToken: TOKEN, supabaseUrl: "http://127.0.0.1:1", anonKey: null, jwtSecret: null };
  const part = createHttpPart({
    ...{ config, backend, runtime: testRuntime(), metrics: createMetrics(), version: "0.0.0" },
    ...{ phase: () => "open", routes: () => [sample] },
    console: createConsolePart({ config, backend, runtime: testRuntime() }),
  });
  part.start();
  const proxy = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch(request) {
      const headers = new Headers(request.headers);
      headers.set("x-forwarded-proto", "https");
      headers.set("x-forwarded-host", request.headers.get("host") ?? "");
      if (!isHostKept) headers.delete("host");
      const { pathname, search } = new URL(request.url);
      const { method, body } = request;
      return fetch(`${part.url}${pathAtDaemon(pathname)}${search}`, {
        ...{ method, headers, body },
        ...{ redirect: "manual", decompress: false },
      });
    },
  });
  onTestFinished(async () => {
    await proxy.stop(true);
    await part.close();
  });
  return (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, `http://127.0.0.1:${proxy.port}`), { ...init, headers: { ...init.headers, host: HOST } });
}

it.each([
  ["keeps its prefix", "/ops/console", (path: string) => path],
  ["takes its prefix off", "/ops/console", (path: string) => path.replace(/^\/ops/, "")],
  ["takes off what stands before a name of its own", "/ops/of/fleet", (path: string) => path.replace(/^\/ops\/of/, "")],
  ["has another path than the daemon", "/ops", (path: string) => path.replace(/^\/ops/, "/console")],
])("works behind a proxy that %s", async (_, basePath, pathAtDaemon) => {
  for (const isHostKept of [true, false]) {
    const browse = behindProxy(basePath, pathAtDaemon, isHostKept);
    const page = await (await browse(`${basePath}/jobs/7`)).text();
    const [, base = ""] = /<base href="([^"]+)">/.exec(page) ?? [];
    expect(base).toBe(`${basePath}/`);
    const files = [...page.matchAll(/(?:src|href)="(\.\/assets\/[^"]+)"/g)].map(([, address = ""]) => address);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const answer = await browse(new URL(file, `https://${HOST}${base}`).pathname);
      expect([answer.status, answer.headers.get("content-type")]).not.toContain("text/html");
      expect(answer.status).toBe(200);
    }
    const change = { "content-type": "application/json", origin: `https://${HOST}`, "x-shoal-console": "1" };
    const login = { method: "POST", headers: change, body: JSON.stringify({ token: TOKEN }) };
    const [cookie = "", ...attributes] =
      (await browse(`${base}login`, login)).headers.get("set-cookie")?.split("; ") ?? [];
    expect(attributes).toEqual(expect.arrayContaining([`Path=${basePath}`, "Secure"]));
    const asked = await browse(`${base}api/sample`, { method: "PUT", headers: { ...change, cookie } });
    expect([asked.status, await asked.json()]).toEqual([200, { actor: "console" }]);
  }
});
