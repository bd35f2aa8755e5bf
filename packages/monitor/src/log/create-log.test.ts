import { FleetError, type Log } from "@shoal/kernel";
import { createSimulatedClock, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLog, type LogOptions } from "./create-log.ts";

function makeLog(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: "debug", destination, clock: createSimulatedClock(), ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "null") };
}

describe("createLog", () => {
  it("writes one JSON line with level, ISO time, service, fields and message", () => {
    const { log, lines } = makeLog();
    log.info({ bot_id: "b1", join_ms: 12 }, "bot joined");
    expect(lines).toEqual([
      '{"level":"info","time":"2026-01-01T00:00:00.000Z","service":"shoal","bot_id":"b1","join_ms":12,"msg":"bot joined"}\n',
    ]);
  });

  it.each(["debug", "info", "warn", "error"] as const)("writes %s under its name", (level) => {
    const { log, last } = makeLog();
    log[level]({}, "x");
    expect(last().level).toBe(level);
  });

  it("writes nothing below its level", () => {
    const { log, lines } = makeLog({ level: "warn" });
    log.debug({}, "x");
    log.info({}, "x");
    log.warn({}, "y");
    expect(lines).toHaveLength(1);
  });

  it("writes nothing at all when silent", () => {
    const { log, lines } = makeLog({ level: "silent" });
    log.error({}, "x");
    expect(lines).toEqual([]);
  });

  it("adds a child's fields to each of its lines and to those of its children", () => {
    const { log, last } = makeLog();
    log.child({ bot_id: "b1" }).child({ room_id: "r1" }).warn({ try: 2 }, "x");
    expect(last()).toMatchObject({ bot_id: "b1", room_id: "r1", try: 2 });
  });

  it("keeps its own fields when a caller uses their names", () => {
    const { log, last } = makeLog();
    log.info({ level: "low", time: 5, msg: "mine", service: "theirs" }, "x");
    expect(last()).toEqual({
      level: "info",
      time: "2026-01-01T00:00:00.000Z",
      service: "shoal",
      level_: "low",
      time_: 5,
      msg_: "mine",
      service_: "theirs",
      msg: "x",
    });
  });

  it("tells code, details, cause and stack of an error, without its secrets", () => {
    const { log, last } = makeLog();
    const cause = new Error("no answer from postgres://u:hunter22@db/x");
    const err = new FleetError("STORE_DOWN", "database is down; token=hunter22", {
      details: { try: 3, token: "t" },
      cause,
    });
    log.error({ err }, "failed");
    expect(last().err).toMatchObject({
      name: "FleetError",
      code: "STORE_DOWN",
      message: "database is down; token=[redacted]",
      details: { try: 3, token: "[redacted]" },
      cause: { message: "no answer from postgres://[redacted]@db/x" },
    });
    expect(JSON.stringify(last())).not.toContain("hunter22");
  });

  it("tells each error of an aggregate", () => {
    const { log, last } = makeLog();
    log.error({ err: new AggregateError([new Error("one"), new Error("two")], "both") }, "drain failed");
    expect(last().err.errors.map((error: { message: string }) => error.message)).toEqual(["one", "two"]);
  });

  it("says what it left out of a cycle and of a long list", () => {
    const { log, lines, last } = makeLog();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    log.info({ cycle, many: Array.from({ length: 60 }, (_, n) => n), big: 10n, bytes: new Uint8Array(3) }, "x");
    expect(lines[0]).toContain("[too deep]");
    expect(last().many.slice(49)).toEqual([49, "[10 more]"]);
    expect(last()).toMatchObject({ big: "10", bytes: "[3 bytes]" });
  });

  it("keeps one line small however much a field holds", () => {
    const { log, lines } = makeLog();
    const wide = (depth: number): unknown =>
      depth === 0 ? 0 : Array.from({ length: 60 }, (_, n) => (n < 9 ? wide(depth - 1) : n));
    log.info({ wide: wide(5), fields: Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [n, n])) }, "x");
    expect(lines[0]?.length).toBeLessThan(20_000);
    expect(lines[0]).toContain("[too many values]");
  });

  it("writes the line without its fields when one of them throws", () => {
    const { log, last } = makeLog();
    const hostile = {
      get id() {
        throw new Error("token=hunter22");
      },
    };
    log.info(hostile, "still here");
    expect(last()).toMatchObject({ msg: "still here", fields_unreadable: "token=[redacted]" });
  });
});

const WITHHELD = [
  ...[
    "apikey",
    "api_key",
    "x-api-key",
    "apiKey",
    "token",
    "accessToken",
    "refresh_token",
    "authorization",
    "Authorization",
  ],
  ...[
    "password",
    "db_password",
    "PASSWD",
    "secret",
    "clientSecret",
    "client_secret",
    "cookie",
    "set-cookie",
    "credentials",
  ],
  ...["SUPABASE_SERVICE_ROLE_KEY", "anon_key", "anonKey", "ENCRYPTION_KEY", "private_key", "signing-key", "keys_KEY"],
  ...["text", "payload", "body", "message_text", "messageText"],
];
const KEPT = [
  "key",
  "topic",
  "bot_id",
  "error_message",
  "context",
  "monkey",
  "keyboard",
  "nobody",
  "texture",
  "author",
];

