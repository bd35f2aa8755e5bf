import { describe, expect, it } from "vitest";
import { readJoinPayload } from "./join-payload.ts";

const DEFAULTS = {
  isPrivate: false,
  selfBroadcast: false,
  ackBroadcast: false,
  isReplayAsked: false,
  isReplicationReadyAsked: false,
  isPresenceEnabled: false,
  presenceKey: undefined,
  postgresChanges: [],
};

const read = (payload: unknown) => readJoinPayload(payload, "room:1");

describe("a join payload", () => {
  it("is read with every part of its config", () => {
    const change = { event: "*", schema: "public" };
    const config = {
      broadcast: { self: true, ack: "true", replay: { since: 1 }, replication_ready: true },
      presence: { key: "ann", enabled: "true" },
      postgres_changes: [change, null, "x"],
      private: "true",
    };
    expect(read({ config, access_token: "t" })).toEqual({
      isUnreadable: false,
      accessToken: "t",
      config: {
        isPrivate: true,
        selfBroadcast: true,
        ackBroadcast: true,
        isReplayAsked: true,
        replay: { since: 1 },
        isReplicationReadyAsked: true,
        isPresenceEnabled: true,
        presenceKey: "ann",
        postgresChanges: [change],
      },
    });
  });

  it.each([
    { config: {} },
    { config: null },
    { config: { presence: "yes", postgres_changes: "no", broadcast: [], private: 1 } },
    { config: { presence: { key: "", enabled: "yes" } } },
  ])("falls back to defaults part by part: %j", (payload) => {
    expect(read(payload)).toEqual({ isUnreadable: false, accessToken: undefined, config: DEFAULTS });
  });

  it.each([
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["false", false],
    ["yes", false],
    [1, false],
  ])("has flags as JSON or as text in any letters: %j", (flag, expected) => {
    const config = { private: flag, broadcast: { self: flag, ack: flag }, presence: { enabled: flag } };
    const flags = { isPrivate: expected, selfBroadcast: expected, ackBroadcast: expected, isPresenceEnabled: expected };
    expect(read({ config })).toMatchObject({ config: flags });
  });

  it.each([
    [{ presence: { key: "" } }, true, true],
    [{ presence: { key: "" } }, false, false],
    [{ presence: { key: "", enabled: false } }, true, false],
    [{}, true, false],
  ])("without enabled has presence by the setting of the project: %j, %s", (config, isPresenceOn, expected) => {
    expect(readJoinPayload({ config }, "room:1", isPresenceOn).config.isPresenceEnabled).toBe(expected);
  });

  it("is unreadable only when its config is no object", () => {
    for (const config of ["nope", []]) {
      expect(read({ config })).toEqual({ isUnreadable: true, accessToken: undefined, config: DEFAULTS });
    }
  });

  it.each([
    ["a", [{ schema: "a" }]],
    ["a:b", [{ schema: "a", table: "b" }]],
    ["a:b:c=eq.1:2", [{ schema: "a", table: "b", filter: "c=eq.1:2" }]],
  ])("without a config names what to watch in its topic: %s", (topicName, expected) => {
    expect(readJoinPayload({}, topicName)).toMatchObject({ config: { postgresChanges: expected } });
  });

  it.each([
    [{ user_token: "u", access_token: "a" }, "u"],
    [{ access_token: "a" }, "a"],
    [{ access_token: "sb_publishable_1" }, undefined],
    [{ access_token: 7 }, undefined],
  ])("brings its own token, unless that is a key: %j", (payload, accessToken) => {
    expect(read({ config: {}, ...payload })).toMatchObject({ accessToken });
  });
});
