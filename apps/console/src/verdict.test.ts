import type { ConsoleSnapshot } from "@shoal/bot-service/bodies";
import { describe, expect, it } from "vitest";
import { STALE_MS, verdictOf } from "./verdict.ts";

const since = "2026-11-30T21:00:00.000Z";
const database = { name: "database", required: true, state: "ok", detail: null, error_code: null, since } as const;
const well = {
  phase: "open",
  readiness: { ok: true, status: "ready", dependencies: [database], loops: [] },
  pool: { breaker: { state: "up", error_class: null, cause: null, since } },
  firing: [],
};
/** What a verdict reads of a snapshot. */
const figures = (changes: object = {}) => ({ ...well, ...changes }) as unknown as ConsoleSnapshot;
const alert = (name: string, severity: "critical" | "warning") => ({
  ...{ alert: name, severity, summary: name, detail: "", runbook: `docs/runbooks/${name}.md`, since },
});
const breaker = (state: string) => ({ pool: { breaker: { state, error_class: "rate", cause: null, since } } });

describe("the verdict", () => {
  it.each([
    ["nothing is known yet", null, "off", "Waiting"],
    ["all is well", figures(), "good", "All well"],
    ["a warning fires", figures({ firing: [alert("ShoalJobsDead", "warning")] }), "warn", "Look"],
    ["a critical alert fires", figures({ firing: [alert("ShoalDown", "critical")] }), "bad", "Hurt"],
    ["the daemon starts", figures({ phase: "starting" }), "info", "Starting"],
    ["the daemon drains", figures({ phase: "draining" }), "info", "Draining"],
    [
      "a critical alert fires while it drains",
      figures({ phase: "draining", firing: [alert("A", "critical")] }),
      "bad",
      "Hurt",
    ],
    ["joins are held", figures(breaker("held")), "warn", "Look"],
    ["Realtime is away", figures(breaker("away")), "bad", "Hurt"],
    [
      "a dependency that is needed is down",
      figures({ readiness: { ...well.readiness, dependencies: [{ ...database, state: "down" }] } }),
      ...(["bad", "Hurt"] as const),
    ],
    [
      "one that is not needed is down",
      figures({ readiness: { ...well.readiness, dependencies: [{ ...database, required: false, state: "down" }] } }),
      ...(["warn", "Look"] as const),
    ],
    ...(
      [
        ["21:00:09.999", "good", "All well"],
        ["21:00:10.000", "warn", "Look"],
      ] as const
    ).map(
      ([time, tone, word]) =>
        [
          `a dependency is degraded since 21:00, at ${time}`,
          figures({
            at: `2026-11-30T${time}Z`,
            readiness: { ...well.readiness, dependencies: [{ ...database, state: "degraded" }] },
          }),
          ...([tone, word] as const),
        ] as const,
    ),
    [
      "a loop fails",
      figures({
        readiness: {
          ...well.readiness,
          loops: [{ name: "sweep", state: "failing", since, failure_count: 3, error_code: "X", detail: null }],
        },
      }),
      ...(["warn", "Look"] as const),
    ],
  ] as const)("when %s", (_when, snapshot, tone, word) => {
    expect(verdictOf(snapshot, 0)).toMatchObject({ tone, word });
  });

  it("names loops one by one while they are few: of many there is one cause, and it is seen", () => {
    const loop = (name: string) => ({ name, state: "failing", since, failure_count: 3, error_code: "X", detail: null });
    const reasons = (names: readonly string[]) => {
      const dependencies = [{ ...database, state: "down" }];
      return verdictOf(figures({ readiness: { ...well.readiness, dependencies, loops: names.map(loop) } }), 0).reasons;
    };
    expect(reasons(["a", "b"]).map(({ key }) => key)).toEqual(["dependency:database", "loop:a", "loop:b"]);
    expect(reasons(["a", "b", "c"])).toMatchObject([
      { key: "dependency:database" },
      { text: "3 of 3 loops fail.", detail: "a, b, c", since },
    ]);
  });

  it("is never good by figures that are old", () => {
    expect(verdictOf(figures(), STALE_MS - 1).tone).toBe("good");
    expect(verdictOf(figures(), STALE_MS)).toMatchObject({ tone: "warn", word: "Unknown" });
  });

  it("names each cause once, the worst first, each with the page that says what to do", () => {
    const firing = [alert("ShoalJobsDead", "warning"), alert("ShoalBreakerAway", "critical")];
    const { reasons, text } = verdictOf(figures({ firing, ...breaker("away") }), 0);
    expect(reasons.map(({ runbook }) => runbook)).toEqual(["ShoalBreakerAway", "ShoalJobsDead"]);
    expect(text).toBe("People are hurt: 1 cause.");
  });
});
