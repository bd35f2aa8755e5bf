import type { FailureCause, PoolStats } from "@shoal/realtime-pool";

/** What keeps the whole fleet out, in words, and what to do about it. Causes that are not here pass by themselves. */
const WORDS: Partial<Readonly<Record<FailureCause, string>>> = {
  keyRefused: "the key is not authorised (401): copy SUPABASE_SERVICE_ROLE_KEY again from the project's API settings",
  keyMissing: "the server or its gateway knows no such key: copy SUPABASE_SERVICE_ROLE_KEY again",
  signerBroken: "the project's signing keys are broken or being rotated: look into its API settings",
  projectUnknown: "SUPABASE_URL names no project, or a gateway or firewall refuses access to it: check SUPABASE_URL",
  projectSuspended: "Realtime is off for the project, or the project is suspended: look into the dashboard",
  joinRate:
    "too many channels were joined in the last minute by all clients of the project; if it stays so, set SUPABASE_PLAN or POOL_JOINS_PER_SECOND to what the project allows",
  projectFull:
    "all connections of the plan are in use by the clients of the project: close some, or lower POOL_MAX_SOCKETS",
};

/** Whether joins wait for a limit of the project, though the server answers. */
export function isHeldByLimit({ errorClass }: Pick<PoolStats["breaker"], "errorClass">): boolean {
  return errorClass === "rate" || errorClass === "capacity";
}

/** Says why the fleet is kept out; undefined where the pool knows nothing but that nobody answers. */
export function whyKeptOut(breaker: Pick<PoolStats["breaker"], "errorClass" | "cause">): string | undefined {
  const words = breaker.cause ? WORDS[breaker.cause] : undefined;
  if (isHeldByLimit(breaker)) return `held by a limit of the project${words ? `: ${words}` : ""}`;
  return words && `Realtime refuses: ${words}`;
}
