import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { TOKEN } from "../http/http.test-support.ts";
import { codeOf, makeConsole, PAGE, READ_TOKEN } from "./console.test-support.ts";
import { TRIES_OF_ADDRESS, TRIES_OF_ALL } from "./login-limit.ts";

let made: ReturnType<typeof makeConsole>;
beforeEach(() => {
  made = makeConsole();
});

const ticketOf = (path: string | undefined) => path?.split("#ticket=")[1] ?? "";
const roleBy = async (cookie: string, { ask } = made) =>
  ((await (await ask("/console/session", { headers: { cookie } })).json()) as { role: string | null }).role;

describe("a login", () => {
  it.each([
    [{ token: TOKEN }, "operator"],
    [{ token: READ_TOKEN }, "reader"],
  ])("with %j is one of an %s", async (by, role) => {
    const answer = await made.logIn(by);
    expect([answer.status, await answer.json()]).toEqual([200, { role }]);
    expect(await roleBy(answer.headers.get("set-cookie")?.split(";")[0] ?? "")).toBe(role);
  });

  it.each([
    [{ token: "another-token-of-somebody" }, 401, "CONSOLE_LOGIN_REFUSED"],
    [{ token: "" }, 401, "CONSOLE_LOGIN_REFUSED"],
    [{ ticket: "guessed" }, 401, "CONSOLE_LOGIN_REFUSED"],
    [{ ticket: "guessed", token: TOKEN }, 422, "HTTP_INVALID_FIELD"],
    [{}, 422, "HTTP_INVALID_FIELD"],
    [{ token: "x".repeat(5000) }, 413, "HTTP_BODY_TOO_LARGE"],
  ])("with %j is refused, and sets no cookie", async (by, status, code) => {
    const answer = await made.logIn(by);
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("with an empty token opens nothing where there is no read token", async () => {
    const { logIn } = makeConsole({ readToken: null });
    for (const token of ["", "null", READ_TOKEN]) expect((await logIn({ token })).status).toBe(401);
  });

  it("is told in the log, refused or not, without its token", async () => {
    await made.logIn({ token: "another-token-of-somebody" });
    await made.logIn({ token: TOKEN });
    expect(made.lines).toEqual(["a login to the console was refused", "somebody logged in to the console"]);
  });

  it.each([
    ["http, on loopback", {}, false],
    ["TLS that ends at a proxy", { "x-forwarded-proto": "https" }, true],
    ["TLS that ends at the first of two proxies", { "x-forwarded-proto": "https, http" }, true],
    ["no TLS before the first of two proxies", { "x-forwarded-proto": "http, https" }, false],
  ])("by %s gives a cookie for the console's addresses alone", async (_, headers, isSecure) => {
    const cookie = (await made.logIn({ token: TOKEN }, { headers })).headers.get("set-cookie") ?? "";
    const [pair = "", ...attributes] = cookie.split("; ");
    expect(pair).toMatch(/^shoal_[0-9a-f]{8}=1\.operator\.\d+\.[\w-]{43}$/);
    const expected = ["HttpOnly", "Max-Age=43200", "Path=/console", "SameSite=Strict", ...(isSecure ? ["Secure"] : [])];
    expect(attributes.toSorted()).toEqual(expected);
  });
});

describe("a link", () => {
  it("opens the console once", async () => {
    const ticket = ticketOf(made.part.openingPath());
    expect(ticket).toMatch(/^[\w-]{43}$/);
    expect(await (await made.logIn({ ticket })).json()).toEqual({ role: "operator" });
    expect((await made.logIn({ ticket })).status).toBe(401);
  });

  it("is good for a minute", async () => {
    const [used, late] = [ticketOf(made.part.openingPath()), ticketOf(made.part.openingPath())];
    await made.clock.advance(MINUTE_MS - 1);
    expect((await made.logIn({ ticket: used })).status).toBe(200);
    await made.clock.advance(1);
    expect((await made.logIn({ ticket: late })).status).toBe(401);
  });

  it("is made by the API token, also while the daemon starts, and by no other login", async () => {
    made.api.state.phase = "starting";
    const path = "/api/console/tickets";
    const ask = (headers: Record<string, string>, at = path) => made.ask(at, { method: "POST", headers });
    const answer = await ask({ authorization: `Bearer ${TOKEN}` });
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { path: expect.stringMatching(/^\/console\/#ticket=[\w-]{43}$/), expires_in_ms: MINUTE_MS },
    ]);
    expect((await ask({ authorization: `Bearer ${READ_TOKEN}` })).status).toBe(403);
    const cookie = await made.cookieOf({ token: TOKEN });
    expect((await ask({ cookie })).status).toBe(401);
    expect(await codeOf(await ask({ ...PAGE, cookie }, `/console${path}`))).toBe("CONSOLE_TICKET_BY_SESSION");
  });
});

describe("a session", () => {
  const apiBy = async (cookie: string, { ask } = made) => ask("/console/api/jobs", { headers: { cookie } });

  it("ends after twelve hours", async () => {
    const cookie = await made.cookieOf({ token: TOKEN });
    await made.clock.advance(12 * HOUR_MS - SECOND_MS);
    expect((await apiBy(cookie)).status).toBe(200);
    await made.clock.advance(SECOND_MS);
    expect(await codeOf(await apiBy(cookie))).toBe("CONSOLE_LOGGED_OUT");
    expect(await roleBy(cookie)).toBeNull();
  });

  it("is known to routes with its end, so that streams end with it", async () => {
    const cookie = await made.cookieOf({ token: READ_TOKEN });
    const answer = made.part.serve((_, env) => Response.json(env.session));
    const request = new Request("http://localhost/console/api/any", { headers: { cookie, host: "localhost" } });
    const endsAtMs = Math.floor((made.clock.now() + 12 * HOUR_MS) / SECOND_MS) * SECOND_MS;
    expect(await (await answer(request, {}))?.json()).toEqual({ role: "reader", endsAtMs });
  });

  it("ends with a logout, for this browser", async () => {
    const answer = await made.ask("/console/logout", { method: "POST", headers: PAGE });
    const { name } =
      /^(?<name>shoal_\w+)=; Max-Age=0; Path=\/console; HttpOnly; SameSite=Strict$/.exec(
        answer.headers.get("set-cookie") ?? "",
      )?.groups ?? {};
    expect(await made.cookieOf({ token: TOKEN })).toMatch(new RegExp(`^${name}=`));
  });

  it("is good at each replica, and void at once where the token of its role is another", async () => {
    const { clock } = made;
    const [operator, reader] = [await made.cookieOf({ token: TOKEN }), await made.cookieOf({ token: READ_TOKEN })];
    const seen = async (other: Parameters<typeof makeConsole>[0]) => {
      const there = makeConsole({ clock, ...other });
      return [(await apiBy(operator, there)).status, (await apiBy(reader, there)).status];
    };
    expect(await seen({})).toEqual([200, 200]);
    expect(await seen({ apiToken: "a-new-token-of-today" })).toEqual([401, 401]);
    expect(await seen({ readToken: "a-new-one-for-readers" })).toEqual([200, 401]);
    expect(await seen({ readToken: null })).toEqual([200, 401]);
  });

  it("is not made from another: neither role, nor end, nor a piece of it", async () => {
    const good = await made.cookieOf({ token: READ_TOKEN });
    const [, name, end = "", mac = ""] = /^(\w+)=1\.reader\.(\d+)\.(.+)$/.exec(good) ?? [];
    for (const value of [
      `1.operator.${end}.${mac}`,
      `1.reader.${Number(end) + 1}.${mac}`,
      `1.reader.${end}.`,
      `1.reader.${end}.${"A".repeat(43)}`,
      `1.reader.${end}.${mac}A`,
      `1.toString.${end}.${mac}`,
      `2.reader.${end}.${mac}`,
      "",
    ]) {
      expect([value, await roleBy(`${name}=${value}`)]).toEqual([value, null]);
    }
    expect(await roleBy(good.replace(/^shoal_\w+/, "shoal_00000000"))).toBeNull();
  });

  it("is found among cookies of the same name that others have set, however many", async () => {
    const good = await made.cookieOf({ token: TOKEN });
    const [name] = good.split("=");
    expect(await roleBy(`${name}=x; a=1; ${name}; ${name}=1.operator.1.${"A".repeat(43)};${good}; ${name}=`)).toBe(
      "operator",
    );
    expect(await roleBy(`${`${name}=x; `.repeat(2000)}${good}`)).toBe("operator");
    expect(await roleBy(`x${good}`)).toBeNull();
  });

  it("is of no use to the API of programs, and its bearer tokens of none beneath the base path", async () => {
    const cookie = await made.cookieOf({ token: TOKEN });
    expect((await made.ask("/api/jobs", { headers: { cookie } })).status).toBe(401);
    const authorization = `Bearer ${TOKEN}`;
    expect(await codeOf(await made.ask("/console/api/jobs", { headers: { authorization } }))).toBe(
      "CONSOLE_LOGGED_OUT",
    );
  });
});

describe("who tries tokens", () => {
  const wrong = { token: "another-token-of-somebody" };
  const tryTokens = async (count: number, asked: (index: number) => Parameters<typeof made.logIn>[1]) => {
    const statuses: number[] = [];
    for (let index = 0; index < count; index += 1) statuses.push((await made.logIn(wrong, asked(index))).status);
    return statuses.filter((status) => status === 401).length;
  };

  it("is refused after some, with the time to wait, and holds up nobody else", async () => {
    expect(await tryTokens(50, () => ({ peer: "203.0.113.1" }))).toBe(TRIES_OF_ADDRESS);
    const answer = await made.logIn({ token: TOKEN }, { peer: "203.0.113.1" });
    expect([answer.status, answer.headers.get("retry-after"), await codeOf(answer)]).toEqual([
      429,
      "6",
      "CONSOLE_TOO_MANY_LOGINS",
    ]);
    expect((await made.logIn({ token: TOKEN }, { peer: "203.0.113.2" })).status).toBe(200);
    await made.clock.advance(6 * SECOND_MS);
    expect((await made.logIn({ token: TOKEN }, { peer: "203.0.113.1" })).status).toBe(200);
  });

  it("is refused however many addresses they have, and a link opens the console all the same", async () => {
    const addresses = (index: number) => ({ peer: `203.0.${index >> 8}.${index & 255}` });
    expect(await tryTokens(TRIES_OF_ALL + 50, addresses)).toBe(TRIES_OF_ALL);
    expect((await made.logIn({ token: TOKEN }, { peer: "198.51.100.1" })).status).toBe(429);
    const ticket = ticketOf(made.part.openingPath());
    expect((await made.logIn({ ticket }, { peer: "198.51.100.1" })).status).toBe(200);
  });

  it.each([
    ["names others as where they come from", "203.0.113.1", (index: number) => `192.0.2.${index}`, TRIES_OF_ADDRESS],
    [
      "names others before a proxy of ours adds theirs",
      "10.0.0.1",
      (index: number) => `192.0.2.${index}, 203.0.113.1`,
      TRIES_OF_ADDRESS,
    ],
    ["sends no address through a proxy of ours", "::ffff:172.16.0.1", () => "unknown", TRIES_OF_ADDRESS],
    ["are many behind a proxy of ours", "fd00::1", (index: number) => `192.0.2.${index}`, 30],
  ])("who %s", async (_, peer, forwardedFor, expected) => {
    const asked = (index: number) => ({ peer, headers: { "x-forwarded-for": forwardedFor(index) } });
    expect(await tryTokens(30, asked)).toBe(expected);
  });

  it("has one limit for a network of IPv6", async () => {
    const network = (index: number) => ({ peer: `2001:db8:0:1::${(index + 1).toString(16)}` });
    expect(await tryTokens(15, network)).toBe(TRIES_OF_ADDRESS);
    expect(await tryTokens(1, () => ({ peer: "2001:db8:0:2::1" }))).toBe(1);
    expect(await tryTokens(1, () => ({ peer: "2001:0db8:0000:0001:f::" }))).toBe(0);
  });

  it("has one limit for each address, however long ago", async () => {
    const clock = createSimulatedClock();
    const { logIn } = makeConsole({ clock });
    await logIn(wrong);
    await clock.advance(24 * HOUR_MS);
    for (let index = 0; index < TRIES_OF_ADDRESS; index += 1) expect((await logIn(wrong)).status).toBe(401);
    expect((await logIn(wrong)).status).toBe(429);
  });
});
