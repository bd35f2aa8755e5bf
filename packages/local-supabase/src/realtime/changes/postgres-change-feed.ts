import { errorFields, isFleetError, type Runtime, SECOND_MS, sleep } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import type { Channel } from "../channel.ts";
import type { Core } from "../core.ts";
import { DelayedSends } from "../delayed-sends.ts";
import { encodeWithPayloadText } from "../frames.ts";
import { deliverRow, isMessageRow } from "../messages/deliver-row.ts";
import type { ChangeFeed, IdentifiedParams } from "./change-feed.ts";
import { changePayload, refusalOf } from "./change-payload.ts";
import { ChangeStream } from "./change-stream.ts";
import { ChangeVisibility, type Inspection } from "./change-visibility.ts";
import type { RowMessage, Transaction } from "./pgoutput.ts";
import { parseSubscriptionParams, type SubscriptionParams } from "./subscription-params.ts";
import { TableCatalog } from "./table-catalog.ts";
import { type TableChange, toTableChange } from "./table-change.ts";
import { validateSubscription } from "./validate-subscription.ts";

/** The publication of Supabase for this. @source https://supabase.com/docs/guides/realtime/postgres-changes */
const PUBLICATION = "supabase_realtime";
const MESSAGES_PUBLICATION = { name: "supabase_realtime_messages_publication", table: "realtime.messages" };
/** One for the changes, one for subscriptions. */
const MAX_CONNECTIONS = 2;
const RETRY_MS = SECOND_MS;
const NO_RIGHTS = { readable: new Set<string>(), isAboveRowSecurity: false };

interface Subscription {
  readonly channel: Channel;
  readonly id: number;
  readonly params: SubscriptionParams;
}

export interface PostgresChangeFeedOptions {
  readonly runtime: Runtime;
  readonly databaseUrl: string;
  readonly core: () => Core;
}

/** Delivers database changes and broadcasts of the database from logical replication. The stream starts with the first join. */
export class PostgresChangeFeed implements ChangeFeed {
  readonly #runtime: Runtime;
  readonly #core: () => Core;
  readonly #database: Database;
  readonly #stream: ChangeStream;
  readonly #catalog: TableCatalog;
  readonly #visibility: ChangeVisibility;
  readonly #late: DelayedSends;
  readonly #closing = new AbortController();
  /** The subscriptions of live channels. Empty for a channel whose parameters are still being checked. */
  readonly #subscriptions = new Map<Channel, readonly Subscription[]>();
  #isOverLimit = false;

