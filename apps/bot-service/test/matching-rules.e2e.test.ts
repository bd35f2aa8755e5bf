import { join } from "node:path";
import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LinePageBody, MatchRulesBody } from "../src/http/match-bodies.ts";
import { testClient } from "./test-person.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

interface Waiting {
  readonly id: string;
  readonly status: string;
  readonly match_id: string | null;
  readonly why: LinePageBody["waiting"][number]["why"] | null;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    FLEET_CONFIG: join(import.meta.dirname, "programs/rules.fleet.config.ts"),
    MATCH_BOT_AFTER_MS: "3600000",
  });
  await until(async () => (await service.dependency("lobby")).state === "ok");
});
afterAll(() => service[Symbol.asyncDispose]());

const since = () => new Date().toISOString();
const bodyOf = async <Body>(response: Promise<Response>) => (await (await response).json()) as Body;
const ticket = (id: string) => bodyOf<Waiting>(service.api("GET", `/api/match/tickets/${id}`));
const open = (user_id: string, attributes: object) =>
  bodyOf<Waiting>(service.api("POST", "/api/match/tickets", { user_id, attributes }));

/** A person who signs in and calls by RPC, and over HTTP with its own token. */
async function signedIn() {
  const client: SupabaseClient = testClient(service.environment);
  const { data } = await client.auth.signInAnonymously();
  const { session, user } = data;
  const call = async (name: string, args: object) => {
    const answer = await client.rpc(name, args);
    return answer.error ? { error: answer.error.code } : answer.data;
  };
  return {
    id: user?.id ?? "",
    client,
    call,
    wait: (attributes: object) => call("match_wait", { name: "Somebody", attributes }),
    http: (method: string, path: string, body?: object) =>
      fetch(`${service.environment.SHOAL_URL}${path}`, {
        method,
        headers: { authorization: `Bearer ${session?.access_token}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      }),
  };
}

describe("with rules in the fleet file", () => {
  it("people of the lobby meet whom the rules let them, and part when one blocks the other over HTTP", async () => {
    await using ann = await service.person("ann");
    await using ben = await service.person("ben");
    await using cid = await service.person("cid");
    const notices = [ann, cid].map((person) => person.events.next("notice"));
    await ann.show({ status: "waiting", since: since(), attributes: { language: "de", skill: 100 } });
    await ben.show({ status: "waiting", since: since(), attributes: { language: "fr", skill: 100 } });
    await cid.show({ status: "waiting", since: since(), attributes: { language: "de", skill: 108 } });
    const [forAnn, forCid] = await Promise.all(notices);
    expect([forAnn?.partner.id, forCid?.partner.id]).toEqual(["cid", "ann"]);
    if (!forAnn || !forCid) throw new Error("both were told");
    await Promise.all([ann.enterRoom(forAnn), cid.enterRoom(forCid)]);
    const left = cid.events.next("leave");
    const put = { user_id: "ann", match_id: forAnn.match_id, reason: "rude" };
    expect(await bodyOf(service.api("PUT", "/api/match/blocks", put))).toEqual({ blocked_id: "cid" });
    expect(await left).toMatchObject({ from: "ann", reason: "left" });
    const blocks = await bodyOf<{ blocks: object[] }>(service.api("GET", "/api/match/blocks?user_id=ann"));
    expect(blocks.blocks).toMatchObject([{ blocked_id: "cid", bot: false }]);
    const { marks } = await bodyOf<{ marks: object[] }>(service.api("GET", "/api/marks"));
    expect(marks).toMatchObject([{ match_id: forAnn.match_id, person_id: "cid", kind: "report" }]);
  });

  it("a ticket says why it is not matched, as the line and the rules do", async () => {
    await open("near", { language: "es", skill: 1 });
    const { id } = await open("far", { language: "es", skill: 50 });
    await until(async () => (await ticket(id)).why?.code === "rules-exclude-all");
    const { why } = await ticket(id);
    expect(why).toMatchObject({
      code: "rules-exclude-all",
      details: { bucket: "language=es", bucket_waiting: 2, nearest_needed: 39 },
    });
    expect(why?.rules?.map(({ rule }) => rule)).toEqual(["equal:language", "near:skill", "blocks", "last-partner"]);
    expect(why?.rules?.[1]).toMatchObject({ only_this: 1, nearest: { distance: 49, needed: 39 }, widens_in_ms: null });
    const line = await bodyOf<LinePageBody>(service.api("GET", "/api/match/line"));
    expect(line.waiting.find(({ user_id }) => user_id === "far")?.why.rules).toEqual(why?.rules);
    const rules = await bodyOf<MatchRulesBody>(service.api("GET", "/api/match/rules"));
    expect(rules).toMatchObject({ equal: ["language"], sla_ms: 600_000, bot_due_ms: 599_000, blocks_last_day: 1 });
    expect(rules.buckets).toContainEqual(expect.objectContaining({ bucket: "language=es", waiting: 2, missed: 0 }));
    expect((await open("near", { language: "es", skill: 45 })).id).toEqual(expect.any(String));
    await until(async () => (await ticket(id)).status !== "waiting");
  });

  it("signed-in people wait, block, look and unblock by RPC and over HTTP, each for themselves", async () => {
    const [dora, emil] = [await signedIn(), await signedIn()];
    const attributes = { language: "it" };
    await dora.wait(attributes);
    await emil.wait(attributes);
    await until(async () => (await dora.wait({})).match_id !== null);
    const { match_id } = await dora.wait({});
    expect(await dora.call("match_block", { match_id, reason: "rude" })).toEqual({ blocked_id: emil.id });
    const seen = await Promise.all([dora, emil].map(({ client }) => client.from("match_blocks").select("blocked_id")));
    expect(seen.map(({ data }) => data)).toEqual([[{ blocked_id: emil.id }], []]);

    const own = await bodyOf<Waiting>(dora.http("POST", "/api/match/tickets", { attributes }));
    await emil.wait(attributes);
    const path = `/api/match/tickets/${own.id}`;
    const blocksRule = async () =>
      (await bodyOf<Waiting>(dora.http("GET", path))).why?.rules?.find(({ rule }) => rule === "blocks");
    await until(async () => (await blocksRule())?.excludes === 1);
    const others = await emil.http("DELETE", `/api/match/blocks/${emil.id}?user_id=${dora.id}`);
    expect(others.status).toBe(403);
    expect((await emil.http("DELETE", `/api/match/blocks/${emil.id}`)).status).toBe(404);
    expect((await dora.http("DELETE", `/api/match/blocks/${emil.id}`)).status).toBe(200);
    await until(async () => (await bodyOf<Waiting>(dora.http("GET", path))).status !== "waiting");
  });

  it("refuses attributes that are too large, too deep, or of no use to a rule, and reports of strangers", async () => {
    const eve = await signedIn();
    const large = { about: "x".repeat(1_100) };
    const refused = async (attributes: object) => {
      const response = await service.api("POST", "/api/match/tickets", { user_id: "eve", attributes });
      return [response.status, ((await response.json()) as { field: string }).field];
    };
    expect(await refused(large)).toEqual([422, "attributes"]);
    expect(await refused({ language: ["de"] })).toEqual([422, "attributes.language"]);
    expect(await eve.wait(large)).toEqual({ error: "22023" });
    expect(await eve.wait({ a: { b: { c: { d: 1 } } } })).toEqual({ error: "22023" });
    const match_id = crypto.randomUUID();
    expect(await eve.call("match_block", { match_id })).toEqual({ error: "22023" });
    expect(await eve.call("match_report", { match_id, reason: "rude" })).toEqual({ error: "22023" });
    expect((await eve.http("PUT", "/api/match/blocks", { match_id })).status).toBe(404);
    expect((await eve.http("POST", "/api/match/reports", { match_id, reason: "rude" })).status).toBe(404);
  });
});
