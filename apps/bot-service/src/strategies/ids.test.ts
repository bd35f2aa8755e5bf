import { describe, expect, it } from "vitest";
import { orderIdOf, runIdOf, uuid5 } from "./ids.ts";

describe("ids of runs and orders", () => {
  it.each([
    // The first is that of RFC 9562, A.4; the second shows that names are taken as UTF-8.
    ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"],
    ["6ba7b811-9dad-11d1-80b4-00c04fd430c8", "https://ä.example/", "45a76766-f3bb-5502-8a24-403fbe7164b3"],
  ])("are UUIDs of version 5 (%s, %s)", (namespace, name, id) => {
    expect(uuid5(namespace, name)).toBe(id);
  });

  it("stay what they are, because exchanges know orders by them", () => {
    const run = runIdOf("0c7b0a7e-35a1-4b3e-8f0c-8a4f6f2f9d10", 7);
    expect([run, orderIdOf(run, 1), orderIdOf(run, 2)]).toEqual([
      "ee099762-996c-5477-a84e-9bd70cafc221",
      "0f12c874-da56-5fee-8718-23f60f947d86",
      "4e3399fc-7308-5d1a-b79f-8cd27326bd23",
    ]);
    expect(runIdOf("0c7b0a7e-35a1-4b3e-8f0c-8a4f6f2f9d10", 8)).not.toBe(run);
  });
});