describe("fields of a log line", () => {
  it.each(WITHHELD)("withhold the value of %s at any depth", (name) => {
    const { log, lines, last } = makeLog();
    log.child({ [name]: "hunter22" }).info({ [name]: 1234567, deep: [{ [name]: { x: "hunter22" } }] }, "x");
    expect(last().deep[0][name]).toBe("[redacted]");
    expect(lines[0]).not.toMatch(/hunter22|1234567/);
  });

  it.each(KEPT)("keep the value of %s", (name) => {
    const { log, last } = makeLog();
    log.info({ [name]: "value" }, "x");
    expect(last()[name]).toBe("value");
  });

  it("may tell whether there is a secret", () => {
    const { log, last } = makeLog();
    log.info({ token: null, has_password: true }, "x");
    expect(last()).toMatchObject({ token: null, has_password: true });
  });
});

/** Every run of this many characters of a secret must be gone, not only the secret as a whole. */
const TELLING = 7;

function leaks(output: string, secret: string): boolean {
  // JSON writes quotes and backslashes of a string escaped: look at both forms.
  for (const text of [output, output.replaceAll('\\"', '"').replaceAll("\\\\", "\\")]) {
    for (let start = 0; start + TELLING <= secret.length; start += 1) {
      if (text.includes(secret.slice(start, start + TELLING))) return true;
    }
  }
  return false;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const chars = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), minLength: 12, maxLength: 40 });
const plain = chars(letters);
const punctuated = chars(`${letters}!$%&()*+,-./:;<=>?@[]^_{|}~#`);
const anything = chars(`${letters} "'\\\n\t@/:=&`);
const jwt = fc
  .tuple(plain, plain, plain)
  .map(([a, b, c]) => ({ secret: `eyJ${a}.eyJ${b}.${c}`, shown: `eyJ${a}.eyJ${b}.${c}` }));

/** A secret, and an ordinary-looking text or value that carries it. */
const carried: fc.Arbitrary<{ readonly secret: string; readonly shown: unknown }> = fc.oneof(
  jwt,
  punctuated.map((secret) => ({ secret, shown: `postgres://user:${secret}@db.example:5432/app` })),
  punctuated.map((secret) => ({ secret, shown: `connecting with password=${secret} now` })),
  punctuated.map((secret) => ({ secret, shown: `curl -H Bearer ${secret}` })),
  anything.map((secret) => ({ secret, shown: { refreshToken: secret } })),
  anything.map((secret) => ({ secret, shown: { text: secret } })),
  anything.map((secret) => ({ secret, shown: JSON.stringify({ api_key: secret }) })),
  anything.map((secret) => ({ secret, shown: new Map([["payload", [secret]]]) })),
  plain.map((secret) => ({ secret, shown: JSON.stringify(JSON.stringify({ client_secret: secret })) })),
  plain.map((secret) => ({ secret, shown: `sb_secret_${secret}` })),
);

const asText = (shown: unknown) => (typeof shown === "string" ? shown : "nothing");

/** Ways in which a careless caller may hand a value to the log. */
const WAYS: readonly ((log: Log, shown: unknown) => void)[] = [
  (log, shown) => log.info({ detail: shown }, "x"),
  (log, shown) => log.info({ list: [{ deep: [shown] }] }, "x"),
  (log, shown) => log.child({ detail: shown }).warn({}, "x"),
  (log, shown) => log.error({ err: new Error(asText(shown)) }, "x"),
  (log, shown) => log.error({ err: new Error("outer", { cause: new Error(asText(shown)) }) }, "x"),
  (log, shown) => log.error({ err: new FleetError("X", "x", { details: { shown } }) }, "x"),
  (log, shown) => log.info({}, asText(shown)),
  (log, shown) => log.info({ [asText(shown)]: 1 }, "x"),
  (log, shown) => log.info({ at: { toJSON: () => shown } }, "x"),
];

describe("no secret ever appears in the output", () => {
  it.each([false, true])("whatever carries it and however it is logged (pretty: %s)", (pretty) => {
    fc.assert(
      fc.property(carried, fc.constantFrom(...WAYS), ({ secret, shown }, write) => {
        const { log, lines } = makeLog({ pretty });
        write(log, shown);
        expect(lines).toHaveLength(1);
        expect(leaks(lines.join(""), secret)).toBe(false);
      }),
      { numRuns: soakRuns(1500, 200_000) },
    );
  });

  it("would be noticed", () => {
    const { log, lines } = makeLog();
    log.info({ detail: 'AB"CDEFGH' }, "x");
    expect(leaks(lines.join(""), 'AB"CDEFGH')).toBe(true);
  });
});

describe("pretty lines", () => {
  const makePretty = () => makeLog({ pretty: true });
  const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
  const uncoloured = (line: string | undefined) => line?.replaceAll(colour, "");

  it("read as time, level, message and fields", () => {
    const { log, lines } = makePretty();
    log.warn({ bot_id: "b1", tries: 3, why: "two words" }, "join refused");
    expect(uncoloured(lines[0])).toBe('00:00:00.000 WARN  join refused bot_id=b1 tries=3 why="two words"\n');
  });

  it("let no field or message move the terminal's cursor", () => {
    const { log, lines } = makePretty();
    log.info(
      { name: "\u001b[2J\u009b2J\r\n\u202e\u2066\u200b", "na\u001bme\u202e": 1 },
      "bad \u001b[2Jmessage\u009b\u202e",
    );
    const rest = uncoloured(lines[0])?.slice(0, -1) ?? "";
    expect(rest).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });
});
