import { spawnProgram } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { ownUrl } from "./http-address.ts";

describe("ownUrl", () => {
  it.each([
    [{}, "http://127.0.0.1:8787"],
    [{ HTTP_PORT: "", HTTP_HOST: "" }, "http://127.0.0.1:8787"],
    [{ HTTP_PORT: " 9000 ", HTTP_HOST: " " }, "http://127.0.0.1:9000"],
    [{ HTTP_HOST: "0.0.0.0" }, "http://127.0.0.1:8787"],
    [{ HTTP_HOST: "::" }, "http://[::1]:8787"],
    [{ HTTP_HOST: "::1" }, "http://[::1]:8787"],
    [{ HTTP_HOST: "10.0.0.7" }, "http://10.0.0.7:8787"],
    [{ HTTP_HOST: "localhost" }, "http://localhost:8787"],
  ])("of %j is %s", (env, url) => expect(ownUrl(env)).toBe(url));

  it.each([{ HTTP_PORT: "eighty" }, { HTTP_PORT: "65536" }, { HTTP_PORT: "0" }, { HTTP_HOST: "a b" }])(
    "refuses %j",
    (env) => {
      expect(() => ownUrl(env)).toThrow(Object.keys(env)[0]);
    },
  );
});

describe("the health check of the image", () => {
  const check = async (env: Record<string, string>) => {
    const script = new URL("../../../../deploy/docker/healthcheck.ts", import.meta.url).pathname;
    const { exited, stderr } = spawnProgram([script], { env });
    return { code: await exited, said: await new Response(stderr).text() };
  };

  it("asks the address that the daemon listens on, and says why it failed", async () => {
    const server = Bun.serve({
      hostname: "::1",
      port: 0,
      fetch: ({ url }) => new Response("", { status: url.endsWith("/healthz") ? 200 : 404 }),
    });
    onTestFinished(() => server.stop(true));
    expect(await check({ HTTP_HOST: "::1", HTTP_PORT: `${server.port}` })).toEqual({ code: 0, said: "" });
    expect(await check({ HTTP_PORT: "0" })).toMatchObject({ code: 1, said: expect.stringContaining("HTTP_PORT") });
  });
});
