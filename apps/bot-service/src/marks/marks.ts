import { type Sql, statement } from "@shoal/store";

/** A conversation that an operator should look at. What was said in it is not kept. */
export interface Mark {
  readonly id: number;
  readonly matchId: string;
  /** Whom it is about; of a report of a bot: who reports. */
  readonly personId: string;
  readonly botId: string | null;
  /** `self_harm`, `minor`, `report`, …. */
  readonly kind: string;
  readonly source: "bot" | "person";
  readonly reporterId: string | null;
  /** What the reporter wrote: as hostile as any text of a stranger. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly seenAt: Date | null;
  readonly seenBy: string | null;
}

/** What a bot has seen in a conversation. */
export interface Concern {
  readonly conversationId: string;
  readonly personId: string;
  readonly botId: string;
  readonly kind: string;
}

export interface MarkFilter {
  readonly isSeen?: boolean;
  readonly kind?: string;
  /** Marks with a smaller id. */
  readonly before?: number;
  readonly limit: number;
}

/** Of marks that nobody has seen, by kind. */
export type UnseenMarks = Readonly<Record<string, { readonly count: number; readonly oldestAtMs: number }>>;

const COLUMNS = `m.id::float8 as id, m.match_id as "matchId", m.person_id as "personId", m.bot_id as "botId", m.kind, m.source,
  m.reporter_id as "reporterId", m.reason, m.created_at as "createdAt", m.seen_at as "seenAt", m.seen_by as "seenBy"`;
const MARK = statement(
  "mark_conversation",
  "select shoal.mark_conversation($1::uuid, $2, $3, $4, 'bot', null, null)::float8 as id",
);
const LIST = statement(
  "marks_list",
  `select ${COLUMNS} from shoal.conversation_marks m
   where ($1::boolean is null or (m.seen_at is not null) = $1) and ($2::text is null or m.kind = $2) and ($3::bigint is null or m.id < $3)
   order by m.id desc limit $4`,
);
const SEEN = statement(
  "mark_seen",
  `with seen as (
     update shoal.conversation_marks m set seen_at = clock_timestamp(), seen_by = $2 where m.id = $1::bigint and m.seen_at is null returning ${COLUMNS}
   )
   select * from seen union all
   select ${COLUMNS} from shoal.conversation_marks m where m.id = $1::bigint and not exists (select from seen)`,
);
const UNSEEN = statement(
  "marks_unseen",
  `select m.kind, count(*)::int as count, (extract(epoch from min(m.created_at)) * 1000)::float8 as "oldestAtMs"
   from shoal.conversation_marks m where m.seen_at is null group by m.kind`,
);

/** Marks in the database. Everything rejects as `Sql.query` does. */
export function createMarks(database: Pick<Sql, "query">) {
  return {
    /** Marks a conversation. Idempotent by conversation, person and kind. */
    async mark({ conversationId, personId, botId, kind }: Concern): Promise<void> {
      await database.query(MARK, [conversationId, personId, botId, kind]);
    },
    /** The newest first. */
    list: ({ isSeen, kind, before, limit }: MarkFilter): Promise<Mark[]> =>
      database.query<Mark>(LIST, [isSeen ?? null, kind ?? null, before ?? null, limit]),
    /** Notes that somebody has looked at it, and returns it; undefined: there is no such mark. Idempotent. */
    async seen(id: number, by: string): Promise<Mark | undefined> {
      const [mark] = await database.query<Mark>(SEEN, [id, by]);
      return mark;
    },
    async unseen(): Promise<UnseenMarks> {
      const rows = await database.query<{ kind: string; count: number; oldestAtMs: number }>(UNSEEN);
      return Object.fromEntries(rows.map(({ kind, ...rest }) => [kind, rest]));
    },
  };
}

export type Marks = ReturnType<typeof createMarks>;
