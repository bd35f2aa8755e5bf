import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";

const text = readFileSync(join(import.meta.dirname, "fly.toml"), "utf8");
const seconds = z.string().regex(/^\d+(s|m)$/);

/** What Fly takes, as far as we use it: it leaves a key that it does not know out of account. @source https://fly.io/docs/reference/configuration */
const schema = z.strictObject({
  primary_region: z.string().length(3),
  kill_signal: z.literal("SIGTERM"),
  kill_timeout: seconds,
  env: z.record(z.string(), z.string()),
  deploy: z.strictObject({ strategy: z.literal("rolling"), max_unavailable: z.number(), wait_timeout: seconds }),
  checks: z.record(
    z.string(),
    z.strictObject({
      ...{ type: z.literal("http"), method: z.literal("get"), path: z.string(), port: z.number() },
      ...{ interval: seconds, timeout: seconds, grace_period: seconds },
    }),
  ),
  metrics: z.strictObject({ port: z.number(), path: z.string() }),
  restart: z.array(z.strictObject({ policy: z.enum(["always", "never", "on-failure"]) })),
  vm: z.array(z.strictObject({ size: z.string(), memory: z.string().regex(/^\d+(mb|gb)$/) })),
});

it("fly.toml has what Fly knows, asks the daemon where it listens, and kills 10 s after the drain", () => {
  const { env, kill_timeout, checks, metrics } = schema.parse(Bun.TOML.parse(text));
  expect(kill_timeout).toBe(`${Number(env["DRAIN_TIMEOUT_MS"]) / 1000 + 10}s`);
  const port = Number(env["HTTP_PORT"]);
  expect(Object.values(checks).map((check) => [check.path, check.port])).toEqual([["/readyz", port]]);
  expect(metrics).toEqual({ port, path: "/metrics" });
});

it("a misspelt key in fly.toml would be found", () => {
  expect(schema.safeParse(Bun.TOML.parse(text.replace("kill_timeout", "kil_timeout"))).success).toBe(false);
  expect(schema.safeParse(Bun.TOML.parse(text.replace("grace_period", "graceperiod"))).success).toBe(false);
});
