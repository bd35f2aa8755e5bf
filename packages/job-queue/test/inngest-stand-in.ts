/**
 * A stand-in for Inngest: takes events on `/e/<key>`, registers what is served, and calls it as the real executor does
 * (signed POST with fnId and stepId, the state of finished steps, a sleep answered by 206 and called again, retries after
 * 5xx). `behave` breaks its event API, `deliveries` and `sleeps` decide when its calls go out; nothing here waits for time.
 *
 * @source inngest/inngest, pkg/execution/driver (request.go, httpdriver) and pkg/deploy for the signed PUT
 */

/** What its event API does with a request. */
export type Behaviour =
  | { readonly kind: "up" }
  /** Answers with that status. */
  | { readonly kind: "status"; readonly status: number }
  /** Answers 200 with something that is not Inngest's. */
  | { readonly kind: "foreign" }
  /** Takes nothing and does not answer. */
  | { readonly kind: "silent" }
  /** Takes the events, and its answer never arrives. */
  | { readonly kind: "mute" };

export interface StandInEvent {
  readonly id: string;
  readonly name: string;
  readonly ts: number;
  readonly data: { readonly job_id: string; readonly not_before?: string; readonly [key: string]: unknown };
}

/** One run of one function, as Inngest would show it. */
export interface StandInRun {
  readonly eventId: string;
  readonly jobId: string;
  readonly calls: number;
  readonly status: "completed" | "failed";
  readonly output: unknown;
}

export interface InngestStandIn extends AsyncDisposable {
  readonly url: string;
  readonly eventKey: string;
  readonly signingKey: string;
  /** Requests to the event API, whatever became of them. */
  readonly requestCount: number;
  /** Accepted events; one of an id that was there before is dropped, as Inngest does for 24 h. */
  readonly events: readonly StandInEvent[];
  readonly droppedCount: number;
  readonly runs: readonly StandInRun[];
  behave(behaviour: Behaviour): void;
  /** No event API there at all, until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): void;
  /** How often each event is delivered, at the same time. Default 1. */
  copies: number;
  /** `held`: until `release`. Default `at once`. */
  deliveries: "at once" | "held";
  /** `skipped`: a sleep is over at once, as by a clock that is ahead; `held`: until `wake`. Default `skipped`. */
  sleeps: "skipped" | "held";
  /** Delivers what is held, in the order that `arrange` makes of it. */
  release(arrange?: (events: readonly StandInEvent[]) => readonly StandInEvent[]): void;
  /** Ends the sleeps that are held. */
  wake(): void;
  readonly sleeping: number;
  /**
   * Registers what is served there by a signed PUT: answered in band, as its cloud asks for, or by a request to its own
   * `/fn/register`, as a self-hosted one does. The ids and triggers of its functions.
   */
  sync(
    servedAt: string,
    kind?: "in_band" | "out_of_band",
  ): Promise<{ status: number; functions: readonly RegisteredFunction[] }>;
  /** One call of a function, signed with `key`. */
  call(event: StandInEvent, options?: { readonly key?: string; readonly at?: number }): Promise<Response>;
  /** Resolves when no run is under way or asleep. */
  settled(): Promise<void>;
  /** Resolves as soon as `isTrue` holds; looked at after each thing that happens here. */
  until(isTrue: () => boolean): Promise<void>;
}

export interface RegisteredFunction {
  readonly id: string;
  readonly triggers: readonly { readonly event: string }[];
  readonly steps: {
    readonly step: { readonly runtime: { readonly url: string }; readonly retries?: { attempts: number } };
  };
}

interface Operation {
  readonly id: string;
  readonly op: string;
  readonly name: string;
}

const DEFAULT_RETRIES = 4;