  constructor({ runtime, databaseUrl, core }: PostgresChangeFeedOptions) {
    this.#runtime = runtime;
    this.#core = core;
    this.#late = new DelayedSends(runtime.clock);
    // Statements differ from change to change: prepared ones would accumulate on the server.
    this.#database = createDatabase({ url: databaseUrl, runtime, maxConnections: MAX_CONNECTIONS, prepare: false });
    this.#catalog = new TableCatalog(this.#database);
    this.#visibility = new ChangeVisibility(this.#database);
    this.#stream = new ChangeStream({
      runtime,
      url: databaseUrl,
      publications: [{ name: PUBLICATION }, MESSAGES_PUBLICATION],
      database: this.#database,
      onRow: (row, transaction) => this.#onRow(row, transaction),
      onLive: (slot) => core().events.emit("changes:live", { slot }),
      onLost: (reason) => core().events.emit("changes:lost", { reason }),
    });
  }

  get isLive(): boolean {
    return this.#stream.isLive;
  }

  live(): Promise<void> {
    return this.#stream.live();
  }

  subscribe(channel: Channel, changes: readonly IdentifiedParams[]): void {
    const subscriptions: Subscription[] = [];
    for (const { id, ...entry } of changes) {
      const parsed = parseSubscriptionParams(entry);
      if (parsed.kind === "refused") return channel.system("postgres_changes", "error", parsed.message);
      subscriptions.push({ channel, id, params: parsed.params });
    }
    this.#subscriptions.set(channel, []);
    void this.#goLive(channel, subscriptions);
  }

  unsubscribe(channel: Channel): void {
    this.#subscriptions.delete(channel);
  }

  silence(): number {
    const heard = [...this.#subscriptions].filter(([, subscriptions]) => subscriptions.length > 0);
    for (const [channel] of heard) this.#subscriptions.set(channel, []);
    return heard.length;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#subscriptions.clear();
    this.#late.drop();
    await this.#stream.close();
    await this.#database.close();
  }

  async #goLive(channel: Channel, subscriptions: readonly Subscription[]): Promise<void> {
    const isWanted = () => this.#subscriptions.has(channel);
    while (isWanted()) {
      await this.#stream.live();
      try {
        const complaint = await this.#validate(channel, subscriptions);
        if (!isWanted()) return;
        if (complaint) {
          this.#subscriptions.delete(channel);
          return channel.system("postgres_changes", "error", complaint);
        }
        this.#subscriptions.set(channel, subscriptions);
        return channel.system("postgres_changes", "ok", "Subscribed to PostgreSQL");
      } catch (error) {
        // The database was lost meanwhile: check again once the stream is live.
        this.#runtime.log.warn(errorFields(error), "could not check a postgres_changes subscription, trying again");
        await sleep(this.#runtime.clock, RETRY_MS, this.#closing.signal).catch(() => {});
      }
    }
  }

  async #validate(channel: Channel, subscriptions: readonly Subscription[]): Promise<string | undefined> {
    for (const { params } of subscriptions) {
      const complaint = await validateSubscription(this.#database, PUBLICATION, params, channel.claims.role);
      if (complaint) return complaint;
    }
    return undefined;
  }

  async #onRow(row: RowMessage, { committedAtMs, xid }: Transaction): Promise<void> {
    if (isMessageRow(row)) return deliverRow(this.#core(), row);
    const concerned = this.#concerned(row);
    if (concerned.length === 0) return;
    const { faults, events } = this.#core();
    if (faults.areChangesMuted) {
      const { schema, table } = row.relation;
      return events.emit("changes:muted", { schema, table });
    }
    try {
      const facts = await this.#catalog.factsOf(row.relation);
      if (!facts) return;
      if (facts.isRowSecurityOn && row.action !== "DELETE") {
        await this.#visibility.waitUntilVisible(xid, this.#closing.signal);
      }
      const change = await this.#visibility.fillLargeValues(toTableChange(row, facts, committedAtMs));
      await this.#deliver(change, concerned);
    } catch (error) {
      // A change that cannot be processed must not stop those after it.
      const { schema, table } = row.relation;
      const isOurs = !isFleetError(error);
      this.#runtime.log.error(
        { ...errorFields(error), schema, table, is_bug: isOurs },
        "could not process a database change, it was dropped",
      );
    }
  }

  #concerned({ action, relation: { schema, table } }: RowMessage): Subscription[] {
    const concerned: Subscription[] = [];
    for (const subscriptions of this.#subscriptions.values()) {
      for (const subscription of subscriptions) {
        const { params } = subscription;
        const isConcerned =
          (params.event === "*" || params.event === action) &&
          (params.schema === "*" || params.schema === schema) &&
          (params.table === "*" || params.table === table);
        if (isConcerned) concerned.push(subscription);
      }
    }
    return concerned;
  }

  async #deliver(change: TableChange, concerned: readonly Subscription[]): Promise<void> {
    const filterSets = new Map(concerned.map(({ params }) => [JSON.stringify(params.filters), params.filters]));
    const roles = [...new Set(concerned.map(({ channel }) => channel.claims.role))];
    const inspection = await this.#visibility.inspect(change, [...filterSets.values()], roles);
    const passed = new Set([...filterSets.keys()].filter((_key, index) => inspection.passed[index]));
    const passing = concerned.filter(({ params }) => passed.has(JSON.stringify(params.filters)));
    const seeing = await this.#seeing(change, passing, inspection);
    this.#send(change, seeing, inspection);
  }

  /** Returns the subscriptions whose users may see the row. Tries each set of claims once. */
  async #seeing(
    change: TableChange,
    subscriptions: readonly Subscription[],
    { rights }: Inspection,
  ): Promise<readonly Subscription[]> {
    if (!change.isRowSecurityOn || change.action === "DELETE") return subscriptions;
    const verdicts = new Map<string, boolean>();
    for (const { claims } of subscriptions.map(({ channel }) => channel)) {
      const key = JSON.stringify(claims);
      if (verdicts.has(key)) continue;
      const { isAboveRowSecurity, readable } = rights.get(claims.role) ?? NO_RIGHTS;
      const isUndecided = !isAboveRowSecurity && refusalOf(change, readable) === undefined;
      verdicts.set(key, isUndecided ? await this.#visibility.sees(change, claims) : true);
    }
    return subscriptions.filter(({ channel }) => verdicts.get(JSON.stringify(channel.claims)) ?? false);
  }

  #send(change: TableChange, subscriptions: readonly Subscription[], { rights }: Inspection): void {
    if (!this.#admit(change, subscriptions.length)) return;
    const payloads = new Map<string, string>();
    const payloadFor = ({ channel: { claims }, params: { select } }: Subscription) => {
      const key = JSON.stringify([claims.role, select]);
      const { readable } = rights.get(claims.role) ?? NO_RIGHTS;
      const payload = payloads.get(key) ?? changePayload(change, { readable, select });
      payloads.set(key, payload);
      return payload;
    };
    const frames = new Map<Channel, Map<string, number[]>>();
    for (const subscription of subscriptions) {
      const { channel, id } = subscription;
      if (!this.#subscriptions.has(channel)) continue;
      const idsByPayload = frames.get(channel) ?? new Map<string, number[]>();
      frames.set(channel, idsByPayload);
      const payload = payloadFor(subscription);
      idsByPayload.set(payload, [...(idsByPayload.get(payload) ?? []), id]);
    }
    const delayMs = this.#core().faults.changeDelayMs(this.#runtime.rng);
    for (const [channel, idsByPayload] of frames) {
      for (const [payload, ids] of idsByPayload) this.#sendTo(channel, payload, ids, delayMs);
    }
  }

  /** Over the limit a change is dropped without a message, and channels stay. The log has a line when that begins and ends. */
  #admit({ schema, table }: TableChange, count: number): boolean {
    const { admission, events, project } = this.#core();
    const isAdmitted = admission.admitChange(count);
    if (!isAdmitted) events.emit("changes:skipped", { schema, table });
    if (isAdmitted === this.#isOverLimit) {
      const fields = { schema, table, events_per_second: project.limits.eventsPerSecond };
      if (isAdmitted) this.#runtime.log.info(fields, "rows are delivered again");
      else {
        this.#runtime.log.warn(
          fields,
          "rows of postgres_changes are over the limit of events: nobody is sent them until the average is below it again; write fewer rows a second, subscribe fewer channels, or raise the limit",
        );
      }
      this.#isOverLimit = !isAdmitted;
    }
    return isAdmitted;
  }

  #sendTo(channel: Channel, payload: string, ids: readonly number[], delayMs: number): void {
    const core = this.#core();
    core.counters.databaseChanges += 1;
    core.counters.deliveries += 1;
    const text = `{"data":${payload},"ids":${JSON.stringify(ids)}}`;
    const frame = encodeWithPayloadText(channel.socket.vsn, channel.topic, "postgres_changes", text);
    this.#late.add(delayMs, () => this.#subscriptions.has(channel) && channel.socket.write(frame));
  }
}
