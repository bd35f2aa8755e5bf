import { AsyncLocalStorage } from "node:async_hooks";
import type { JobHandler, QueueHandler } from "@shoal/job-queue";
import type { BotKind } from "../fleet/bot-kind.ts";
import type { FleetJobs } from "../jobs/fleet-jobs.ts";
import { checkedComplaint, type ReportValue } from "./checked-values.ts";

const RECENT_COUNT = 3;

const running = new AsyncLocalStorage<string>();
let recent: readonly string[] = [];

/** Calls code of the fleet file under a name like `bot kind echo`, which its timers and callbacks keep. */
function call<T>(name: string, work: () => T): T {
  if (recent[0] !== name) recent = [name, ...recent.filter((other) => other !== name)].slice(0, RECENT_COUNT);
  return running.run(name, work);
}

/** The code of the fleet file that runs now, as far as that is known. The platform does not say it of a rejection. */
export function runningCode(): string | undefined {
  return running.getStore();
}

/** What ran last of the fleet file, the latest first. */
export function recentCode(): readonly string[] {
  return recent;
}

/** Makes each call of the fleet file's bot kinds and handlers one under its name, and checks what their checks return. */
export function named<Fleet extends { readonly botKinds: readonly BotKind[]; readonly jobs: FleetJobs }>(
  fleet: Fleet,
  report: ReportValue,
): Fleet {
  const { handlers, queues } = fleet.jobs;
  return {
    ...fleet,
    botKinds: fleet.botKinds.map((kind) => namedKind(kind, report)),
    jobs: {
      ...fleet.jobs,
      ...(handlers && { handlers: mapped(handlers, (handler, type) => namedJobHandler(handler, type, report)) }),
      ...(queues && { queues: mapped(queues, (handler, queue) => namedQueueHandler(handler, queue, report)) }),
    },
  };
}

function mapped<T>(named: Readonly<Record<string, T>>, change: (value: T, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, change(value, name)]));
}

/** Inherits, because a handler may be an object of a class, whose methods are called on it as they were written. */
function derived<T extends object>(original: T, methods: Partial<T>): T {
  const own = Object.entries(methods).map(([name, value]) => [name, { value, enumerable: true }] as const);
  return Object.create(original, Object.fromEntries(own)) as T;
}

function namedJobHandler(handler: JobHandler, type: string, report: ReportValue): JobHandler {
  const name = `job handler ${type}`;
  return derived<JobHandler>(handler, {
    run: (job, context) => call(name, () => handler.run(job, context)),
    ...(handler.check && {
      check: (payload) =>
        checkedComplaint(`jobs.handlers.${type}.check()`, report, () => call(name, () => handler.check?.(payload))),
    }),
  });
}

function namedQueueHandler(handler: QueueHandler, queue: string, report: ReportValue): QueueHandler {
  const name = `queue handler ${queue}`;
  return derived<QueueHandler>(handler, {
    run: (message, context) => call(name, () => handler.run(message, context)),
    ...(handler.check && {
      check: (payload) =>
        checkedComplaint(`jobs.queues.${queue}.check()`, report, () => call(name, () => handler.check?.(payload))),
    }),
  });
}

function namedKind(kind: BotKind, report: ReportValue): BotKind {
  const name = `bot kind ${kind.kind}`;
  const { onTick, onStop, checkSettings } = kind;
  return derived<BotKind>(kind, {
    onMatched: (ctx) => call(name, () => kind.onMatched(ctx)),
    onMessage: (ctx, message) => call(name, () => kind.onMessage(ctx, message)),
    ...(onTick && { onTick: (ctx) => call(name, () => onTick.call(kind, ctx)) }),
    ...(onStop && { onStop: (ctx, reason, canSpeak) => call(name, () => onStop.call(kind, ctx, reason, canSpeak)) }),
    ...(checkSettings && {
      checkSettings: (settings) =>
        checkedComplaint(`checkSettings() of the ${name}`, report, () =>
          call(name, () => checkSettings.call(kind, settings)),
        ),
    }),
  });
}
