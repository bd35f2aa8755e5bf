import { DAY_MS, type EpochMs, SECOND_MS } from "@shoal/kernel";
import { PUBLIC_ACCESS } from "../../access/part.ts";
import { type KeyForm, readKey } from "../../config/project-key.ts";
import type { ChannelAccess } from "../../config.ts";
import { type Finding, fail, inNumber, ok, skipped, warn } from "./finding.ts";

const EXPIRES_SOON_MS = 30 * DAY_MS;

const COPY = "copy it again from the project's API settings";

/** Checks the daemon's key: role `service_role`, not expired, of this project. */
export function checkServiceKey(key: string | null, url: string, nowMs: EpochMs): Finding {
  if (key === null) return fail("SUPABASE_SERVICE_ROLE_KEY is not set", "copy it from the project's API settings");
  const form = readKey(key);
  switch (form.kind) {
    case "secret":
      return ok(`secret key (sb_secret_…), ${key.length} characters`);
    case "publishable":
      return warn("publishable key (sb_publishable_…): made for people's apps", "use the project's secret key instead");
    case "unknown":
      return fail(`neither a JWT nor an sb_ key, ${key.length} characters`, COPY);
    case "jwt":
      return checkJwt(form, "service_role", url, nowMs);
  }
}

/** Checks the key of people's apps, if it is given: it must not be one that may do everything. */
export function checkAnonKey(key: string | null, url: string, nowMs: EpochMs): Finding {
  if (key === null) return skipped("not given: the daemon does not need it");
  const form = readKey(key);
  switch (form.kind) {
    case "publishable":
      return ok(`publishable key (sb_publishable_…), ${key.length} characters`);
    case "secret":
      return fail(
        "this is the secret key: every user of the app would have full access to the project",
        "use the publishable key instead",
      );
    case "unknown":
      return fail(`neither a JWT nor an sb_ key, ${key.length} characters`, COPY);
    case "jwt":
      if (form.role === "service_role") {
        return fail(
          "this is the service-role key: every user of the app would have full access to the project",
          "use the anon key instead",
        );
      }
      return checkJwt(form, "anon", url, nowMs);
  }
}

export function checkApiToken(token: string | null): Finding {
  if (token !== null) return ok(`${token.length} characters`);
  return fail("SHOAL_API_TOKEN is not set: the daemon will not start", "choose one of 16 characters or more");
}

export function checkAccess(channelAccess: ChannelAccess): Finding {
  if (channelAccess === "private") return ok("private: people sign in, and policies say what each may join");
  return warn(PUBLIC_ACCESS, "set CHANNEL_ACCESS=private once your app's people sign in (docs/security.md)");
}

/** Returns the project's ref, which the address of a hosted project starts with. */
function refOf(url: string): string | null {
  return /^https?:\/\/([a-z]{20})\.supabase\./.exec(url)?.[1] ?? null;
}

function checkJwt(form: KeyForm & { kind: "jwt" }, wanted: string, url: string, nowMs: EpochMs): Finding {
  const { role, expiresAtMs, ref } = form;
  const urlRef = refOf(url);
  if (ref !== null && urlRef !== null && ref !== urlRef) {
    return fail(`JWT of the project ${ref}, but SUPABASE_URL names ${urlRef}`, "use key and address of one project");
  }
  if (role === null || expiresAtMs === null) {
    return fail("JWT without role or exp: the Realtime server refuses it", COPY);
  }
  const leftMs = expiresAtMs - nowMs;
  const days = Math.floor(Math.abs(leftMs) / DAY_MS);
  const figures = { expires_in_seconds: Math.round(leftMs / SECOND_MS) };
  if (leftMs <= 0) {
    return fail(
      `JWT, role ${role}, expired ${inNumber(days)} days ago`,
      "make a new key in the project's settings",
      figures,
    );
  }
  const text = `JWT, role ${role}, expires in ${inNumber(days)} days`;
  if (role !== wanted) return warn(text, `use the key with the role ${wanted}`, figures);
  return leftMs < EXPIRES_SOON_MS ? warn(text, "make a new key before it does", figures) : ok(text, figures);
}
