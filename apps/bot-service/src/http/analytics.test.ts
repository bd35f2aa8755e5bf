import { FleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { ANALYTICS_QUERIES } from "../analytics/queries.ts";
import { ask, makeApp } from "./http.test-support.ts";

const paths = ANALYTICS_QUERIES.map(({ path }) => path);

describe("the figures", () => {
  it.each(paths)("%s answers the API token alone, with the time that it is as of", async (path) => {
    const made = makeApp();
    const response = await ask(made, "GET", path);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ as_of: "2026-01-01T00:00:00.000Z", stale: false });
    for (const authorization of ["", "Bearer wrong", "Bearer person:u1"]) {
      expect((await ask(made, "GET", path, undefined, { authorization })).status).toBe(401);
    }
    expect(made.analytics.asked).toHaveLength(1);
  });

  it("are the same question however much of it is left to the defaults", async () => {
    const made = makeApp();
    const [short, long] = await Promise.all(
      ["", "?range=30d&zone=UTC&venue=all"].map(async (query) =>
        (await ask(made, "GET", `/api/analytics/dashboard${query}`)).json(),
      ),
    );
    expect(short).toEqual(long);
    expect(made.analytics.asked[0]).toEqual(made.analytics.asked[1]);
  });

  it.each([
    ["dashboard?range=1y", "range"],
    ["dashboard?range=", "range"],
    ["dashboard?range=month", "range"],
    ["revenue?zone=Mars/Olympus", "zone"],
    ["revenue?zone=%2B02:00", "zone"],
    [`revenue?zone=${"x".repeat(65)}`, "zone"],
    ["user-growth?zone='%3B--", "zone"],
    ["user-growth?currency=USDT", "query"],
    ["user-growth?limit=5", "query"],
    ["top-users/profit?range=30d", "range"],
    ["top-users/profit?limit=0", "limit"],
    ["top-users/volume?limit=101", "limit"],
    ["top-users/volume?limit=ten", "limit"],
    ["top-users/volume?limit=1.5", "limit"],
    ["top-users/volume?limit=1e400", "limit"],
    ["top-users/volume?limit=0x10", "limit"],
    ["top-users/volume?limit=%2010", "limit"],
    ["asset-performance?venue=nasdaq", "venue"],
    ["asset-performance?currency=", "currency"],
    [`asset-performance?currency=${"x".repeat(129)}`, "currency"],
    ["asset-performance?currency=%00", "currency"],
    ["dashboard?rnage=7d", "query"],
    ["dashboard?range=7d&range=30d", "range"],
    ["top-users/profit?limit=5&limit=5", "limit"],
  ])("refuse %s, and ask nothing", async (path, field) => {
    const made = makeApp();
    const response = await ask(made, "GET", `/api/analytics/${path}`);
    expect(response.status).toBe(422);
    const body = (await response.json()) as { code: string; field: string; detail: string };
    expect(body).toMatchObject({ code: "HTTP_INVALID_FIELD" });
    if (field !== "query") expect(body.field).toBe(field);
    expect(made.analytics.asked).toEqual([]);
  });

  it("take nothing but GET", async () => {
    const made = makeApp();
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect((await ask(made, method, "/api/analytics/dashboard")).status).toBe(405);
      expect((await ask(made, method, "/api/cache/stats")).status).toBe(405);
    }
  });

  it("need not be sent to who has them, and are kept by that caller alone", async () => {
    const made = makeApp();
    const first = await ask(made, "GET", "/api/analytics/dashboard");
    expect(first.headers.get("cache-control")).toBe("private, max-age=29");
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"/);
    const again = (tags = etag) => ask(made, "GET", "/api/analytics/dashboard", undefined, { "if-none-match": tags });
    const second = await again();
    expect([second.status, await second.text(), second.headers.get("etag")]).toEqual([304, "", etag]);
    // As browsers and proxies send it.
    for (const tags of [etag.slice("W/".length), `"older", ${etag}`, `${etag},"older"`, ` ${etag} `, "*"]) {
      expect([tags, (await again(tags)).status]).toEqual([tags, 304]);
    }
    for (const tags of ['"older"', "", etag.slice(0, -2), `"x${etag.slice(3)}`]) {
      expect([tags, (await again(tags)).status]).toEqual([tags, 200]);
    }
    made.analytics.state.isStale = true;
    const stale = await again();
    expect([stale.status, stale.headers.get("cache-control")]).toEqual([200, "private, max-age=0"]);
    made.analytics.state.isStale = false;
    made.analytics.state.madeMs += 1;
    expect((await again()).status).toBe(200);
  });

  it.each([
    ["ANALYTICS_ZONE_UNKNOWN", { details: { field: "zone" } }, 422],
    ["ANALYTICS_QUERY_REFUSED", {}, 503],
    ["ANALYTICS_ANSWER_TOO_LARGE", {}, 503],
    ["ANALYTICS_COUNTING", { retryable: true }, 503],
    ["ANALYTICS_BUSY", { retryable: true }, 503],
    ["STORE_UNAVAILABLE", { retryable: true }, 503],
  ])("say what is wrong by code: %s", async (code, options, status) => {
    const made = makeApp();
    made.analytics.state.failure = new FleetError(code, "words", options);
    const response = await ask(made, "GET", "/api/analytics/revenue");
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });
});

it("shows how well the cache works, to the API token alone", async () => {
  const made = makeApp();
  const response = await ask(made, "GET", "/api/cache/stats");
  expect(await response.json()).toEqual({
    ...{
      requests: 4,
      hits: { memory: 1, redis: 1, database: 0 },
      stale: 1,
      misses: 1,
      coalesced: 2,
      errors: 0,
      hit_ratio: 0.75,
    },
    redis: {
      ...{ breaker: "open", since: "2026-01-01T00:00:00.000Z" },
      ...{ error_code: "READONLY", error_message: "READONLY You can't write" },
    },
    keys: [{ key: "dashboard:30d", query: "dashboard", age_ms: 13, as_of: "2026-01-01T00:00:00.000Z", is_fresh: true }],
  });
  expect((await ask(made, "GET", "/api/cache/stats", undefined, { authorization: "" })).status).toBe(401);
});
