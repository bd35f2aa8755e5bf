import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createExamination } from "./examination.ts";
import { CHECKS, ok } from "./finding.ts";

const leaks = leakCheck();
const TERMS = { limitMs: 5000, todo: "look there" };

function make() {
  const clock = leaks.clock(createSimulatedClock());
  const stop = new AbortController();
  const running: string[] = [];
  const examination = createExamination({
    clock,
    stop: stop.signal,
    onProgress: (names) => void running.push(names.join("+")),
  });
  const result = (name: string) => examination.results().find((one) => one.name === name);
  return { clock, stop, running, examination, result };
}

describe("an examination", () => {
  it("keeps what each check found, in the order of the report", async () => {
    const { examination, result } = make();
    await examination.check("database", TERMS, () => ok("there"));
    await examination.check("dns", TERMS, async () => ok("one"));
    examination.skip(["tcp"], "no need");
    expect(examination.results().map(({ name }) => name)).toEqual(CHECKS);
    expect(result("database")).toMatchObject({ status: "ok", found: "there" });
    expect(result("tcp")).toEqual({ name: "tcp", status: "skipped", found: "no need" });
  });

  it("runs no check that is for others, and says why, whatever else it would be skipped for", async () => {
    const stop = new AbortController().signal;
    const others = { names: ["dns", "tcp"], why: "not here" } as const;
    const examination = createExamination({ clock: leaks.clock(createSimulatedClock()), stop, others });
    let isAsked = false;
    const found = await examination.check("dns", TERMS, () => {
      isAsked = true;
      return ok("there");
    });
    examination.skip(["tcp"], "no need");
    const results = examination.results().filter(({ name }) => name === "dns" || name === "tcp");
    expect([isAsked, found.status, results.map((result) => result.found)]).toEqual([
      false,
      "skipped",
      ["not here", "not here"],
    ]);
  });

  it("takes what is thrown for a failure, with what to do", async () => {
    const { examination } = make();
    const finding = await examination.check("dns", TERMS, () => {
      throw Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
    });
    expect(finding).toMatchObject({ status: "fail", found: "no such host (ENOTFOUND)", todo: "look there" });
  });

  it("gives a check its time and no more, and tells it to end", async () => {
    const { clock, examination } = make();
    let given: AbortSignal | undefined;
    const checked = examination.check("http", TERMS, (signal) => {
      given = signal;
      return new Promise(() => {});
    });
    await clock.advance(4999);
    expect(given?.aborted).toBe(false);
    await clock.advance(1);
    expect(await checked).toMatchObject({ status: "fail", found: "no answer within 5,000 ms", todo: "look there" });
    expect(given?.aborted).toBe(true);
  });

  it("skips what runs and what is left when it is interrupted", async () => {
    const { clock, stop, examination, result } = make();
    await examination.check("dns", TERMS, () => ok("one"));
    const checked = examination.check("tcp", TERMS, () => new Promise(() => {}));
    await clock.advance(10);
    stop.abort(new Error("interrupted"));
    await checked;
    await examination.check("http", TERMS, () => ok("never asked"));
    for (const name of ["tcp", "http", "pgmq"]) {
      expect(result(name)).toMatchObject({ status: "skipped", found: "interrupted" });
    }
    expect(result("dns")?.status).toBe("ok");
  });

  it("says what runs now", async () => {
    const { running, examination } = make();
    const waiting = Promise.withResolvers<ReturnType<typeof ok>>();
    const first = examination.check("dns", TERMS, () => waiting.promise);
    const second = examination.check("database", TERMS, () => waiting.promise);
    waiting.resolve(ok(""));
    await Promise.all([first, second]);
    expect(running.slice(0, 2)).toEqual(["dns", "dns+database"]);
    expect(running.at(-1)).toBe("");
  });
});
