import { isUuid, SECOND_MS } from "@shoal/kernel";
import { z } from "zod";
import { statusBody } from "../../strategies/desk/bodies.ts";
import { askDaemon, type DaemonRequest, type FoundDaemon, refusalOf, shownUrl } from "../daemon.ts";
import { StrategiesError } from "./errors.ts";

/** What the daemon answered: as it came, for `--json`, and read. */
export interface Answered<T> {
  readonly body: unknown;
  readonly view: T;
}

/** The routes of strategies of a daemon. */
export interface DeskClient {
  /**
   * Asks for one of them, whose answer is as `schema` says.
   * @throws the code and words of the daemon's refusal; CLI_NO_ANSWER, CLI_NOT_A_DAEMON, CLI_OTHER_VERSION
   */
  ask<T>(schema: z.ZodType<T>, request: DaemonRequest): Promise<Answered<T>>;
  /**
   * Returns the id of a strategy that is named by id or by name.
   * @throws CLI_STRATEGY_UNKNOWN, CLI_STRATEGY_AMBIGUOUS
   */
  idOf(given: string): Promise<string>;
}

/** Checking a source, or reading a thousand versions with all their settings, takes its time. */
const LIMIT_MS = 30 * SECOND_MS;
const LIMIT_BYTES = 64 * 1024 * 1024;

export function createDeskClient(daemon: FoundDaemon, signal: AbortSignal): DeskClient {
  const ask: DeskClient["ask"] = async (schema, request) => {
    const limits = { limitMs: LIMIT_MS, limitBytes: LIMIT_BYTES };
    const { status, body } = await askDaemon(daemon, { signal, ...limits, ...request });
    if (status < 200 || status > 299) throw refusalOf(status, body, daemon, REFUSED, faulty.safeParse(body).data);
    const read = schema.safeParse(body);
    if (read.success) return { body, view: read.data };
    const message = `the daemon at ${shownUrl(daemon.url)} answers in another form than this command knows; use the command of the daemon's version, which \`shoal status\` names`;
    throw new StrategiesError("CLI_OTHER_VERSION", message, { cause: read.error });
  };
  return {
    ask,
    async idOf(given) {
      if (isUuid(given)) return given.toLowerCase();
      const { view } = await ask(strategies, { path: pathOf("/strategies", { name: given }) });
      const [found, ...others] = view.strategies;
      if (!found) {
        const message = `there is no strategy with the name ${given}; see: bun run shoal strategies list`;
        throw new StrategiesError("CLI_STRATEGY_UNKNOWN", message);
      }
      if (others.length === 0) return found.strategy_id;
      const lines = view.strategies.map(
        ({ strategy_id, owner_id, status }) => `  ${strategy_id}  ${status}  of ${owner_id ?? "the operator"}`,
      );
      const message = `more than one strategy has the name ${given}; give the id instead:\n${lines.join("\n")}`;
      throw new StrategiesError("CLI_STRATEGY_AMBIGUOUS", message);
    },
  };
}

/** Makes a path with a query, of which undefined fields are left out. */
export function pathOf(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
}

/** The answer to `GET /strategies`. */
export const strategies = z.object({ strategies: z.array(statusBody) });

const REFUSED = {
  HTTP_UNAUTHORIZED:
    "does not take the token; set SHOAL_API_TOKEN to the daemon's, or to the access token of a signed-in user",
  HTTP_UNKNOWN_ROUTE: "knows no strategies: it is of an older version",
};

/** All that is wrong with a source, in the refusal of a deploy. */
const faulty = z.object({
  diagnostics: z.array(z.object({ code: z.string(), message: z.string(), line: z.int(), column: z.int() })),
});
