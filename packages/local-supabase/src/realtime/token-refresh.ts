import { SECOND_MS } from "@shoal/kernel";
import { refreshErrorText } from "../keys.ts";
import type { Channel } from "./channel.ts";
import { shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import { asRecord } from "./join-payload.ts";
import { canRead, noReadText, policiesFor } from "./policies.ts";

/** A new token for a joined channel. A good one is taken over without a word, a bad one ends the channel. */
export function refreshToken(core: Core, channel: Channel, payload: unknown): Promise<void> | undefined {
  const token = asRecord(payload)?.["access_token"];
  if (typeof token !== "string" || token.startsWith("sb_") || token === channel.token) return undefined;
  return apply(core, channel, token);
}

/** Ends every channel whose token has run out. @returns when the next one does, in ms since the Unix epoch */
export function closeExpired(core: Core, channels: Iterable<Channel>, nowMs: number): number {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const channel of channels) {
    const expiresAtMs = channel.claims.exp * SECOND_MS;
    if (expiresAtMs > nowMs) nextMs = Math.min(nextMs, expiresAtMs);
    else {
      const agoSeconds = Math.floor(nowMs / SECOND_MS) - channel.claims.exp;
      shutChannel(core, channel, refreshErrorText({ kind: "expired", agoSeconds }));
    }
  }
  return nextMs;
}

async function apply(core: Core, channel: Channel, token: string): Promise<void> {
  const verdict = await core.tokens.verify(token);
  if (verdict.kind === "refused") return shutChannel(core, channel, refreshErrorText(verdict.refusal));
  const before = channel.policies;
  channel.standUnder(token, verdict.claims, await policiesFor(core, channel, verdict.claims));
  const after = channel.policies;
  if (!canRead(after)) return shutChannel(core, channel, noReadText(channel.topicName));
  const isReadRevoked = (before.broadcastRead && !after.broadcastRead) || (before.presenceRead && !after.presenceRead);
  if (isReadRevoked) {
    const message = `You no longer have permission to read from this Channel topic: ${channel.topicName}`;
    return shutChannel(core, channel, message);
  }
  core.expectExpiry(verdict.claims.exp * SECOND_MS);
}
