import { Inngest, InngestCommHandler, NonRetriableError } from "inngest";
import type { InngestEvent, InngestPort, InngestPortOptions } from "../port.ts";
import { createEventSender } from "./event-sender.ts";

/** For calls that did not get through: the attempts of a job are counted by its row. */
const CALL_RETRIES = 4;
const JOB_DUE = "shoal/job.due";
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * What the SDK would read of the environment, by itself and again at each request: keys that are not configured, another
 * address to call, the switch that turns signatures off. An explicit undefined hides each of them.
 * @source inngest 4.24.0, helpers/consts.js (envKeys) and helpers/env.js
 */
const NO_ENVIRONMENT: Readonly<Record<string, undefined>> = Object.fromEntries(
  [
    ...["SIGNING_KEY", "SIGNING_KEY_FALLBACK", "EVENT_KEY", "DEVSERVER_URL", "ENV", "BASE_URL", "EVENT_API_BASE_URL"],
    ...["API_BASE_URL", "SERVE_HOST", "SERVE_PATH", "SERVE_ORIGIN", "STREAMING", "DEV", "ALLOW_IN_BAND_SYNC"],
    ...["SESSION_PROPAGATION", "ENABLE_UNAUTHED_SYNC"],
  ]
    .map((name) => `INNGEST_${name}`)
    .concat("BRANCH_NAME", "BRANCH", "VERCEL", "VERCEL_GIT_COMMIT_REF", "CF_PAGES", "CF_PAGES_BRANCH", "NETLIFY")
    .concat("RENDER", "RENDER_GIT_BRANCH", "RAILWAY_GIT_BRANCH", "RAILWAY_ENVIRONMENT")
    .map((name) => [name, undefined]),
);

/** Inngest by its own SDK, with everything given and nothing left to find by itself. */
export function createInngestPort(options: InngestPortOptions): InngestPort {
  const sender = createEventSender(options.fetch ?? fetch);
  const client = createClient(options, sender.fetch);
  const runJob = client.createFunction(
    {
      id: "run-job",
      name: "Run a job of shoal.jobs",
      triggers: [{ event: JOB_DUE }],
      retries: CALL_RETRIES,
      priority: { run: "event.data.priority" },
    },
    async ({ event, step }) => {
      const { jobId, notBefore } = readEvent(event.data);
      if (notBefore) await step.sleepUntil("leave it to the workers", notBefore);
      return options.onCall(jobId);
    },
  );
  const served = new ServedFunctions({
    frameworkName: "shoal",
    client,
    functions: [runJob],
    // Registrations, too, must be signed: Inngest signs them, and no one else may make us call it.
    enableUnauthedSync: false,
    handler: (request: Request) => ({
      body: () => request.text(),
      headers: (name: string) => request.headers.get(name),
      method: () => request.method,
      url: () => new URL(request.url),
      env: () => NO_ENVIRONMENT,
      transformResponse: ({ body, status, headers }) => new Response(body, { status, headers }),
    }),
  });
  // Its constructor has read the environment once more.
  client.setEnvVars(NO_ENVIRONMENT);
  return {
    send: (events, signal) => sender.send(() => client.send(events.map(payloadOf)), signal),
    handle: served.createHandler<(request: Request) => Promise<Response>>(),
  };
}

/** Served where Inngest says that it calls us, not where the environment says. */
class ServedFunctions extends InngestCommHandler {
  protected override reqUrl(url: URL): URL {
    return new URL(url);
  }
}

function createClient(options: InngestPortOptions, fetch: typeof globalThis.fetch) {
  return new Inngest({
    id: options.appId,
    eventKey: options.eventKey,
    signingKey: options.signingKey,
    ...(options.previousSigningKey ? { signingKeyFallback: options.previousSigningKey } : {}),
    ...(options.baseUrl ? { baseUrl: options.baseUrl } : {}),
    fetch,
    // Never: it would take calls without a signature.
    isDev: false,
    // What it says is in our events and errors, without what it may quote.
    logger: silent,
    // No spans of other libraries are watched, and nothing of one run travels with another's events.
    aiMetadata: false,
    sessionPropagation: false,
    // One step at most: nothing to be reported while it runs.
    checkpointing: false,
  });
}

function payloadOf(event: InngestEvent) {
  return {
    id: event.id,
    name: JOB_DUE,
    // A time that is past for sure: one ahead of Inngest's clock would put the run off.
    ts: Math.floor(event.dueAtMs),
    data: {
      job_id: event.jobId,
      type: event.type,
      priority: event.priority,
      ...(event.notBeforeMs === null ? {} : { not_before: new Date(event.notBeforeMs).toISOString() }),
    },
  };
}

/** Reads an event without trusting it: everyone with the event key may send any. */
function readEvent(data: Readonly<Record<string, unknown>>): { jobId: string; notBefore: string | undefined } {
  const { job_id: jobId, not_before: notBefore } = data;
  if (typeof jobId !== "string" || !/^[1-9]\d{0,17}$/.test(jobId)) {
    throw new NonRetriableError("The event names no job: it was not sent by this daemon.");
  }
  const isTime = typeof notBefore === "string" && !Number.isNaN(Date.parse(notBefore));
  return { jobId, notBefore: isTime ? notBefore : undefined };
}
