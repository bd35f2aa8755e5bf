import { SECOND_MS, sleep } from "@shoal/kernel";
import { type TokenClaims, upgradeErrorText } from "../keys.ts";
import type { Core } from "./core.ts";
import type { Vsn } from "./frames.ts";

/** How long a refused connect waits for its answer. @source REALTIME-FRAMES.md, connect-errors */
const CONNECT_PENALTY_MS = 2 * SECOND_MS;

/** What a client showed when it connected. */
export interface Handshake {
  readonly vsn: Vsn;
  readonly token: string;
  readonly claims: TokenClaims;
}

/**
 * Lets a client connect, or answers why not: after a penalty, except for a format nobody speaks. The order of the checks
 * is the server's. @source supabase/realtime 2.129.8, lib/realtime_web/channels/user_socket.ex
 */
export async function checkUpgrade(core: Core, request: Request, stopping: AbortSignal): Promise<Handshake | Response> {
  const query = new URL(request.url).searchParams;
  const vsn = query.get("vsn") ?? "1.0.0";
  if (vsn !== "1.0.0" && vsn !== "2.0.0") return new Response(null, { status: 403 });
  if (core.project.isSuspended) return refuse(core, 403, "Realtime was disabled for this tenant", stopping);
  const token = request.headers.get("x-api-key") ?? query.get("apikey");
  if (!token) return refuse(core, 401, "API key is missing", stopping);
  const verdict = await core.tokens.verify(token);
  if (verdict.kind === "refused") return refuse(core, 401, upgradeErrorText(verdict.refusal), stopping);
  const fault = core.faults.upgradeRefusal();
  if (fault) return refuse(core, fault.status, fault.reason, stopping);
  const admitted = core.admission.admitUpgrade();
  if (admitted.kind === "refused") return refuse(core, admitted.status, admitted.reason, stopping);
  return { vsn, token, claims: verdict.claims };
}

async function refuse(core: Core, status: number, reason: string, stopping: AbortSignal): Promise<Response> {
  core.counters.socketsRefused += 1;
  core.events.emit("socket:refused", { status, reason });
  // A server that stops answers at once, so that nobody is left waiting for it.
  await sleep(core.runtime.clock, CONNECT_PENALTY_MS, stopping).catch(() => {});
  return Response.json({ error: reason }, { status, headers: { "content-type": "application/json; charset=utf-8" } });
}
