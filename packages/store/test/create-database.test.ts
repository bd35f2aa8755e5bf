import { backends, testDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";

describe.each(backends())("a database on the %s backend", (backend) => {
  it("answers a query", async () => {
    await using test = await testDatabase({ backend });
    expect(await test.database.query("select 1 as one")).toEqual([{ one: 1 }]);
    expect(await test.database.query("select version from shoal.schema_migrations")).not.toEqual([]);
  });
});
