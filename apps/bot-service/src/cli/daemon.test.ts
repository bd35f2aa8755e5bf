import { describe, expect, it, onTestFinished } from "vitest";
import { askDaemon, findDaemon } from "./daemon.ts";

const HELP = "bun run shoal status --help";

describe("findDaemon", () => {
  it("takes SHOAL_URL, and complains without a daemon on the directory", () => {
    expect(findDaemon({ SHOAL_URL: "http://h:1/" }, () => false, HELP).url).toBe("http://h:1");
    expect(() => findDaemon({ SHOAL_URL: "joe:secret@host" }, () => false, HELP)).toThrow(
      expect.objectContaining({ code: "CLI_USAGE", message: expect.not.stringContaining("secret") }),
    );
    expect(() => findDaemon({ SHOAL_DIRECTORY: "/nonexistent" }, () => false, HELP)).toThrow(
      expect.objectContaining({ code: "CLI_NOT_RUNNING" }),
    );
  });
});

describe("askDaemon", () => {
  const serve = (answer: () => Response | Promise<Response>) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    onTestFinished(() => server.stop(true));
    return { url: `http://joe:secret@127.0.0.1:${server.port}`, token: undefined };
  };

  it("reads any status, an answer without a body, and JSON of any depth", async () => {
    const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
    const daemon = serve(() => new Response(deep, { status: 418 }));
    expect(await askDaemon(daemon, { path: "/" })).toMatchObject({ status: 418, body: JSON.parse(deep) });
    const empty = serve(() => new Response(null, { status: 204 }));
    expect(await askDaemon(empty, { path: "/" })).toEqual({ status: 204, body: null });
  });

  it.each([
    [
      "CLI_ANSWER_TOO_LARGE",
      () => new Response(`"${"x".repeat(100)}"`),
      /more than 100 bytes; ask for less, with --limit/,
    ],
    ["CLI_NOT_A_DAEMON", () => new Response("<html>"), /no shoal daemon/],
    ["CLI_NO_ANSWER", () => new Promise<Response>(() => {}), /no answer within 0\.05 s/],
  ])("says %s, without the password of the address", async (code, answer, message) => {
    const daemon = serve(answer);
    // Those that answer may take their time on a slow machine.
    const limitMs = code === "CLI_NO_ANSWER" ? 50 : 60_000;
    const thrown = await askDaemon(daemon, { path: "/", limitBytes: 100, limitMs }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(thrown)).not.toContain("secret");
  });

  it("ends with the reason of its signal", async () => {
    const daemon = serve(() => new Promise<Response>(() => {}));
    const stop = new AbortController();
    const asked = askDaemon(daemon, { path: "/", signal: stop.signal });
    stop.abort(new Error("Ctrl-C"));
    await expect(asked).rejects.toThrow("Ctrl-C");
  });
});
