import type { ActBody } from "@shoal/bot-service/bodies";
import { expect, it } from "vitest";
import { aboutWords, actionsFor, countWords, progressOf, questionOf } from "./act-words.ts";

const act: ActBody = {
  ...{ id: "1", actor: "console", action: "redrive", queue: null, status: "running", job_id: "2", job_status: null },
  ...{ job_type: null, error_code: null, created_before: null, named_count: null, expected: 10, acted: 0, skipped: 0 },
  ...{ asked_at: "", updated_at: "", ended_at: null },
};

it.each([
  ["", ["retry", "redrive", "cancel"]],
  ["pending", ["retry", "cancel"]],
  ["running", ["cancel"]],
  ["dead", ["retry", "redrive"]],
  ["completed", []],
  ["made up", []],
])("offers for the status %j what may do something", (status, actions) => {
  expect(actionsFor(status)).toEqual(actions);
});

it("asks with the number, and says where it is not exact", () => {
  expect(countWords({ count: 1, is_exact: true }, "job")).toBe("1 job");
  expect(questionOf("cancel", { count: 100_000, is_exact: false }, "job")).toMatchObject({
    title: "Cancel more than 100,000 jobs?",
    isDangerous: true,
  });
  expect(questionOf("retry", { count: 3, is_exact: true }, "job")).toMatchObject({
    action: "Retry 3 jobs",
    isDangerous: false,
  });
});

it.each<[Partial<ActBody>, number | null]>([
  [{}, 0],
  [{ acted: 4, skipped: 1 }, 0.5],
  // More may have matched by the time it was passed.
  [{ acted: 40 }, 1],
  [{ expected: 0 }, 0],
  [{ expected: 100_001, acted: 5 }, null],
  [{ expected: 100_001, status: "done" }, 1],
  [{ status: "stopped", acted: 5 }, 0.5],
])("knows how far %j is", (given, progress) => {
  expect(progressOf({ ...act, ...given })).toBe(progress);
});

it.each<[Partial<ActBody>, string]>([
  [{}, "jobs"],
  [
    { job_status: "dead", job_type: "t", error_code: "E", created_before: "2026" },
    "dead jobs of the type t that failed with E from before 2026",
  ],
  [{ queue: "alerts", error_code: "E" }, "dead letters of alerts that failed with E"],
  [{ named_count: 2 }, "2 jobs that were chosen"],
])("says what %j is about", (given, words) => {
  expect(aboutWords({ ...act, ...given })).toBe(words);
});
