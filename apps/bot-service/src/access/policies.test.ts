import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isFleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { buildFleetConfig, type FleetConfig } from "../fleet-config.ts";
import { channelPolicies, createPolicy, policyScript } from "./policies.ts";
import { topicPattern } from "./topic-pattern.ts";

const FILE = join(import.meta.dirname, "../../../../supabase/private-channels.sql");
const policiesOf = (topics: Partial<FleetConfig["topics"]> = {}) =>
  channelPolicies(buildFleetConfig({ topics }, { disclosure: true }).topics, "my.fleet.config.ts");

it("supabase/private-channels.sql is what `shoal policies` prints without a fleet file", () => {
  expect(readFileSync(FILE, "utf8")).toBe(policyScript(policiesOf()));
});

describe("the pattern of a topic", () => {
  it.each<[string, (id: string) => unknown, ReturnType<typeof topicPattern>]>([
    ["a prefix", (id) => `desk:case:${id}`, { prefix: "desk:case:", suffix: "" }],
    ["a suffix", (id) => `${id}/notices`, { prefix: "", suffix: "/notices" }],
    ["both", (id) => `room/${id}/live`, { prefix: "room/", suffix: "/live" }],
    ["the id alone: a person's would be a room's", (id) => id, null],
    ["no id", () => "room", null],
    ["the id twice", (id) => `${id}:${id}`, null],
    ["a part of the id", (id) => `room:${id.slice(0, 8)}`, null],
    ["the id in capitals", (id) => `room:${id.toUpperCase()}`, null],
    ["a shard beside the id", (id) => `shard${id.charCodeAt(0) % 3}:${id}`, null],
    ["no text", (id) => [id], null],
    ["text that Postgres cannot hold", (id) => `room\0${id}`, null],
  ])("is known of %s", (_, topicOf, pattern) => expect(topicPattern(topicOf)).toEqual(pattern));
});

describe("a fleet file whose topics no policy can name", () => {
  const topicThatThrows = () => {
    throw new Error("no such room");
  };
  it.each<[string, Partial<FleetConfig["topics"]>, string]>([
    ["a user's", { user: () => "people" }, "topics.user"],
    ["a room's", { room: (id) => id }, "topics.room"],
    ["one that throws", { room: topicThatThrows }, "no such room"],
    ["a lobby's", { lobby: "lobby\0" }, "topics.lobby"],
  ])("is refused for %s topic, naming file and part", (_, topics, part) => {
    try {
      expect.fail(JSON.stringify(policiesOf(topics)));
    } catch (thrown) {
      expect(isFleetError(thrown, "CONFIG_FLEET_FILE") ? thrown.message : thrown).toContain(part);
      expect(String(thrown)).toContain("my.fleet.config.ts");
    }
  });
});

it("topics are quoted, whatever characters they have", () => {
  const written = policiesOf({ lobby: "it's \\ a $$lobby$$; --" }).map((policy) => createPolicy(policy));
  expect(written[0]).toContain("= E'it''s \\\\ a $$lobby$$; --'\n");
});
