import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@shoal/testkit";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { runCli } from "./run.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const PATH = "/ops/console/#ticket=of-the-test";

/** A daemon that knows one token. Returns its address. */
function answering(answer = () => Response.json({ path: PATH, expires_in_ms: 60_000 }, { status: 201 })): string {
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch: (request) =>
      request.headers.get("authorization") === "Bearer token-of-the-daemon" &&
      `${request.method} ${new URL(request.url).pathname}` === "POST /api/console/tickets"
        ? answer()
        : new Response("", { status: 500 }),
  });
  onTestFinished(() => server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

/** Puts a program of this text in the place of the system's that opens addresses. Returns the file that it may write. */
function opening(script: string): string {
  const directory = mkdtempSync(join(tmpdir(), "shoal-opener-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const opener = join(directory, process.platform === "darwin" ? "open" : "xdg-open");
  writeFileSync(opener, `#!/bin/sh\n${script}\n`);
  chmodSync(opener, 0o755);
  vi.stubEnv("PATH", `${directory}:/bin:/usr/bin`);
  vi.stubEnv("OPENED", join(directory, "opened"));
  return join(directory, "opened");
}

async function run(url: string, ...args: string[]) {
  vi.stubEnv("SHOAL_URL", url);
  vi.stubEnv("SHOAL_API_TOKEN", "token-of-the-daemon");
  const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
  const code = await runCli(["console", ...args]);
  const [stdout = "", stderr = ""] = written.map(({ mock }) => mock.calls.map(([chunk]) => chunk).join(""));
  vi.restoreAllMocks();
  return { code, stdout, stderr };
}

it("prints the link alone, at the path of browsers, without the password of the address", async () => {
  const url = answering();
  expect(await run(url)).toEqual({ code: 0, stdout: `${url}${PATH}\n`, stderr: "" });
  const behindProxy = url.replace("http://", "http://joe:secret@");
  expect(await run(behindProxy)).toEqual({ code: 0, stdout: `${url}${PATH}\n`, stderr: "" });
});

it("names an address that can be opened where the daemon listens on all", async () => {
  const url = answering();
  const onAll = url.replace("127.0.0.1", "0.0.0.0");
  expect((await run(onAll)).stdout).toBe(`${url}${PATH}\n`);
});

it("opens the link, without a terminal, and waits for the opener's end only", async () => {
  const opened = opening('printf %s "$1" > "$OPENED"');
  const url = answering();
  expect(await run(url, "--open")).toEqual({ code: 0, stdout: `${url}${PATH}\n`, stderr: "" });
  await until(() => existsSync(opened));
  expect(readFileSync(opened, "utf8")).toBe(`${url}${PATH}`);
});

it.each([
  ["fails", "exit 3"],
  ["is not there", undefined],
])("leaves the link to be opened by hand where the opener %s", async (_, script) => {
  if (script === undefined) vi.stubEnv("PATH", "/nonexistent");
  else opening(script);
  const url = answering();
  const { code, stdout, stderr } = await run(url, "--open");
  expect([code, stdout]).toEqual([1, `${url}${PATH}\n`]);
  expect(stderr).toContain("open the link in one yourself (CLI_NO_BROWSER)");
});

it.each([
  [401, "HTTP_UNAUTHORIZED", 2, "does not take the token; set SHOAL_API_TOKEN"],
  [403, "HTTP_READ_ONLY", 2, "makes no link for SHOAL_READ_TOKEN"],
  [404, "HTTP_UNKNOWN_ROUTE", 1, "serves no console: its CONSOLE_BASE_PATH is off"],
  [201, "CLI_NOT_A_DAEMON", 1, "is no shoal daemon"],
])("says what to do when the daemon answers %i", async (status, code, exitCode, words) => {
  const url = answering(() => Response.json({ code, detail: "no" }, { status }));
  const { code: exited, stdout, stderr } = await run(url);
  expect([exited, stdout]).toEqual([exitCode, ""]);
  expect(stderr).toContain(`${words}`);
  expect(stderr).toContain(`(${code})`);
});

it("ends in 2 for a wrong command line, and prints its help", async () => {
  expect((await run("http://127.0.0.1:1", "--opne")).code).toBe(2);
  expect((await run("joe:secret@host")).code).toBe(2);
  const { code, stdout } = await run("http://127.0.0.1:1", "--help");
  expect([code, stdout]).toEqual([0, expect.stringContaining("--open")]);
});
