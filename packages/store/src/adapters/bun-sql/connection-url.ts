import { StoreError } from "../../errors.ts";

/** A checked connection string, and whether it leads through a pooler. */
export interface ConnectionUrl {
  readonly url: string;
  /** It leads through a transaction pooler, where a connection lasts one transaction. */
  readonly isTransactionPooler: boolean;
}

/** Supabase's pooler serves transaction mode here. @source https://supabase.com/docs/guides/database/connecting-to-postgres */
const TRANSACTION_POOLER_PORT = "6543";

/**
 * Checks a connection string and removes the parameter that only other clients understand (`pgbouncer=true`).
 *
 * @throws STORE_URL_INVALID not a postgres URL; the message never repeats the string, which holds a password
 */
export function parseConnectionUrl(text: string): ConnectionUrl {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === "") {
    throw new StoreError(
      "STORE_URL_INVALID",
      "The connection string of the database is not a URL of the form postgres://user:password@host:port/database. Characters such as @ / : # % in the password must be percent-encoded.",
    );
  }
  const isMarked = parsed.searchParams.get("pgbouncer") === "true";
  parsed.searchParams.delete("pgbouncer");
  return { url: parsed.toString(), isTransactionPooler: isMarked || parsed.port === TRANSACTION_POOLER_PORT };
}
