import { type Database, type Sql, statement } from "@shoal/store";
import { createPolicy, type Policy } from "./policies.ts";

/** A policy as Postgres writes it, to be compared. */
export interface WrittenPolicy {
  readonly name: string;
  /** Command, roles, conditions. */
  readonly content: string;
}

/** The policies of the database beside those wanted. */
export interface PolicyState {
  /** False where there is no `realtime.messages`: the database is not that of the project. */
  readonly hasTable: boolean;
  readonly isRowSecurityOn: boolean;
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  /** Policies of the project's own that name no topic: they may allow everything on ours, too. */
  readonly unbounded: readonly string[];
}

const WANTED_TABLE = "shoal_wanted_policies";

const WRITTEN = statement(
  "policy_written",
  `
select policyname as name, concat_ws(' ', cmd, permissive, roles::text, qual, with_check) as content
from pg_policies where schemaname = $1 and tablename = $2`,
);

/**
 * Returns the wanted policies as Postgres writes them, which depends on its version: made on a table that only this transaction
 * sees, and rolled back.
 */
export async function readWanted(database: Database, policies: readonly Policy[]): Promise<readonly WrittenPolicy[]> {
  const undone = new Error("rolled back");
  let wanted: readonly WrittenPolicy[] = [];
  const making = database.transaction(async (tx) => {
    await tx.query(
      statement("policy_draft_table", `create temporary table ${WANTED_TABLE} (extension text) on commit drop`),
    );
    for (const policy of policies) await tx.query(statement("policy_draft", createPolicy(policy, WANTED_TABLE)));
    const [schema] = await tx.query<{ name: string }>(
      statement("policy_draft_schema", "select pg_my_temp_schema()::regnamespace::text as name"),
    );
    wanted = await tx.query<WrittenPolicy & object>(WRITTEN, [schema?.name ?? "", WANTED_TABLE]);
    throw undone;
  });
  await making.catch((thrown) => {
    if (thrown !== undone) throw thrown;
  });
  return wanted;
}

/** No row: there is no such table. One without a name: it has no policy. */
const STATE = statement(
  "policy_state",
  `
select c.relrowsecurity as is_on, p.policyname as name, concat_ws(' ', p.cmd, p.permissive, p.roles::text, p.qual, p.with_check) as content
from pg_class c left join pg_policies p on p.schemaname = 'realtime' and p.tablename = 'messages'
where c.oid = to_regclass('realtime.messages')`,
);

/** Compares the policies of the database with those wanted. */
export async function readPolicyState(database: Sql, wanted: readonly WrittenPolicy[]): Promise<PolicyState> {
  const rows = await database.query<{ is_on: boolean; name: string | null; content: string }>(STATE);
  const [table] = rows;
  const found = rows.flatMap(({ name, content }) => (name === null ? [] : { name, content }));
  const contents = new Map(found.map(({ name, content }) => [name, content]));
  const names = new Set(wanted.map(({ name }) => name));
  return {
    hasTable: table !== undefined,
    isRowSecurityOn: table?.is_on ?? false,
    missing: wanted.filter(({ name }) => !contents.has(name)).map(({ name }) => name),
    changed: wanted.filter(({ name, content }) => (contents.get(name) ?? content) !== content).map(({ name }) => name),
    unbounded: found.filter(({ name, content }) => !names.has(name) && !/topic/i.test(content)).map(({ name }) => name),
  };
}

/** What is wrong with the policies of private channels, and what to do; null if nothing is. */
export interface PolicyProblem {
  readonly found: string;
  readonly todo: string;
}

const RUN = 'run: bun run --silent shoal policies | psql "$DATABASE_URL"';

export function judgePolicies(state: PolicyState): PolicyProblem | null {
  const { hasTable, isRowSecurityOn, missing, changed } = state;
  if (!hasTable) {
    return {
      found:
        "the database has no realtime.messages: it is not that of the project, whose policies ask it who has a seat",
      todo: "let DATABASE_URL name the Postgres of the project, or set CHANNEL_ACCESS=public",
    };
  }
  if (!isRowSecurityOn) {
    return {
      found: "row level security is off on realtime.messages: everybody may read and write all private channels",
      todo: "run: alter table realtime.messages enable row level security",
    };
  }
  if (missing.length > 0) {
    return { found: `no policy ${quoted(missing)}: people cannot join their private channels`, todo: RUN };
  }
  if (changed.length > 0) return { found: `not as for the topics of the fleet file: ${quoted(changed)}`, todo: RUN };
  return null;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");
