export type { Database, Listener, Sql, SqlValue } from "./database.ts";
