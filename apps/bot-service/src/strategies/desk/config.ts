import { isDeeperThan, isStorableJson, MAX_JSON_LEVELS } from "@shoal/kernel";
import { type CheckedCode, type JsonObject, LIMITS } from "@shoal/strategy-runner";
import { invalid } from "./errors.ts";

/** Refuses settings that no run of the code could be given. @throws STRATEGY_INVALID */
export function requireConfig(config: JsonObject, code: Pick<CheckedCode, "config">): void {
  if (isDeeperThan(config, MAX_JSON_LEVELS)) {
    throw invalid("config", `must be nested at most ${MAX_JSON_LEVELS} levels deep`);
  }
  const text = JSON.stringify({ ...code.config, ...config });
  if (!isStorableJson(text)) throw invalid("config", "must be text that can be stored, without the character 0");
  const byteCount = Buffer.byteLength(text);
  if (byteCount <= LIMITS.configBytes) return;
  const limit = `may have ${LIMITS.configBytes}`;
  throw invalid("config", `has ${byteCount} bytes of JSON together with the defaults of the code, and ${limit}`);
}
