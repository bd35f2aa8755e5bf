interface Parameter {
  /** Whether it is passed on. Others are for other clients, or are decided here: leaving them out changes nothing. */
  readonly isKept: boolean;
  readonly accepts: RegExp;
  /** What to write where the value is none of those. */
  readonly instead: string;
}

const kept = (accepts: RegExp, instead: string): Parameter => ({ isKept: true, accepts, instead });
const leftOut = (accepts = /^/, instead = ""): Parameter => ({ isKept: false, accepts, instead });
const refused = (instead: string): Parameter => ({ isKept: false, accepts: /(?!)/, instead });
const time = (name: string) =>
  kept(/^\d+(us|ms|s|min|h|d)?$/, `${name} to be a whole number of ms, or one with a unit, as 5s`);

/** @source Prisma, https://www.prisma.io/docs/orm/overview/databases/postgresql; libpq, node-postgres, JDBC, asyncpg, Rails; Vercel's integration */
const FOR_OTHER_CLIENTS = `
  pgbouncer connection_limit pool_timeout pool_size pool_min pool_max max_connections min_connections pool socket_timeout schema
  statement_cache_size prepared_statement_cache_size max_connection_lifetime max_idle_connection_lifetime single_use_connections
  prepared_statements prepareThreshold preparedStatementCacheQueries preferQueryMode currentSchema reWriteBatchedInserts
  binaryTransfer ApplicationName supa workaround uselibpqcompat connect_timeout connectTimeout loginTimeout socketTimeout query_timeout
  connectionTimeoutMillis idleTimeoutMillis command_timeout reaping_frequency checkout_timeout encoding keepalives keepalives_idle
  keepalives_interval keepalives_count tcp_user_timeout tcpKeepAlive gssencmode gsslib gssdelegation krbsrvname sslcompression sslcrl sslcrldir
  sslsni sslnegotiation sslcertmode sslfactory ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version
  client_encoding charset fallback_application_name load_balance_hosts require_auth requirepeer passfile timezone TimeZone`;

const PARAMETERS: ReadonlyMap<string, Parameter> = new Map([
  ...FOR_OTHER_CLIENTS.trim()
    .split(/\s+/)
    .map((name) => [name, leftOut()] as const),
  [
    "target_session_attrs",
    leftOut(/^(any|read-write|primary|prefer-standby)$/, "target_session_attrs to be read-write: the daemon writes"),
  ],
  ["application_name", kept(/./, "application_name to have a value, or none")],
  ["options", kept(/./, "options to have a value, or none")],
  ["search_path", kept(/./, "search_path to have a value, or none")],
  ["channel_binding", kept(/^(disable|prefer|require)$/, "channel_binding to be disable, prefer or require")],
  ["statement_timeout", time("statement_timeout")],
  ["lock_timeout", time("lock_timeout")],
  ["idle_in_transaction_session_timeout", time("idle_in_transaction_session_timeout")],
  ["sslpassword", refused("a key without a passphrase in sslkey, and no sslpassword")],
  ["sslidentity", refused("sslcert and sslkey, two PEM files, in place of sslidentity")],
  ["service", refused("the address itself in place of service")],
]);

/** Says what becomes of a parameter; `problem` says what to write instead, null for a name that nobody knows. */
export function judgeParameter(name: string, value: string): "kept" | "left out" | { readonly problem: string | null } {
  const parameter = PARAMETERS.get(name);
  if (!parameter) return { problem: null };
  if (!parameter.accepts.test(value)) return { problem: parameter.instead };
  return parameter.isKept ? "kept" : "left out";
}
