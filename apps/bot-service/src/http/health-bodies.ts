import type { QueuesHealth } from "@shoal/job-queue";
import { z } from "zod";

const status = z.enum(["healthy", "warning", "critical"]);

export const dbQueue = z.object({
  status,
  pending: z.int(),
  running: z.int(),
  completed: z.int(),
  dead: z.int(),
  oldestPending: z.number().nullable().describe("How long the oldest due job has waited, in ms"),
  processingRate: z.int().describe("Jobs done in the last hour"),
});

export const pgmqQueues = z.object({
  status,
  queues: z.record(
    z.string(),
    z.object({
      status,
      depth: z.int(),
      visible: z.int(),
      oldestMs: z.number().nullable(),
      deadLetters: z.int(),
      hasHandler: z.boolean(),
    }),
  ),
  totals: z.object({ depth: z.int(), visible: z.int(), deadLetters: z.int() }),
});

export const queuesHealth = z.object({
  status,
  executionMode: z.enum(["supabase", "inngest", "fallback", "dual_run"]),
  dbQueue,
  pgmqQueues,
  recommendations: z.array(z.string()),
}) satisfies z.ZodType<QueuesHealth>;

export const databaseHealth = z.object({
  status,
  isReachable: z.boolean(),
  latencyMs: z.number().nullable().describe("Of one short question"),
  errorCode: z.string().nullable(),
  poolerMode: z.enum(["direct", "session", "transaction"]),
  connections: z.object({ used: z.int(), max: z.int() }).nullable().describe("Of the server, whoever holds them"),
  migrations: z.object({ applied: z.int(), pending: z.int() }).nullable(),
  recommendations: z.array(z.string()),
});

export const systemHealth = z.object({
  status,
  version: z.string(),
  runtime: z.string(),
  uptimeMs: z.int(),
  memory: z.object({ residentBytes: z.int(), heapUsedBytes: z.int() }),
  cpu: z.object({ seconds: z.number(), ratio: z.number() }).describe("Since the process started"),
  eventLoop: z.object({ lagMs: z.number(), maxLagMs: z.number() }),
  openFiles: z.int().nullable(),
});

export type DatabaseHealth = z.infer<typeof databaseHealth>;
