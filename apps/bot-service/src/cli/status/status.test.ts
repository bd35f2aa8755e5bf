import { spawnProgram } from "@shoal/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../run.ts";
import { type HealthBody, readHealth } from "./health-body.ts";
import { drawStatus } from "./status-view.ts";

const duration = (p50: number, p95: number) => ({ count: 7, mean: p50, p50, p95, p99: p95 });
const recent = Array.from({ length: 9 }, (_, number) => ({
  at: `2026-01-01T10:00:0${number}.000Z`,
  connection: `socket ${number}`,
  errorClass: "network",
  reason: "socket closed with code 1006",
}));

/** The answer of a daemon, with more than is shown. */
const body = {
  status: "ready",
  version: "0.1.0",
  role: "fleet",
  phase: "open",
  uptimeMs: 3_723_000,
  liveness: { ok: true },
  dependencies: [
    { name: "database", required: true, state: "ok", since: "" },
    { name: "realtime", required: true, state: "degraded", detail: "2 channels are not joined", since: "" },
  ],
  fleet: {
    people: { present: 12, waiting: 3 },
    bots: { target: 4, starting: 0, idle: 2, talking: 1, stopping: 0, quarantined: 1 },
    matches: { personPerson: 10, personBot: 5, live: 4 },
    messages: {},
    joins: { total: 1040, refused: 2 },
    errorsByClass: { network: 3, rate: 0, timeout: 9 },
  },
  pool: {
    sockets: { open: 4, connecting: 1, probing: 0, max: 100 },
    channels: { waiting: 2, joining: 1, joined: 1200, failed: 1, released: 40 },
    joins: { pending: 3 },
    breaker: { state: "held", errorClass: "rate" },
    budgets: {
      joins: { used: 1200, allowed: 4800, ratio: 0.5 },
      events: { used: 0, allowed: 4800, ratio: 1 },
      presence: { used: 960, allowed: 960, ratio: 1 },
    },
  },
  matchWaitMs: duration(812.34, 4100),
  work: { jobs: { pending: 12, running: 3, dead: 1 }, messages: { pending: 40, dead: 0 } },
  connections: {
    reconnectAttempts: 2,
    rejoinAttempts: 5,
    responseMs: { join: duration(2.1, 9), heartbeat: duration(1, 3) },
    errors: { recent },
  },
};

function read(change: Record<string, unknown> = {}): HealthBody {
  const health = readHealth({ ...body, ...change });
  if (!health) throw new Error("the body was refused");
  return health;
}

describe("the table", () => {
  const lines = drawStatus("http://127.0.0.1:8787", read());
  const text = lines.join("\n");

  it.each([
    "shoal 0.1.0 at http://127.0.0.1:8787   ready   role fleet   phase open   up 1:02:03",
    "database ok   realtime degraded",
    "realtime: 2 channels are not joined",
    "breaker       held, because of rate",
    "4 open   1 connecting   0 probing   of 100",
    "1,200 joined   1 joining   2 waiting   1 failed since start",
    "[#####...............] 1,200 of 4,800 in the last minute   throttled to 50 %",
    "[....................] 0 of 4,800 in the last minute",
    "[####################] 960 of 960 in the last minute",
    "2 of 1,040 joins refused since start   3 in line",
    "target 4   0 starting   2 idle   1 talking   0 stopping   1 quarantined",
    "12 in the lobby   3 waiting",
    "4 live   10 person-person   5 person-bot since start",
    "p50 812.3 ms   p95 4,100 ms   of the last 7",
    "2 sockets   5 channels",
    "errors        timeout 9   network 3",
    "10:00:00 network  socket 0: socket closed with code 1006",
  ])("shows: %s", (part) => {
    expect(text).toContain(part);
  });

  it("is as high with and without errors, so that it can be drawn over", () => {
    const calm = read({ connections: { ...body.connections, errors: { recent: [] } } });
    expect(drawStatus("http://x", calm)).toHaveLength(lines.length);
    expect(lines.join("\n")).not.toContain("socket 5");
  });

  it("shows a dash for what a daemon does not tell", () => {
    const { breaker: _breaker, budgets: _budgets, ...pool } = body.pool;
    const older = drawStatus(
      "http://x",
      read({ pool, phase: undefined, uptimeMs: undefined, matchWaitMs: undefined, work: undefined }),
    );
    expect(older).toHaveLength(lines.length);
    for (const line of [
      "  breaker       -",
      "  joins         -",
      "  events        -",
      "  match wait    -",
      "  jobs          -",
    ]) {
      expect(older).toContain(line);
    }
    const oldest = drawStatus("http://x", read({ pool: undefined }));
    expect(oldest).toHaveLength(lines.length);
    expect(oldest).toContain("  sockets       -");
  });

  it("calls what was not measured yet so, and not 0 ms", () => {
    const { responseMs, ...connections } = body.connections;
    const cold = read({
      connections: { ...connections, responseMs: { ...responseMs, heartbeat: { ...duration(0, 0), count: 0 } } },
    });
    expect(drawStatus("http://x", cold).join("\n")).toContain("heartbeat none yet");
  });

  it("shows what is in line, whoever works on it", () => {
    expect(lines).toContain("  jobs          12 pending   3 running   1 dead");
    expect(lines).toContain("  messages      40 pending   0 dead");
  });

  it("says so when there was no match yet", () => {
    const none = read({ matchWaitMs: { ...duration(0, 0), count: 0 } });
    expect(drawStatus("http://x", none).join("\n")).toContain("no match yet");
  });
});

describe("readHealth", () => {
  it.each([null, [], {}, { status: "ok" }, { ...body, fleet: {} }])("refuses what is no daemon's: %j", (other) => {
    expect(readHealth(other)).toBeUndefined();
  });
});

describe("the command", () => {
  let server: ReturnType<typeof Bun.serve> | undefined;
  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await server?.stop(true);
  });

  /** In this process. */
  const status = async (url: string, ...args: string[]) => {
    vi.stubEnv("SHOAL_URL", url);
    const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
    const code = await runCli(["status", ...args]);
    const [stdout = "", stderr = ""] = written.map(({ mock }) => mock.calls.map(([chunk]) => chunk).join(""));
    vi.restoreAllMocks();
    return { code, stdout, stderr };
  };
  const statusProcess = async (url: string, ...args: string[]) => {
    const child = spawnProgram([`${import.meta.dirname}/../../main.ts`, "status", ...args], {
      env: { SHOAL_URL: url },
    });
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, stdout, stderr };
  };
  const answering = (answer: () => Response) => {
    server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    return `http://127.0.0.1:${server.port}`;
  };

  it("prints the table once where there is no terminal, and the body as JSON when asked", async () => {
    const url = answering(() => Response.json(body));
    const table = await statusProcess(url);
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout).toContain("breaker       held, because of rate");
    const json = await status(url, "--json");
    expect(JSON.parse(json.stdout)).toEqual(body);
  });

  it("ends in 1 when nobody answers or somebody else does, in 2 when it was called wrongly", async () => {
    const url = answering(() => new Response("<html>"));
    expect(await status(url)).toMatchObject({ code: 1, stderr: expect.stringContaining("CLI_NOT_A_DAEMON") });
    await server?.stop(true);
    const gone = await status(url.replace("//", "//joe:secret@"));
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringMatching(/nothing listens there.*CLI_NO_ANSWER/) });
    expect(gone.stderr).not.toContain("secret");
    expect(await status("nowhere")).toMatchObject({ code: 2 });
    expect(await status(url, "--fast")).toMatchObject({ code: 2, stderr: expect.stringContaining("status --help") });
  });
});
