import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { runCli } from "./run.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const place = { table: "shoal.match_tickets", column: "user_id", fate: "delete", count: 3 };

async function run(answer: () => Response, ...args: string[]) {
  const requests: string[] = [];
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch(request) {
      requests.push(`${request.method} ${new URL(request.url).pathname} ${request.headers.get("authorization")}`);
      return answer();
    },
  });
  onTestFinished(() => server.stop(true));
  vi.stubEnv("SHOAL_URL", `http://127.0.0.1:${server.port}`);
  vi.stubEnv("SHOAL_API_TOKEN", "the-token");
  const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
  const code = await runCli(["person", ...args]);
  const [stdout = "", stderr = ""] = written.map(({ mock }) => mock.calls.map(([chunk]) => chunk).join(""));
  return { code, stdout, stderr, requests };
}

it("shows what is kept of a person, whatever the id has in it", async () => {
  const answer = () =>
    Response.json({ person_id: "a/b", kept: [{ ...place, why: "waits \u202e", rows: [{}], next: null }] });
  const { code, stdout, requests } = await run(answer, "show", "a/b");
  expect(requests).toEqual(["GET /api/people/a%2Fb Bearer the-token"]);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/shoal\.match_tickets\.user_id +3 +is deleted +waits \\u\{202e\}/),
  ]);
});

it("erases with --yes alone, and says what", async () => {
  const answer = () => Response.json({ erased: [place] });
  const asked = await run(answer, "erase", "ann");
  expect([asked.code, asked.requests, asked.stderr]).toEqual([2, [], expect.stringContaining("--yes")]);
  vi.restoreAllMocks();
  const done = await run(answer, "erase", "ann", "--yes");
  expect([done.code, done.requests, done.stdout]).toEqual([
    0,
    ["DELETE /api/people/ann Bearer the-token"],
    expect.stringMatching(/user_id +3 +deleted/),
  ]);
});

it("says why a person cannot be erased, and ends in 1", async () => {
  const refused = { code: "PEOPLE_OPEN_ORDERS", detail: "Stop the strategies." };
  const { code, stderr } = await run(() => Response.json(refused, { status: 409 }), "erase", "ann", "--yes");
  expect([code, stderr]).toEqual([1, expect.stringContaining("Stop the strategies.")]);
});
