import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readRunbook } from "./adapters/runbook-files.ts";
import { codeOf, makeConsole, READ_TOKEN } from "./console.test-support.ts";

describe("runbooks", () => {
  it("are served to who may look, each by the name of its alert", async () => {
    const { ask, cookieOf } = makeConsole();
    const headers = { cookie: await cookieOf({ token: READ_TOKEN }) };
    const answer = await ask("/console/api/console/runbooks/ShoalDown", { headers });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/markdown; charset=utf-8"]);
    expect(await answer.text()).toMatch(/^# ShoalDown\n/);
    expect((await ask("/console/api/console/runbooks/ShoalDown")).status).toBe(401);
  });

  it.each(["ShoalNothing", "README", "..%2fupgrades", "Shoal%00Down", "ShoalDown.md"])("are not %s", async (name) => {
    const { ask, cookieOf } = makeConsole();
    const headers = { cookie: await cookieOf({ token: READ_TOKEN }) };
    const answer = await ask(`/console/api/console/runbooks/${name}`, { headers });
    expect([answer.status, await codeOf(answer)]).toEqual([404, "HTTP_UNKNOWN_RUNBOOK"]);
  });

  it("all have names that the route takes", async () => {
    const files = (await readdir(new URL("../../../../docs/runbooks", import.meta.url))).filter(
      (name) => name !== "README.md",
    );
    for (const file of files) {
      expect(file).toMatch(/^Shoal[A-Za-z]{1,60}\.md$/);
      expect(await readRunbook(file.slice(0, -3))).toBeDefined();
    }
    expect(files.length).toBeGreaterThan(40);
  });
});
