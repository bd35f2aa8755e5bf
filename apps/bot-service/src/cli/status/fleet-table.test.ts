import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { rowOf } from "../../replicas/fleet-view.test-support.ts";
import { fleetViewOf } from "../../replicas/fleet-view.ts";
import { runCli } from "../run.ts";
import { drawFleet, type FleetBody, readFleet } from "./fleet-table.ts";

const ids = ["aaaaaaaa-1", "bbbbbbbb-2", "cccccccc-3"];
const body = fleetViewOf(
  [
    rowOf({ replica_id: "aaaaaaaa-1" }),
    rowOf({ replica_id: "bbbbbbbb-2", version: "0.2.0", places: 7, snapshot: { not_ready: ["database", "realtime"] } }),
    rowOf({ replica_id: "cccccccc-3", is_lost: true, renewed_ago_ms: 61_234, places: 5 }),
  ],
  4,
);

function read(change: Record<string, unknown> = {}): FleetBody {
  const fleet = readFleet({ ...body, ...change });
  if (!fleet) throw new Error("the body was refused");
  return fleet;
}

describe("the table of the fleet", () => {
  const lines = drawFleet("http://127.0.0.1:8787", read());

  it.each([
    "fleet at http://127.0.0.1:8787   2 live   1 lost   15 of 15 bots   60 people   4 replicas wanted",
    "versions 0.1.0, 0.2.0 run side by side",
    "1 lost in the last 10 minutes",
    /^\w+ +(lead )? *live +all +0\.1\.0 +1:02:03 +0\.4 s ago +8 +2 +3 +4 +120 +2 +180$/m,
    /^bbbbbbbb.* live .* - .*database, realtime$/m,
    /^cccccccc +lost .* 61\.2 s ago +5/m,
  ])("shows: %s", (part) => {
    if (part instanceof RegExp) expect(lines.join("\n")).toMatch(part);
    else expect(lines.join("\n")).toContain(part);
  });

  it("names one lead, and says so where there is none", () => {
    expect(lines.filter((line) => /^\w{8} lead/.test(line))).toHaveLength(1);
    expect(ids).toContain(body.lead);
    const none = drawFleet("http://x", read({ lead: null, target: null, people: null })).join("\n");
    expect(none).toContain("nobody counts people");
    expect(none).toContain("15 of - bots   - people");
  });

  it("says little of a fleet that is well", () => {
    const well = fleetViewOf([rowOf()], null);
    const drawn = drawFleet("http://x", well).map((line) => line.trimEnd());
    expect(drawn[0]).toBe("fleet at http://x   1 live   8 of 15 bots   60 people");
    expect(drawn.filter(Boolean)).toHaveLength(3);
    expect(drawFleet("http://x", fleetViewOf([], null)).join("\n")).toContain("no replica");
  });

  it("fits a terminal, without what matters least", () => {
    const narrow = drawFleet("http://x", read(), 90);
    const rows = narrow.slice(2, 6);
    expect(rows.at(-1)).toMatch(/^cccccccc/);
    for (const line of rows) expect(Bun.stringWidth(line)).toBeLessThan(90);
    expect(rows[0]).toContain("not ready");
    expect(rows[0]).not.toContain("MB");
  });

  it("lets no control character of another replica reach a terminal", () => {
    const evil = "\x1b]0;title\x07\x1b[2J\u009b31m\r\n\u202e";
    const hostile = read({
      lead: `${evil}aaaaaaaa`,
      replicas: body.replicas.map((replica) => ({
        ...replica,
        ...{ replica_id: `${evil}aaaaaaaa`, version: evil, role: evil, state: evil, not_ready: [evil] },
      })),
    });
    const drawn = drawFleet("http://x", hostile).join("\n");
    expect(drawn).not.toMatch(/[^\P{C}\n]/u);
  });

  it("refuses what is no daemon's, and takes what is of an older one", () => {
    for (const other of [null, [], {}, { status: "ok" }, { replicas: [{}] }]) expect(readFleet(other)).toBeUndefined();
    const older = body.replicas.map(({ matches_live: _, sockets: __, not_ready: ___, ...replica }) => replica);
    expect(drawFleet("http://x", read({ replicas: older })).join("\n")).toContain(" - ");
  });
});

describe("shoal status --all", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  const answering = (answer: (request: Request) => Response) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    onTestFinished(() => server.stop(true));
    return `http://127.0.0.1:${server.port}`;
  };
  const status = async (url: string, ...args: string[]) => {
    vi.stubEnv("SHOAL_URL", url);
    vi.stubEnv("SHOAL_API_TOKEN", "token-of-the-daemon");
    const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
    const code = await runCli(["status", "--all", ...args]);
    const [stdout = "", stderr = ""] = written.map(({ mock }) => mock.calls.map(([chunk]) => chunk).join(""));
    vi.restoreAllMocks();
    return { code, stdout, stderr };
  };

  it("prints the table, or the body as JSON, as /api/replicas tells whom it shows the token", async () => {
    const url = answering((request) => {
      const isAllowed = request.headers.get("authorization") === "Bearer token-of-the-daemon";
      return isAllowed && request.url.endsWith("/api/replicas")
        ? Response.json(body)
        : new Response("", { status: 500 });
    });
    expect(await status(url, "--once")).toMatchObject({ code: 0, stdout: expect.stringContaining("bbbbbbbb") });
    expect(JSON.parse((await status(url, "--json")).stdout)).toEqual(body);
  });

  it.each([
    [401, "HTTP_UNAUTHORIZED", 2, "does not take the token; set SHOAL_API_TOKEN"],
    [404, "HTTP_UNKNOWN_ROUTE", 1, "is of an older version"],
    [503, "HTTP_NOT_OPEN", 1, "it starts\\n"],
  ])("says what to do when the daemon answers %i", async (httpStatus, code, exitCode, words) => {
    const url = answering(() => Response.json({ code, detail: "it starts\n\x1b[2J" }, { status: httpStatus }));
    const { code: exited, stderr } = await status(url, "--once");
    expect(exited).toBe(exitCode);
    expect(stderr).toContain(code);
    expect(stderr).not.toContain("\x1b");
    if (httpStatus !== 503) expect(stderr).toContain(words);
  });
});
