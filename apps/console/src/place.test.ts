import { describe, expect, it } from "vitest";
import { pageFor, placeOf, withParameters } from "./place.ts";

describe("a place", () => {
  it("is what stands beneath the base path, wherever that is", () => {
    const { path, query } = placeOf("/ops/console/", { pathname: "/ops/console/jobs/7", search: "?state=dead" });
    expect([path, query.get("state")]).toEqual(["/jobs/7", "dead"]);
    expect(placeOf("/console/", { pathname: "/console/", search: "" }).path).toBe("/");
    expect(placeOf("/console/", { pathname: "/console", search: "" }).path).toBe("/");
  });

  it("keeps in its address what was chosen, and nothing else", () => {
    const place = placeOf("/console/", { pathname: "/console/jobs", search: "?state=dead&search=a%20b" });
    expect(withParameters(place, { state: "" })).toBe("/jobs?search=a+b");
    expect(withParameters(place, { state: "", search: "" })).toBe("/jobs");
    expect(withParameters(place, { search: "ü&=?" })).toBe("/jobs?state=dead&search=%C3%BC%26%3D%3F");
  });

  it("belongs to the page with the longest address that fits", () => {
    const pages = [{ path: "/" }, { path: "/jobs" }, { path: "/jobs/dead" }];
    const of = (path: string) => pageFor(pages, path)?.path;
    expect(["/", "/jobs", "/jobs/7", "/jobs/dead/1", "/jobsite", "/nowhere"].map(of)).toEqual([
      "/",
      "/jobs",
      "/jobs",
      "/jobs/dead",
      undefined,
      undefined,
    ]);
  });
});
