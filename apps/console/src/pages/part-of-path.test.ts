import { expect, it } from "vitest";
import { partOfPath } from "./part-of-path.ts";

it.each([
  ["/fleet", null],
  ["/fleet/", null],
  ["/fleets/a", null],
  ["/fleet/sam", "sam"],
  ["/fleet/a%2Fb%20%3Cb%3E", "a/b <b>"],
  ["/fleet/room:1/2", "room:1/2"],
  ["/fleet/%", "%"],
])("reads %s as %j", (path, part) => {
  expect(partOfPath(path, "/fleet")).toBe(part);
});
