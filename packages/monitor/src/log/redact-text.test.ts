import { describe, expect, it } from "vitest";
import { redactText } from "./redact-text.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";

const CLEANED: readonly (readonly [before: string, after: string])[] = [
  ["joined room:1 after 3 tries", "joined room:1 after 3 tries"],
  ["password authentication failed for user bob", "password authentication failed for user bob"],
  ["https://project.supabase.co/realtime/v1", "https://project.supabase.co/realtime/v1"],
  ["postgres://bob:pa:ss@db:5432/app", "postgres://[redacted]@db:5432/app"],
  ["postgres://bob:p@ss/w@db:5432/app is down", "postgres://[redacted]@db:5432/app is down"],
  ["redis://:hunter22@cache:6379", "redis://[redacted]@cache:6379"],
  ["wss://x.co/websocket?apikey=abc&vsn=2.0.0", "wss://x.co/websocket?apikey=[redacted]"],
  [`claims of ${JWT} expired`, "claims of [redacted] expired"],
  [`prefix-${JWT}`, "prefix-[redacted]"],
  ["key sb_secret_0123-abc refused", "key [redacted] refused"],
  ["key sk-proj-0123456789 refused", "key [redacted] refused"],
  ["sent Bearer abc.def", "sent Bearer [redacted]"],
  ["Authorization: ApiKey one two three", "Authorization: [redacted]"],
  ["Cookie: a=1; b=2\nHost: x", "Cookie: [redacted]\nHost: x"],
  ["host=db password='two words' user=bob", "host=db password=[redacted] user=bob"],
  ['{"access_token":"a \\" b","id":7}', '{"access_token":[redacted],"id":7}'],
  ['"{\\"secret\\":\\"two words\\",\\"id\\":7}"', '"{\\"secret\\":[redacted],\\"id\\":7}"'],
  ["SUPABASE_ANON_KEY=abc next", "SUPABASE_ANON_KEY=[redacted] next"],
  ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nend", "[redacted]\nend"],
  ["-----BEGIN PRIVATE KEY-----\ncut off", "[redacted]"],
];

describe("redactText", () => {
  it.each(CLEANED)("turns %j into %j", (before, after) => {
    expect(redactText(before)).toBe(after);
  });

  it("names a text that is too long to judge by its length only", () => {
    expect(redactText("x".repeat(8193))).toBe("[8193 characters]");
  });

  it.each(CLEANED)("leaves alone what it made of %j", (_before, after) => {
    expect(redactText(after)).toBe(after);
  });
});
