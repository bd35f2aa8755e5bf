import { isStorableText, toError } from "@shoal/kernel";
import { type FleetConfig, fleetFileError } from "../fleet-config.ts";
import { type TopicPattern, topicPattern } from "./topic-pattern.ts";

/** A policy on `realtime.messages`: what signed-in users may do on one topic, or on those of one pattern. */
export interface Policy {
  readonly name: string;
  readonly command: "select" | "insert";
  /** A condition on the column `extension` and the topic of the channel. */
  readonly condition: string;
}

const TABLE = "realtime.messages";
const TOPIC = "realtime.topic()";

/**
 * Returns the policies of private channels. Postgres joins all policies of a table by OR, so each one names its topics exactly.
 * Realtime asks them over one connection for the whole project: what depends on the channel alone is a subquery, which is
 * evaluated once, and a condition that could raise stands behind `case`, because an error denies everything.
 *
 * @throws CONFIG_FLEET_FILE no policy can name the topics of the fleet file at `path`
 */
export function channelPolicies(topics: FleetConfig["topics"], path: string | null): readonly Policy[] {
  const patternOf = (name: "user" | "room") => readPattern(topics, name, path);
  const lobby = `(select ${TOPIC}) = ${literal(checkedLobby(topics.lobby, path))}`;
  const user = onTopicsOf(patternOf("user"), ({ prefix, suffix }) => {
    const parts = [prefix && literal(prefix), "auth.uid()::text", suffix && literal(suffix)];
    return `${TOPIC} = ${parts.filter(Boolean).join(" || ")}`;
  });
  const room = onTopicsOf(patternOf("room"), (pattern) => `shoal.has_open_seat(${idIn(pattern)})`);
  const both = "extension in ('broadcast', 'presence')";
  return [
    { name: "shoal lobby read", command: "select", condition: `${both} and ${lobby}` },
    { name: "shoal lobby presence", command: "insert", condition: `extension = 'presence' and ${lobby}` },
    { name: "shoal user read", command: "select", condition: `extension = 'broadcast' and ${user}` },
    { name: "shoal room read", command: "select", condition: `${both} and ${room}` },
    { name: "shoal room write", command: "insert", condition: `${both} and ${room}` },
  ];
}

/** Writes the statement that creates a policy. */
export function createPolicy({ name, command, condition }: Policy, table = TABLE): string {
  const clause = command === "select" ? "using" : "with check";
  return `create policy "${name}" on ${table} for ${command} to authenticated ${clause} (\n  ${condition}\n);`;
}

/** Writes the statements that make the policies, or replace them. */
export function policyStatements(policies: readonly Policy[]): string {
  const drops = policies.map(({ name }) => `drop policy if exists "${name}" on ${TABLE};`);
  const creates = policies.map((policy) => createPolicy(policy));
  return `${[drops.join("\n"), ...creates].join("\n\n")}\n`;
}

/** Writes the file that an operator runs: all of it takes effect, or nothing. */
export function policyScript(policies: readonly Policy[]): string {
  return `${HEADER}
begin;
-- Realtime reads this table all the time. Waits for it so long; then nothing has changed, and the file may be run again.
set local lock_timeout = '5s';

${policyStatements(policies)}
commit;
`;
}

const HEADER = `-- Says who may use the private channels of Shoal (CHANNEL_ACCESS=private). Made by \`shoal policies\` for the topics of the fleet
-- file; do not edit it. Run it once the daemon has applied its migrations, as the role postgres, and again when the topics
-- change:
--
--   bun run --silent shoal policies | psql "$DATABASE_URL"
--
-- The lobby is read, and its presence written, by everybody who is signed in, also anonymously. A person's notices are read by
-- that person alone and written by the daemon alone. A room is read and written by those who have a seat in its match, while
-- that is pending or live. \`shoal doctor\` compares the database with this file.
`;

function readPattern(topics: FleetConfig["topics"], name: "user" | "room", path: string | null): TopicPattern {
  const expected = `topics.${name}: policies of private channels need topics that are a fixed text with the id in it, once and unchanged, such as id => "${name}:" + id`;
  try {
    const pattern = topicPattern(topics[name]);
    if (pattern) return pattern;
  } catch (thrown) {
    const { cause, message } = toError(thrown);
    throw fleetFileError(path, `${expected}; it threw "${cause instanceof Error ? cause.message : message}"`, thrown);
  }
  throw fleetFileError(path, `${expected}; or set CHANNEL_ACCESS=public`);
}

function checkedLobby(lobby: string, path: string | null): string {
  if (isStorableText(lobby)) return lobby;
  throw fleetFileError(
    path,
    "topics.lobby: must be text that Postgres can hold: without the character 0 or half a pair",
  );
}

/** Holds `then` back to topics of the pattern. */
function onTopicsOf(pattern: TopicPattern, then: (pattern: TopicPattern) => string): string {
  const { prefix, suffix } = pattern;
  const tests = [
    ...(prefix ? [`starts_with(${TOPIC}, ${literal(prefix)})`] : []),
    ...(suffix ? [`right(${TOPIC}, ${lengthOf(suffix)}) = ${literal(suffix)}`] : []),
    ...(prefix && suffix ? [`char_length(${TOPIC}) > ${lengthOf(prefix) + lengthOf(suffix)}`] : []),
  ];
  return `(\n    select case when ${tests.join(" and ")}\n      then ${then(pattern)} else false end\n  )`;
}

/** Writes the id in a topic of the pattern. */
function idIn({ prefix, suffix }: TopicPattern): string {
  const start = lengthOf(prefix) + 1;
  if (!suffix) return `substr(${TOPIC}, ${start})`;
  return `substr(${TOPIC}, ${start}, char_length(${TOPIC}) - ${lengthOf(prefix) + lengthOf(suffix)})`;
}

/** Counts characters as Postgres does. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** Quotes text for SQL, whatever `standard_conforming_strings` is. */
function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}
