import { createSystemRuntime } from "@shoal/kernel";
import { createUpgradeQuestion } from "./adapters/http/diagnose-upgrade.ts";
import { createNoticeSender } from "./adapters/http/notices.ts";
import { createRealtimeJsDriver } from "./adapters/realtime-js/socket.ts";
import { type RealtimePoolConfig, resolveOptions } from "./options.ts";
import { Pool } from "./pool.ts";
import { TokenSource } from "./tokens.ts";
import type { RealtimePool } from "./types.ts";
import { withUpgradeDiagnosis } from "./upgrade-diagnosis.ts";

/**
 * Makes a pool for one Supabase project. Nothing is opened before the first `acquire`.
 *
 * Times are in ms; defaults are in `DEFAULT_OPTIONS`.
 * @throws POOL_BAD_OPTIONS (not retryable) names every problem at once
 */
export function createRealtimePool(config: RealtimePoolConfig): RealtimePool {
  const options = resolveOptions(config);
  const base = `${config.url.replace(/\/+$/, "")}/realtime/v1`;
  const { apiKey, accessToken, runtime = createSystemRuntime() } = config;
  const askUpgrade = createUpgradeQuestion({ url: base, apiKey, clock: runtime.clock });
  const tokens = accessToken && new TokenSource({ runtime, ask: accessToken });
  return new Pool({
    runtime,
    options,
    driver: withUpgradeDiagnosis({
      driver: createRealtimeJsDriver({ url: base, apiKey, tokens, runtime, options }),
      clock: runtime.clock,
      ask: askUpgrade,
    }),
    askUpgrade,
    notices: createNoticeSender({
      url: `${base}/api/broadcast`,
      apiKey,
      accessToken: tokens && (() => tokens.forJoin()),
      runtime,
      isPrivate: options.private,
      maxParallel: options.maxNotices,
      retries: options.noticeRetries,
      timeoutMs: options.replyTimeoutMs,
    }),
    joinAllowance: config.joinAllowance,
    canRefresh: tokens !== undefined,
    tokens,
  });
}
