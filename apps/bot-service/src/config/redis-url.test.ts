import { expect, it } from "vitest";
import { parseConfig } from "../config.ts";
import { parseRedisUrl } from "./redis-url.ts";

const plain = { host: "h", port: 6379, username: "", password: "", database: 0, isEncrypted: false };

it.each([
  ["redis://h", plain],
  ["redis://h/", plain],
  ["redis://h:7000/3", { ...plain, port: 7000, database: 3 }],
  ["rediss://h", { ...plain, isEncrypted: true }],
  ["redis://:p%40ss@h", { ...plain, password: "p@ss" }],
  ["redis://me:pass@[::1]:6380", { ...plain, host: "::1", port: 6380, username: "me", password: "pass" }],
])("reads %s", (text, address) => {
  expect(parseRedisUrl(text)).toEqual({ address });
});

it.each([
  ["http://h", "redis://"],
  ["h:6379", "redis://"],
  ["redis://", "redis://"],
  ["redis:///0", "redis://"],
  ["unix:///run/redis.sock", "redis://"],
  ["redis://h:0", "the port is a number"],
  ["redis://h:70000", "redis://"],
  ["redis://h/mine", "the database is a number"],
  ["redis://h/-1", "the database is a number"],
  ["redis://h/99999", "the database is a number"],
  ["redis://h/1/2", "the database is a number"],
  // ioredis would take its options from there, and wait for ever.
  ["redis://h?enableOfflineQueue=true", "without parameters"],
  ["redis://h#x", "without parameters"],
  ["redis://:50%@h", "%25"],
  ["redis://me@h", "a user has a password"],
])("refuses %s", (text, words) => {
  const parsed = parseRedisUrl(text);
  expect("problem" in parsed && parsed.problem).toContain(words);
});

it("never shows the value of REDIS_URL", () => {
  const parse = () => parseConfig({ REDIS_URL: "redis://me:hidden-secret@h/mine" });
  expect(parse).toThrow(/REDIS_URL: received \(secret, \d+ characters\), expected redis:/);
  expect(parse).not.toThrow(/hidden-secret/);
  expect(parseConfig({}).config.redis).toBeNull();
  expect(parseConfig({ REDIS_URL: "" }).config.redis).toBeNull();
});

it("warns of a name that is nearly REDIS_URL", () => {
  expect(parseConfig({ REDIS_URI: "redis://h" }).warnings.join()).toContain("did you mean REDIS_URL");
});
