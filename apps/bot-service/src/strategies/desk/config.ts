import { isDeeperThan, isFleetError, isStorableJson, MAX_JSON_LEVELS } from "@shoal/kernel";
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

/** Says what is wrong with settings that the table refused: it counts each digit of 1e300. @throws STRATEGY_INVALID, or what was thrown */
export function orConfigRefused(thrown: unknown): never {
  const isConfig =
    isFleetError(thrown, "STORE_CONSTRAINT") && thrown.details["constraint"] === "strategies_config_check";
  throw isConfig ? invalid("config", "may have 64 kB of JSON when all digits of its numbers are written out") : thrown;
}