export function startInngestStandIn({ signingKey = `signkey-test-${"5a".repeat(32)}` } = {}): InngestStandIn {
  const eventKey = "event-key-of-the-test";
  const seen = new Set<string>();
  const events: StandInEvent[] = [];
  const runs: StandInRun[] = [];
  const held: StandInEvent[] = [];
  const sleepers: (() => void)[] = [];
  const watchers = new Set<() => void>();
  const hung = new Set<() => void>();
  const underWay = new Set<Promise<void>>();
  let behaviour: Behaviour = { kind: "up" };
  let functions: readonly RegisteredFunction[] = [];
  let requestCount = 0;
  let droppedCount = 0;

  const noted = () => {
    for (const look of [...watchers]) look();
  };

  const never = () => new Promise<Response>((resolve) => hung.add(() => resolve(new Response(null, { status: 503 }))));

  const take = (batch: readonly StandInEvent[]) => {
    for (const event of batch) {
      if (seen.has(event.id)) droppedCount += 1;
      if (seen.has(event.id)) continue;
      seen.add(event.id);
      events.push(event);
      if (standIn.deliveries === "held") held.push(event);
      else deliver(event);
    }
    noted();
    return Response.json({ ids: batch.map((event) => event.id), status: 200 });
  };

  const receive = async (request: Request): Promise<Response> => {
    requestCount += 1;
    noted();
    const key = new URL(request.url).pathname.slice("/e/".length);
    const batch = (await request.json()) as readonly StandInEvent[];
    if (behaviour.kind === "silent") return never();
    if (behaviour.kind === "status") return Response.json({ status: behaviour.status }, { status: behaviour.status });
    if (behaviour.kind === "foreign") return new Response("<html>Welcome</html>");
    if (key !== eventKey) return Response.json({ error: "Event key not found", status: 401 }, { status: 401 });
    const answer = take(batch);
    return behaviour.kind === "mute" ? never() : answer;
  };

  const register = async (request: Request): Promise<Response> => {
    if (request.headers.get("authorization") !== `Bearer ${hashedKey(signingKey)}`) {
      return Response.json({ error: "Unauthorized", status: 401 }, { status: 401 });
    }
    const body = (await request.json()) as { functions: readonly RegisteredFunction[] };
    functions = body.functions;
    return Response.json({ ok: true, modified: true });
  };

  const deliver = (event: StandInEvent) => {
    for (const served of functions.filter((one) => one.triggers.some((trigger) => trigger.event === event.name))) {
      for (let copy = 0; copy < standIn.copies; copy += 1) {
        const run = execute(served, event).then((ended) => {
          runs.push(ended);
          underWay.delete(run);
          noted();
        });
        underWay.add(run);
      }
    }
  };

  const execute = async (served: RegisteredFunction, event: StandInEvent): Promise<StandInRun> => {
    const steps: Record<string, { type: "data"; data: null }> = {};
    const attempts = (served.steps.step.retries?.attempts ?? DEFAULT_RETRIES) + 1;
    const runId = crypto.randomUUID();
    let calls = 0;
    let failures = 0;
    for (;;) {
      calls += 1;
      const response = await post(served, event, { runId, steps, attempt: failures }).catch(() => null);
      const output: unknown = response ? await response.json().catch(() => null) : null;
      const run = { eventId: event.id, jobId: event.data.job_id, calls, output };
      if (response?.status === 200) return { ...run, status: "completed" };
      if (response?.status === 206) {
        for (const { id, op, name } of output as readonly Operation[]) {
          if (op !== "Sleep" || Number.isNaN(Date.parse(name)))
            throw new Error(`an operation nobody knows: ${op} ${name}`);
          await sleep();
          steps[id] = { type: "data", data: null };
        }
        continue;
      }
      failures += 1;
      if (response?.headers.get("x-inngest-no-retry") === "true" || failures >= attempts)
        return { ...run, status: "failed" };
    }
  };

  const sleep = async () => {
    if (standIn.sleeps === "skipped") return;
    const over = Promise.withResolvers<void>();
    sleepers.push(over.resolve);
    noted();
    await over.promise;
  };

  const post = (
    served: RegisteredFunction,
    event: StandInEvent,
    state: { runId: string; steps: object; attempt: number; key?: string; at?: number },
  ) => {
    const stack = Object.keys(state.steps);
    const body = canonical({
      event,
      events: [event],
      steps: state.steps,
      ctx: {
        fn_id: crypto.randomUUID(),
        run_id: state.runId,
        step_id: "step",
        env: "test",
        attempt: state.attempt,
        max_attempts: DEFAULT_RETRIES + 1,
        disable_immediate_execution: false,
        use_api: false,
        qi_id: "",
        stack: { stack, current: stack.length },
      },
      version: 2,
      use_api: false,
    });
    const headers = {
      "content-type": "application/json",
      "x-run-id": state.runId,
      "x-inngest-server-kind": "cloud",
      "x-inngest-signature": sign(body, state.key ?? signingKey, state.at),
    };
    return fetch(served.steps.step.runtime.url, { method: "POST", body, headers });
  };

  const serve = (port: number) =>
    Bun.serve({
      port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      routes: { "/e/:key": { POST: receive }, "/fn/register": { POST: register } },
      fetch: () => new Response(null, { status: 404 }),
    });
  let server: ReturnType<typeof serve> | undefined = serve(0);
  const port = Number(server.port);

  const hangUp = () => {
    for (const end of hung) end();
    hung.clear();
  };

  const standIn: InngestStandIn = {
    url: `http://127.0.0.1:${port}/`,
    eventKey,
    signingKey,
    events,
    runs,
    copies: 1,
    deliveries: "at once",
    sleeps: "skipped",
    get requestCount() {
      return requestCount;
    },
    get droppedCount() {
      return droppedCount;
    },
    get sleeping() {
      return sleepers.length;
    },
    behave(next) {
      behaviour = next;
      hangUp();
    },
    async goAway() {
      hangUp();
      await server?.stop(true);
      server = undefined;
    },
    comeBack() {
      server ??= serve(port);
    },
    release(arrange = (waiting) => waiting) {
      for (const event of arrange(held.splice(0))) deliver(event);
    },
    wake() {
      for (const end of sleepers.splice(0)) end();
    },
    async sync(servedAt, kind = "in_band") {
      const body = canonical({ url: servedAt });
      const headers = {
        "content-type": "application/json",
        "x-inngest-server-kind": "cloud",
        "x-inngest-sync-kind": kind,
        "x-inngest-signature": sign(body, signingKey),
      };
      const response = await fetch(servedAt, { method: "PUT", body, headers });
      const answer = (await response.json()) as { functions?: readonly RegisteredFunction[] };
      if (kind === "in_band") functions = answer.functions ?? [];
      return { status: response.status, functions };
    },
    call(event, options = {}) {
      const [served] = functions;
      if (!served) throw new Error("nothing is registered");
      return post(served, event, { runId: crypto.randomUUID(), steps: {}, attempt: 0, ...options });
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    until(isTrue) {
      const reached = Promise.withResolvers<void>();
      const look = () => {
        if (!isTrue()) return;
        watchers.delete(look);
        reached.resolve();
      };
      watchers.add(look);
      look();
      return reached.promise;
    },
    async [Symbol.asyncDispose]() {
      standIn.wake();
      await standIn.goAway();
    },
  };
  return standIn;
}

/** `t=<seconds>&s=<hex>`, over the body and the time. */
function sign(body: string, key: string, atSeconds = Math.floor(Date.now() / 1000)): string {
  const hmac = new Bun.CryptoHasher("sha256", key.replace(/^signkey-\w+-/, ""));
  hmac.update(body);
  hmac.update(`${atSeconds}`);
  return `t=${atSeconds}&s=${hmac.digest("hex")}`;
}

/** What is shown of a signing key. */
function hashedKey(key: string): string {
  const [prefix = ""] = /^signkey-\w+-/.exec(key) ?? [];
  return (
    prefix +
    new Bun.CryptoHasher("sha256", undefined).update(Buffer.from(key.slice(prefix.length), "hex")).digest("hex")
  );
}

/** JSON with the keys of objects in order (RFC 8785, for what is sent here). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const members = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}
