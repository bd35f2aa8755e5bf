import { errorFields, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import { untilReachable } from "../database/until-reachable.ts";
import type { FleetConfig } from "../fleet-config.ts";
import type { Part, PartHealth } from "../part.ts";
import { channelPolicies, policyStatements } from "./policies.ts";
import { judgePolicies, readPolicyState, readWanted, type WrittenPolicy } from "./policy-check.ts";

/** Says in one line what `CHANNEL_ACCESS=public` means. */
export const PUBLIC_ACCESS =
  "channels are public: anybody with the project's public key can see who is in the lobby, wait in another's name, and read and speak in every room";

const CHECK_LIMIT_MS = 2 * SECOND_MS;
/** Policies that fit change by hand only. Trouble is looked at again at every check, so that it is over at once when it is mended. */
const FITS_FOR_MS = 30 * SECOND_MS;
const FITS = { state: "ok", detail: "private, as the policies say" } as const;
const AWAY = "the policies of private channels could not be applied: the database is away; trying again";
const NOT_APPLIED = "the policies of private channels could not be applied: no person can join lobby, notices or rooms";

export interface AccessPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly database: Database;
  readonly fleet: FleetConfig;
}

/**
 * Says who may use the fleet's channels. In private mode policies do: it applies them on the embedded backend, and sees on every
 * backend that they are there and fit the topics, because nothing else would tell why people are refused.
 *
 * @throws CONFIG_FLEET_FILE no policy can name the topics
 */
export function createAccessPart({ config, runtime, database, fleet }: AccessPartOptions) {
  const { clock } = runtime;
  const isPublic = config.channelAccess === "public";
  const policies = isPublic ? [] : channelPolicies(fleet.topics, config.fleetConfig);
  let isStarted = false;
  let wanted: readonly WrittenPolicy[] | undefined;
  let fitsUntilMs = 0;

  const check = async () => {
    wanted ??= await readWanted(database, policies);
    return judgePolicies(await readPolicyState(database, wanted));
  };
  const readPrivate: PartHealth["read"] = async () => {
    const unknown = (detail: string) => ({ state: "degraded", detail, isExpected: true }) as const;
    if (!isStarted) return unknown("the policies are not checked yet");
    if (clock.monotonicMs() < fitsUntilMs) return FITS;
    try {
      const checked = await withTimeout(clock, CHECK_LIMIT_MS, check());
      if (checked.kind === "timeout") return unknown(`no answer within ${CHECK_LIMIT_MS} ms`);
      if (checked.value === null) {
        fitsUntilMs = clock.monotonicMs() + FITS_FOR_MS;
        return FITS;
      }
      return { state: "down", detail: `${checked.value.found}; ${checked.value.todo}` };
    } catch (thrown) {
      // Mostly a database that is away, which its own dependency reports.
      return unknown(errorFields(thrown).error_message);
    }
  };
  return {
    name: "access",
    role: "fleet",
    needsSchema: true,
    health: {
      dependency: "channels",
      isRequired: false,
      read: isPublic ? () => ({ state: "ok", detail: PUBLIC_ACCESS }) as const : readPrivate,
    },
    async start(signal) {
      if (!isPublic && config.backend.kind === "embedded") {
        const apply = () => database.script(policyStatements(policies));
        await untilReachable(apply, { runtime, signal, message: AWAY }).catch((thrown) => {
          if (!signal.aborted) runtime.log.error(errorFields(thrown), NOT_APPLIED);
        });
      }
      isStarted = true;
    },
  } satisfies Part;
}
