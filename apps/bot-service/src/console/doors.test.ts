import { describe, expect, it } from "vitest";
import { codeOf, makeConsole, ORIGIN, PAGE } from "./console.test-support.ts";

const { ask } = makeConsole({ hosts: ["Console.Example.com"] });

describe("the name under which the console is asked for", () => {
  const hosts: [name: string, host: string | undefined, isServed: boolean][] = [
    ["loopback by name", "localhost:8787", true],
    ["loopback by name, however it is written", "LocalHost", true],
    ["loopback by address", "127.0.0.1:8787", true],
    ["an address", "10.1.2.3", true],
    ["an address of IPv6", "[2001:db8::1]:8787", true],
    ["a name of CONSOLE_HOSTS, however it is written", "console.EXAMPLE.com:8443", true],
    ["a name that somebody has pointed here", "evil.example:8787", false],
    ["a name below one of ours", "evil.console.example.com", false],
    ["a name that begins as ours", "console.example.com.evil.example", false],
    ["a name below localhost", "evil.localhost", false],
    ["two names", "localhost, evil.example", false],
    ["a name with a user before it", "localhost@evil.example", false],
    ["a name with a path", "localhost/evil", false],
    ["what is nearly an address", "127.0.0.1.evil.example", false],
    ["an address in another notation", "0x7f.1", false],
    ["an empty name", "", false],
    ["no name at all, as in HTTP/1.0", undefined, false],
  ];
  it.each(hosts)("%s: %s", async (_, host, isServed) => {
    for (const path of ["/console/session", "/console/api/health"]) {
      const answer = await ask(path, { headers: { host } });
      expect((await codeOf(answer)) === "CONSOLE_HOST_UNKNOWN").toBe(!isServed);
      expect(answer.status === 403).toBe(!isServed);
    }
  });

  it.each([
    ["console.example.com", 200],
    ["localhost, console.example.com:443", 200],
    ["evil.example", 403],
    ["console.example.com, evil.example", 403],
  ])("must be known also where a proxy tells it: %s", async (forwarded, status) => {
    const answer = await ask("/console/session", { headers: { "x-forwarded-host": forwarded } });
    expect(answer.status).toBe(status);
  });

  it("is said to who opens it in a browser, in a line with the name", async () => {
    const headers = { host: "fleet.example", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const answer = await ask("/console/", { headers });
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await answer.text()).toContain('"fleet.example". Add it to CONSOLE_HOSTS');
  });
});

describe("a request that changes something", () => {
  const PROXIED = { host: "console.example.com", origin: "https://console.example.com" };
  const requests: [name: string, headers: Record<string, string | undefined>, isServed: boolean][] = [
    ["from a page of the console", {}, true],
    ["from a browser that does not say the site", { "sec-fetch-site": undefined }, true],
    ["from a page behind a proxy", PROXIED, true],
    ["from a page behind a proxy that tells the port", { ...PROXIED, host: "console.example.com:443" }, true],
    [
      "from a page behind a proxy that has a Host of its own",
      { ...PROXIED, host: "127.0.0.1:8787", "x-forwarded-host": "console.example.com" },
      true,
    ],
    ["behind a proxy that keeps the name to itself", { ...PROXIED, host: "127.0.0.1:8787" }, false],
    ["without an origin", { origin: undefined }, false],
    ["from a sandboxed frame", { origin: "null" }, false],
    ["from another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, false],
    ["from another site that hides it", { "sec-fetch-site": "cross-site" }, false],
    ["from another port of the host", { origin: "http://localhost:3000", "sec-fetch-site": "same-site" }, false],
    ["from another port of the host, unsaid", { origin: "http://localhost:3000", "sec-fetch-site": undefined }, false],
    ["from a neighbour of our name", { ...PROXIED, origin: "https://www.example.com" }, false],
    ["from an extension", { origin: "chrome-extension://localhost:8787" }, false],
    ["without the header that forms cannot send", { "x-shoal-console": undefined }, false],
  ];
  it.each(requests)("%s", async (_, headers, isServed) => {
    for (const [method, path] of [
      ["POST", "/console/logout"],
      ["POST", "/console/login"],
      ["DELETE", "/console/api/match/tickets/1"],
      ["PATCH", "/console/"],
      ["OPTIONS", "/console/api/jobs"],
    ] as const) {
      const answer = await ask(path, { method, headers: { ...PAGE, ...headers } });
      const code = answer.status === 204 ? undefined : await codeOf(answer);
      expect([path, code === "CONSOLE_CROSS_SITE"]).toEqual([path, !isServed]);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("a request that looks", () => {
  const LINK = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const requests: [name: string, headers: Record<string, string>, api: boolean, page: boolean][] = [
    ["without a browser", {}, true, true],
    ["from a page of the console", { "sec-fetch-site": "same-origin", origin: ORIGIN }, true, true],
    ["by an address that is typed", { ...LINK, "sec-fetch-site": "none" }, true, true],
    ["by a link on another site", LINK, false, true],
    ["by a link on a neighbour", { ...LINK, "sec-fetch-site": "same-site" }, false, true],
    ["by a frame on another site", { ...LINK, "sec-fetch-dest": "iframe" }, false, false],
    ["by a script tag on another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, false, false],
    ["by a script on another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, false, false],
    ["by a script that a browser says nothing of", { origin: "https://evil.example" }, false, false],
    ["by a sandboxed frame", { origin: "null" }, false, false],
  ];
  it.each(requests)("%s", async (_, headers, api, page) => {
    const isServed = async (path: string, method = "GET") => (await ask(path, { method, headers })).status !== 403;
    for (const path of ["/console/api/jobs", "/console/session", "/console/assets/x.js"]) {
      expect([path, await isServed(path)]).toEqual([path, api]);
      expect([path, await isServed(path, "HEAD")]).toEqual([path, api]);
    }
    expect(await isServed("/console/jobs/7")).toBe(page);
  });
});
