import type { TestProject } from "vitest/node";
import { prepareBaseDatabase } from "./base-database.ts";
import { type RunningServer, startTestEmbedded, startTestServer } from "./postgres-servers.ts";
import "../src/test-servers.ts";
import { findChromium } from "../src/chromium-program.ts";
import { findPgbouncer } from "../src/pgbouncer-program.ts";
import { findHelm } from "./helm-program.ts";
import { findPrometheus } from "./prometheus-programs.ts";
import { startTestRedis } from "./redis-server.ts";

/** Starts the servers that all test files of a run share, and stops them when it ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: RunningServer[] = [];
  const keep = <Server extends RunningServer | undefined>(server: Server): Server => {
    if (server) started.push(server);
    return server;
  };
  const stopAll = async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const starts = await Promise.allSettled([
    startTestEmbedded().then(keep),
    startTestServer(process.env["DATABASE_URL"]).then(keep),
    startTestRedis(process.env["REDIS_URL"]).then(keep),
  ]);
  try {
    const failed = starts.find((start) => start.status === "rejected");
    if (failed) throw failed.reason;
    const [embedded, server, redis] = starts.map((start) =>
      start.status === "fulfilled" ? start.value?.url : undefined,
    );
    if (!embedded) throw new Error("the embedded Postgres gave no URL");
    requireInCi("a Postgres server (DATABASE_URL, or Debian's postgresql package)", server);
    requireInCi("a Redis server (REDIS_URL, or Debian's redis-server package)", redis);
    const prometheus = findPrometheus();
    requireInCi("Prometheus (Debian's prometheus package)", prometheus);
    const pgbouncer = findPgbouncer();
    requireInCi("PgBouncer (Debian's pgbouncer package)", pgbouncer);
    const chromium = findChromium();
    requireInCi("Chromium (Debian's chromium-headless-shell package)", chromium);
    const helm = findHelm();
    requireInCi("the tools of the Helm chart (bun install --omit=peer --cwd deploy/kubernetes/tools)", helm);
    await Promise.all([embedded, server].map((url) => url && prepareBaseDatabase(url)));
    project.provide("servers", { embedded, server, redis, prometheus, pgbouncer, chromium, helm });
  } catch (thrown) {
    await stopAll();
    throw thrown;
  }
  return stopAll;
}

function requireInCi(what: string, found: unknown): void {
  if (found) return;
  if (process.env["CI"] === "true") throw new Error(`CI needs ${what}: its tests must not be skipped there`);
  process.stderr.write(`SKIPPED: everything that needs ${what}\n`);
}
