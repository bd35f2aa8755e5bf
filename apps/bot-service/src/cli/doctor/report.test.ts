import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config.ts";
import { type CheckResult, fail, ok, skipped, warn } from "./finding.ts";
import { drawReport, exitCodeOfReport, jsonReport, redactReport } from "./report.ts";
import { secretsOf, type Target } from "./target.ts";

const results: CheckResult[] = [
  { name: "dns", ...ok("one address", { lookup_ms: 1.2345 }) },
  { name: "private topic", ...warn("refused", "add a policy") },
  { name: "pgmq", ...skipped("not asked") },
];
const cutShort: CheckResult[] = [
  { name: "join", ...skipped("no socket") },
  { name: "database", ...skipped("not set") },
  { name: "presence", ...skipped("no socket") },
];
const failing: CheckResult[] = [...results, { name: "upgrade", ...fail("HTTP 401", "copy the key again") }];

describe("the report", () => {
  it("is a table: sign, name, what was found, what to do", () => {
    expect(drawReport({ subject: "host", results })).toBe(
      [
        "shoal doctor: host",
        "",
        "  ok    dns            one address",
        "  WARN  private topic  refused",
        "                       -> add a policy",
        "",
        "not examined",
        "  -     pgmq: not asked",
        "",
        "1 ok, 1 to look at, 0 failed, 1 skipped",
        "",
      ].join("\n"),
    );
  });

  it("does not bury what failed under what could not be examined because of it", () => {
    const text = drawReport({ subject: "host", results: cutShort });
    expect(text).toContain("not examined\n  -     join, presence: no socket\n  -     database: not set\n");
  });

  it("is one line of JSON for programs", () => {
    const line = jsonReport({ subject: "host", results: failing });
    expect(line.endsWith("}\n")).toBe(true);
    expect(JSON.parse(line)).toEqual({
      subject: "host",
      ok: false,
      counts: { ok: 1, warn: 1, fail: 1, skipped: 1 },
      checks: [
        { name: "dns", status: "ok", found: "one address", todo: null, figures: { lookup_ms: 1.2 } },
        { name: "private topic", status: "warn", found: "refused", todo: "add a policy", figures: {} },
        { name: "pgmq", status: "skipped", found: "not asked", todo: null, figures: {} },
        { name: "upgrade", status: "fail", found: "HTTP 401", todo: "copy the key again", figures: {} },
      ],
    });
  });

  it("ends in 1 for a failure or an interruption, in 0 for what is only to look at", () => {
    expect(exitCodeOfReport({ subject: "", results }, false)).toBe(0);
    expect(exitCodeOfReport({ subject: "", results }, true)).toBe(1);
    expect(exitCodeOfReport({ subject: "", results: failing }, false)).toBe(1);
  });

  it("holds no secret, from whichever text it comes", () => {
    const target: Target = {
      source: "SUPABASE_URL",
      supabaseUrl: "https://user:basic-pass@host",
      serviceRoleKey: "legacy-key-0123",
      anonKey: null,
      databaseUrl: "postgres://user:hunter%402@host/db",
      apiToken: "token-token-token",
      config: parseConfig({}).config,
      migrations: "",
    };
    const leaky: CheckResult[] = [
      {
        name: "dns",
        ...warn("key legacy-key-0123 of postgres://user:hunter%402@host/db", "not hunter@2 nor basic-pass"),
      },
      { name: "upgrade", ...ok("Bearer token-token-token, sb_secret_abcdef") },
    ];
    const text = drawReport(redactReport({ subject: "legacy-key-0123", results: leaky }, secretsOf(target)));
    expect(text).not.toMatch(/legacy-key|hunter|basic-pass|token-token|sb_secret_a/);
    expect(text).toContain("[redacted]");
  });
});
