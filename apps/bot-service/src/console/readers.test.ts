import { describe, expect, it } from "vitest";
import { TOKEN } from "../http/http.test-support.ts";
import { codeOf, makeConsole, PAGE, READ_TOKEN } from "./console.test-support.ts";

describe("who may only look", () => {
  const made = makeConsole();
  const paths = [...new Set(made.routes.map(({ path }) => path))].map((path) => path.replaceAll(/:\w+/g, "7"));
  const login = made.cookieOf({ token: READ_TOKEN });
  const addressOf = (path: string) => (path.startsWith("/api/") ? `/console${path}` : `/console/api${path}`);

  it.each(paths)("changes nothing at %s, by whatever method, with the token or a login", async (path) => {
    const cookie = await login;
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      for (const body of [undefined, {}]) {
        const byToken = await made.ask(path, { method, body, headers: { authorization: `Bearer ${READ_TOKEN}` } });
        expect([method, byToken.status, await codeOf(byToken)]).toEqual([method, 403, "HTTP_READ_ONLY"]);
        const byLogin = await made.ask(addressOf(path), { method, body, headers: { ...PAGE, cookie } });
        expect([method, byLogin.status, await codeOf(byLogin)]).toEqual([method, 403, "HTTP_READ_ONLY"]);
      }
    }
    expect(made.api.calls).toEqual([]);
  });

  it("sees what an operator sees of every route that is looked at", async () => {
    const looks = made.routes.filter(({ method, access }) => method === "get" && access !== "signature");
    expect(looks.length).toBeGreaterThan(30);
    for (const { path } of looks) {
      const at = path.replaceAll(/:\w+/g, "7");
      const [asReader, asOperator] = await Promise.all(
        [READ_TOKEN, TOKEN].map(async (token) => {
          const answer = await made.ask(at, { headers: { authorization: `Bearer ${token}` } });
          // Counters of the processor and the memory never stand still, and a stream has no end.
          const isCompared = /json/.test(answer.headers.get("content-type") ?? "");
          if (!isCompared) await answer.body?.cancel();
          const text = isCompared ? await answer.text() : "";
          return [path, answer.status, text];
        }),
      );
      expect(asReader).toEqual(asOperator);
      expect([path, [401, 403].includes(Number(asReader?.[1]))]).toEqual([path, false]);
    }
  });
});
