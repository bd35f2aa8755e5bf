import type { Runtime } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import { sortedJson } from "../json-text.ts";
import { type CheckLine, sqlstateOf } from "./check-line.ts";
import type { Answer, PolicyCheck, PolicySubject, ReadRights, WriteRights } from "./policy-check.ts";

const INSUFFICIENT_PRIVILEGE = "42501";

const INSERT_PROBES_SQL = statement(
  "local_policy_probes",
  `
  insert into realtime.messages (id, topic, extension, inserted_at, updated_at)
  select probe.id::uuid, $1, probe.extension, ($2::text)::timestamp, ($2::text)::timestamp
  from unnest($3::text[], $4::text[]) as probe (id, extension)`,
);

const INSERT_SQL = statement(
  "local_policy_write",
  `
  insert into realtime.messages (topic, extension, inserted_at, updated_at)
  values ($1, $2, ($3::text)::timestamp, ($3::text)::timestamp)`,
);

const ASSUME_SQL = statement(
  "local_policy_assume",
  `
  select set_config('role', $1, true), set_config('realtime.topic', $2, true),
         set_config('request.jwt.claims', $3, true), set_config('request.jwt.claim.sub', $4, true),
         set_config('request.jwt.claim.role', $1, true), set_config('request.headers', $5, true)`,
);

/**
 * Lets Postgres decide, under the role and the claims of the token: which of the server's rows the role can select, and
 * which rows it can insert. Nothing stays: each check is rolled back.
 *
 * @source REALTIME-PRIVATE.md, "What the server asks the database"
 */
export class PostgresPolicyCheck implements PolicyCheck {
  readonly #runtime: Runtime;
  readonly #line: CheckLine;

  constructor(runtime: Runtime, line: CheckLine) {
    this.#runtime = runtime;
    this.#line = line;
  }

  read(subject: PolicySubject, isPresenceAsked: boolean): Promise<Answer<ReadRights>> {
    const { topicName: topic } = subject;
    const extensions = isPresenceAsked ? ["broadcast", "presence"] : ["broadcast"];
    const ids = extensions.map(() => this.#runtime.ids.uuid());
    return this.#line.ask({ topic }, async (tx) => {
      await tx.query(INSERT_PROBES_SQL, [topic, this.#now(), ids, extensions]);
      await assume(tx, subject);
      const rows = await tx.query<{ id: string }>(
        statement(
          "local_policy_read",
          "select id::text as id from realtime.messages where id = any (($1::text[])::uuid[])",
        ),
        [ids],
      );
      const seen = ids.map((id) => rows.some((row) => row.id === id));
      return { broadcast: seen[0] ?? false, presence: seen[1] };
    });
  }

  write(subject: PolicySubject): Promise<Answer<WriteRights>> {
    return this.#line.ask({ topic: subject.topicName }, async (tx) => {
      await assume(tx, subject);
      const broadcast = await this.#canInsert(tx, subject, "broadcast");
      return { broadcast, presence: await this.#canInsert(tx, subject, "presence") };
    });
  }

  async #canInsert(tx: Sql, { topicName }: PolicySubject, extension: string): Promise<boolean> {
    await tx.query(statement("local_policy_savepoint", "savepoint probe"));
    const isAllowed = await tx.query(INSERT_SQL, [topicName, extension, this.#now()]).then(
      () => true,
      async (error) => {
        if (sqlstateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
        await tx.query(statement("local_policy_rollback_to_savepoint", "rollback to savepoint probe"));
        return false;
      },
    );
    await tx.query(statement("local_policy_release_savepoint", "release savepoint probe"));
    return isAllowed;
  }

  /** Returns the time of the server's clock as Postgres reads it in a column without a time zone: in UTC. */
  #now(): string {
    return new Date(this.#runtime.clock.now()).toISOString();
  }
}

async function assume(tx: Sql, { topicName, claims, headers }: PolicySubject): Promise<void> {
  const sub = claims["sub"];
  await tx.query(ASSUME_SQL, [
    claims.role,
    topicName,
    sortedJson(claims),
    sub === undefined || sub === null ? null : String(sub),
    sortedJson(headers),
  ]);
}
