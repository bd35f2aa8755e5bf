import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Migration, parseMigration, pendingMigrations } from "./migration.ts";

const identity = (text: string) => text;
const file = (version: string, sql = "select 1"): Migration =>
  parseMigration(`${version}_some_name.sql`, sql, identity);
const FIRST = "20260101000000";
const SECOND = "20260102000000";

describe("a migration file", () => {
  it("is named as the Supabase CLI names it", () => {
    expect(parseMigration("20261130000100_shoal_schema.sql", "select 1", identity)).toEqual({
      version: "20261130000100",
      name: "shoal_schema",
      checksum: "select 1",
      sql: "select 1",
    });
  });

  it.each([
    "shoal.sql",
    "2026_shoal.sql",
    "20261130000100_Shoal.sql",
    "20261130000100-shoal.sql",
    "20261130000100_.sql",
  ])("with the name %s is refused", (name) => {
    expect(() => parseMigration(name, "", identity)).toThrow(
      expect.objectContaining({ code: "STORE_MIGRATION_INVALID" }),
    );
  });

  it("has the same checksum with either kind of line ends", () => {
    expect(file(FIRST, "a\r\nb").checksum).toBe(file(FIRST, "a\nb").checksum);
  });
});

describe("the pending migrations", () => {
  it("are those that were not applied, in the order of their versions, however the files come", () => {
    const versions = fc.uniqueArray(fc.integer({ min: 10 ** 13, max: 10 ** 14 - 1 }).map(String), { maxLength: 12 });
    fc.assert(
      fc.property(versions, fc.func(fc.boolean()), (all, isApplied) => {
        const applied = all.filter((version) => isApplied(version)).map((version) => file(version));
        const pending = pendingMigrations(
          all.map((version) => file(version)),
          applied,
        ).map(({ version }) => version);
        expect(pending).toEqual(all.filter((version) => !isApplied(version)).sort());
      }),
    );
  });

  it("leave alone what only the database knows, when it is later than all files", () => {
    expect(pendingMigrations([file(FIRST)], [file(FIRST), file(SECOND)])).toEqual([]);
  });

  it.each([
    ["major_2", "major version 2"],
    ["major_12_seats_of_their_own", "major version 12"],
  ])("are refused when a later one in the database is named %s, with what to do", (name, said) => {
    const later = { version: SECOND, name, checksum: "x" };
    expect(() => pendingMigrations([file(FIRST)], [file(FIRST), later])).toThrow(
      expect.objectContaining({
        code: "STORE_SCHEMA_NEWER",
        details: { version: SECOND, name, major: Number(/\d+/.exec(name)?.[0]) },
        message: expect.stringMatching(new RegExp(`${said} .*Nothing was changed. Start that version`)),
      }),
    );
    expect(pendingMigrations([file(FIRST), { ...later, sql: "" }], [file(FIRST), later])).toEqual([]);
  });

  it.each(["majority", "sergeant_major_2", "major"])("go on beside a later one that is named %s", (name) => {
    expect(pendingMigrations([file(FIRST)], [file(FIRST), { version: SECOND, name, checksum: "x" }])).toEqual([]);
  });

  it("are refused when the database has an earlier one without a file, with what to do", () => {
    expect(() => pendingMigrations([file(SECOND)], [file(FIRST)])).toThrow(
      expect.objectContaining({
        code: "STORE_MIGRATION_UNKNOWN",
        details: { versions: [FIRST] },
        message: expect.stringMatching(/older Shoal.*Nothing was changed.*\.shoal.*drop schema shoal cascade/),
      }),
    );
  });

  it("are refused when an applied file was changed, with its name", () => {
    expect(() => pendingMigrations([file(FIRST, "changed")], [file(FIRST)])).toThrow(
      expect.objectContaining({ code: "STORE_MIGRATION_CHANGED", details: { version: FIRST, name: "some_name" } }),
    );
  });

  it("are refused when two files have one version", () => {
    expect(() => pendingMigrations([file(FIRST), file(SECOND), file(FIRST, "other")], [])).toThrow(
      expect.objectContaining({ code: "STORE_MIGRATION_INVALID", details: { version: FIRST } }),
    );
  });
});
