import { type Runtime, SECOND_MS } from "@shoal/kernel";
import type { FleetConfig } from "../../fleet-config.ts";
import type { Examination } from "./examination.ts";
import { fail, ok } from "./finding.ts";
import { openLine } from "./phoenix-line.ts";
import type { Target } from "./target.ts";
import { socketUrl } from "./upgrade.ts";

/** Limit of the check, in ms: the server answers a refused join after 5 s. @source REALTIME.md 1 */
const LIMIT_MS = 8 * SECOND_MS;

export interface StrangerParts {
  readonly examination: Examination;
  readonly runtime: Runtime;
  readonly target: Target;
  readonly topics: FleetConfig["topics"];
}

/**
 * Tries to join lobby, notices and a room as a stranger who has the public key: each has to be refused. On a socket each,
 * because a refusal holds its socket up.
 */
export async function checkStrangers({ examination, runtime, target, topics }: StrangerParts): Promise<void> {
  const { config, anonKey, supabaseUrl } = target;
  const name = "strangers";
  if (config.channelAccess === "public") return examination.skip([name], "channels are public: they may join all");
  if (anonKey === null) return examination.skip([name], "needs the public key: set SUPABASE_ANON_KEY to try it");
  const { clock, ids } = runtime;
  const url = socketUrl({ supabaseUrl, serviceRoleKey: anonKey }, "ws");
  const tried = [topics.lobby, topics.user(ids.uuid()), topics.room(ids.uuid())];
  await examination.check(name, { limitMs: LIMIT_MS, todo: "the server never answered a stranger" }, async (signal) => {
    const answers = await Promise.all(
      tried.map(async (topic) => {
        const line = await openLine(url, clock, ids, signal);
        try {
          return { topic, ...(await line.join(topic, { private: true })) };
        } finally {
          await line.close();
        }
      }),
    );
    const open = answers.filter(({ isOk }) => isOk).map(({ topic }) => topic);
    if (open.length === 0) return ok(`refused in lobby, notices and rooms: ${answers[0]?.reason}`);
    const todo = "see the policies on realtime.messages for anon and public, and that row level security is on";
    return fail(`whoever has the public key may join ${open.join(", ")}`, todo);
  });
}
