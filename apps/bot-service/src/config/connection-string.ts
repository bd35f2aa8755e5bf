import { readConnectionUrl } from "@shoal/store";
import type { Common, Variable } from "./variable.ts";

/** A connection string of Postgres, in the one spelling that all clients here understand; `null` when unset. */
export function connectionString(name: string, options: Common & { defaultText: string }): Variable<string | null> {
  const { defaultText, description } = options;
  return {
    ...{ name, description, defaultText, expected: "postgres://user:password@host:port/database", isSecret: true },
    read(text) {
      if (text === undefined || text.trim() === "") return { ok: true, value: null };
      const read = readConnectionUrl(text);
      if (!read.ok) return { ok: false, expected: read.problem };
      const { url, leftOut } = read.value;
      if (leftOut.length === 0) return { ok: true, value: url };
      return {
        ok: true,
        value: url,
        note: `${name}: parameters for other clients are left out: ${leftOut.join(", ")}`,
      };
    },
  };
}
