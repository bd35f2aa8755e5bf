import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  errorCodes,
  firstOf,
  oneOf,
  partNames,
  reasonWords,
  routeTemplates,
  statusClasses,
  workNames,
} from "./labels.ts";

const UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

describe("label values", () => {
  it.each([
    [errorCodes(), "STORE_UNREACHABLE", "STORE_UNREACHABLE"],
    [errorCodes(), "40001", "40001"],
    [errorCodes(), UUID, "other"],
    [errorCodes(), "no such table", "other"],
    [reasonWords(), "person-left", "person-left"],
    [reasonWords(), "not confirmed", "not confirmed"],
    [reasonWords(), `closed by ${UUID}`, "other"],
    [reasonWords(), "", "other"],
    [routeTemplates(), "/", "/"],
    [routeTemplates(), "/openapi.json", "/openapi.json"],
    [routeTemplates(), "/api/v1/match/tickets/:id", "/api/v1/match/tickets/:id"],
    [routeTemplates(), `/api/match/tickets/${UUID}`, "other"],
    [routeTemplates(), "/api/match/tickets/42", "other"],
    [routeTemplates(), "api", "other"],
    [partNames(), "realtime", "realtime"],
    [partNames(), "user:1", "other"],
    [workNames(), "calendar_sync", "calendar_sync"],
    [workNames(), "mail:digest.v2", "mail:digest.v2"],
    [workNames(), `user:${UUID}`, "other"],
    [workNames(), UUID, "other"],
    [workNames(), "order-1234", "other"],
    [workNames(), "Mail", "other"],
    [workNames(), "a".repeat(65), "other"],
    [workNames(), "", "other"],
    [statusClasses, "204", "2xx"],
    [statusClasses, "5xx", "5xx"],
    [statusClasses, "000", "other"],
    [statusClasses, "", "other"],
    [oneOf(["a", "b"]), "b", "b"],
    [oneOf(["a", "b"]), "c", "other"],
    [oneOf(["a", "b"], "a"), "c", "a"],
  ] as const)("case %#: %o makes %j into %j", (vocabulary, value, label) => {
    expect(vocabulary.fit(value)).toBe(label);
  });

  it("are at most so many, and those that were first stay", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 5 }), (values, limit) => {
        const vocabulary = firstOf(limit, /^/);
        const labels = new Set(values.map((value) => vocabulary.fit(value)));
        expect(labels.size).toBeLessThanOrEqual(limit + 1);
        for (const label of labels) if (label !== "other") expect(vocabulary.fit(label)).toBe(label);
      }),
    );
  });
});
