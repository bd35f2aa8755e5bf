import { isUuid } from "@shoal/kernel";
import { type Database, type SqlValue, statement } from "@shoal/store";
import { idBefore, OPERATOR_ID } from "../strategies/desk/sql.ts";
import { DEPLOYMENT_COLUMNS, type DeploymentRow } from "./rows.ts";
import { STRATEGY_KIND } from "./strategy-commands.ts";

/** Strategies as deployments: the columns are those of bots. */
export const STRATEGY_DEPLOYMENTS = `
select s.id::text as bot_id, nullif(s.owner_id, '${OPERATOR_ID}') as owner_id, '${STRATEGY_KIND}' as kind, s.name, s.config,
  case s.status when 'quarantined' then 'running' else s.status end as desired, s.version as generation, s.status,
  case when c.claimed_at is not null then c.holder end as replica,
  nullif(split_part(coalesce(s.status_reason, c.last_error, ''), ':', 1), '') as last_error,
  s.created_at, s.updated_at, s.updated_at as status_at
from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id`;

export interface DeploymentFilter {
  /** Most rows of a page, 1 to 1,000. */
  readonly limit: number;
  /** The id that the page before named as `next`. */
  readonly before?: string;
  /** Part of the id or of the name, in small letters or capitals. */
  readonly search?: string;
  readonly status?: DeploymentRow["status"];
  /** Of those with these ids. Default: of all. */
  readonly ids?: readonly string[];
  /** Default: both. */
  readonly only?: "bots" | "strategies";
}

/** Deployments by id, the largest first. */
export interface DeploymentPage {
  readonly deployments: readonly DeploymentRow[];
  /** Goes on where this page ends; null: that was the last one. A page of a search may have fewer rows than `limit`, or none, and yet one after it. */
  readonly next: string | null;
}

/** A page of a search looks at so many deployments at most, so that what nobody is called costs no more than what everybody is. */
const LOOKED_AT = 10_000;

/** Lists deployments. Each condition is in the text only where it is asked for, so that the index it needs is found. */
export async function listDeployments(
  database: Pick<Database, "query">,
  filter: DeploymentFilter,
): Promise<DeploymentPage> {
  const { limit, search, only } = filter;
  const looked = search === undefined ? limit : LOOKED_AT;
  const params: SqlValue[] = [limit, looked];
  const given = (value: SqlValue) => `$${params.push(value)}`;
  const branches = [
    ...(only === "strategies" ? [] : [botsOf(filter, given)]),
    ...(only === "bots" ? [] : [strategiesOf(filter, given)]),
  ];
  const text = search === undefined ? null : `lower(${given(search)}::text)`;
  const found = text === null ? "" : `where strpos(lower(bot_id), ${text}) > 0 or strpos(lower(name), ${text}) > 0`;
  const rows = await database.query<ListedRow>(
    statement(
      "deployment_list",
      `
with looked as materialized (
  select * from (${branches.join(" union all ")}) deployed order by bot_id desc limit $2::int
), found as (
  select * from looked ${found} order by bot_id desc limit $1::int
)
select f.*, l.looked_at, l.looked_to from (select count(*)::int as looked_at, min(bot_id) as looked_to from looked) l
left join found f on true order by f.bot_id desc`,
    ),
    params,
  );
  const deployments = rows.flatMap((row) => (row.bot_id === null ? [] : [deploymentIn(row)]));
  const [{ looked_at, looked_to } = NOTHING] = rows;
  const isFull = deployments.length === limit;
  return { deployments, next: (isFull ? deployments.at(-1)?.bot_id : looked_at === looked ? looked_to : null) ?? null };
}

/** Without a row that fits the search the columns of one are null. */
type ListedRow = (DeploymentRow | { readonly bot_id: null }) & typeof NOTHING;
const NOTHING = { looked_at: 0, looked_to: null as string | null };

function deploymentIn({ looked_at: _at, looked_to: _to, ...row }: DeploymentRow & typeof NOTHING): DeploymentRow {
  return row;
}

type Given = (value: SqlValue) => string;
type Where = Pick<DeploymentFilter, "before" | "status" | "ids">;

const where = (conditions: readonly string[]) => (conditions.length > 0 ? `where ${conditions.join(" and ")}` : "");

function botsOf({ before, status, ids }: Where, given: Given): string {
  const conditions = [
    ...(ids === undefined ? [] : [`bot_id = any (${given([...ids])}::text[])`]),
    ...(status === undefined ? [] : [`status = ${given(status)}`]),
    ...(before === undefined ? [] : [`bot_id < ${given(before)}`]),
  ];
  return `(
    select ${DEPLOYMENT_COLUMNS} from public.bot_deployments ${where(conditions)} order by bot_id desc limit $2::int
  )`;
}

/** In the order of their index. Where the last one seen is a bot that has a name, they are compared as text. */
function strategiesOf({ before, status, ids }: Where, given: Given): string {
  const conditions = [
    ...(ids === undefined ? [] : [`s.id = any (${given(ids.filter(isUuid))}::uuid[])`]),
    ...(status === undefined ? [] : [`s.status = ${given(status)}`]),
    ...(before === undefined
      ? []
      : [isUuid(before) ? `s.id < ${idBefore(given(before))}` : `s.id::text < ${given(before)}`]),
  ];
  return `(
    select ${DEPLOYMENT_COLUMNS} from (
      ${STRATEGY_DEPLOYMENTS} ${where(conditions)} order by s.id desc limit $2::int
    ) deployed
  )`;
}
