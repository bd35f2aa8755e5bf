import { FleetError } from "@shoal/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { makeApp, TOKEN } from "./http.test-support.ts";

const ANN = "5f0e6a70-52b1-4b52-9d3a-0f6f1f2b9a01";
let made: ReturnType<typeof makeApp>;
beforeEach(() => {
  made = makeApp();
});
const ask = async (method: string, id: string, token: string, query = "") => {
  const answer = await made.app.request(`/api/people/${id}${query}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe("what is kept of people", () => {
  it("is shown and erased to the operator, of anybody", async () => {
    const shown = await ask("GET", "somebody", TOKEN, "?table=shoal.match_tickets&after=(0,1)&limit=5");
    expect(shown).toMatchObject({
      status: 200,
      body: { person_id: "somebody", kept: [{ table: "shoal.match_tickets", count: 1 }] },
    });
    expect((await ask("DELETE", "somebody", TOKEN)).body).toMatchObject({ erased: [{ fate: "delete", count: 1 }] });
    expect(made.calls).toEqual([
      ["show", "somebody", { table: "shoal.match_tickets", after: "(0,1)", limit: 5, isOwn: false }],
      ["erase", "somebody", "api"],
    ]);
  });

  it("is shown and erased to people themselves, and of nobody else", async () => {
    expect((await ask("GET", ANN.toUpperCase(), `person:${ANN}`)).status).toBe(200);
    expect((await ask("DELETE", ANN, `person:${ANN}`)).status).toBe(200);
    expect(made.calls).toEqual([
      ["show", ANN, { limit: 100, isOwn: true }],
      ["erase", ANN, "person"],
    ]);
    for (const method of ["GET", "DELETE"]) {
      expect(await ask(method, "somebody", `person:${ANN}`)).toMatchObject({
        status: 403,
        body: { code: "HTTP_NOT_YOURS" },
      });
      expect((await ask(method, ANN, "stranger")).status).toBe(401);
    }
    expect(made.calls).toHaveLength(2);
  });

  it("is asked for ten times at once by all people together, and by the operator as often as wanted", async () => {
    for (let nth = 0; nth < 10; nth += 1) expect((await ask("GET", ANN, `person:${ANN}`)).status).toBe(200);
    expect(await ask("GET", ANN, `person:${ANN}`)).toMatchObject({ status: 429, body: { code: "HTTP_TOO_MANY" } });
    for (let nth = 0; nth < 20; nth += 1) expect((await ask("GET", ANN, TOKEN)).status).toBe(200);
  });

  it.each(["PEOPLE_OPEN_ORDERS", "PEOPLE_STILL_HERE"])("stays with 409 and what to do: %s", async (code) => {
    made.faults.failure = new FleetError(code, "Stop the strategies.");
    expect(await ask("DELETE", ANN, TOKEN)).toMatchObject({
      status: 409,
      body: { code, detail: "Stop the strategies." },
    });
  });

  it.each([
    ["GET", "%00", "", 404],
    ["DELETE", "x".repeat(129), "", 404],
    ["GET", "ann", "?after=1", 422],
    ["GET", "ann", "?limit=1001", 422],
  ])("is refused where the request is wrong: %s %s%s", async (method, id, query, status) => {
    expect((await ask(method, id, TOKEN, query)).status).toBe(status);
    expect(made.calls).toEqual([]);
  });
});
