import { createEmitter, type Emitter, type EventSource } from "@shoal/kernel";
import { reportOf } from "./channel.state.ts";
import type { ChannelHost } from "./channel-host.ts";
import type { Failure } from "./classify.ts";
import type { PoolEvents, PooledChannelEvents } from "./types.ts";

type Untold = "topic" | "clientId";

/** What happens to one channel, told to its holder and to whoever watches the pool. */
export class ChannelReports {
  readonly topic: string;
  readonly clientId: string;
  readonly #host: ChannelHost;
  #events: Emitter<PooledChannelEvents> | null = null;

  constructor(host: ChannelHost, topic: string, clientId: string) {
    this.#host = host;
    this.topic = topic;
    this.clientId = clientId;
  }

  get events(): EventSource<PooledChannelEvents> {
    this.#events ??= createEmitter((error) => this.listenerThrew(error));
    return this.#events;
  }

  joining(attempt: number): void {
    this.#tell("channel:joining", { attempt });
  }

  joined(attempt: number, joinMs: number, gapMs: number | null): void {
    this.#tell("channel:joined", { attempt, joinMs });
    this.#events?.emit("joined", { attempt });
    if (gapMs === null) return;
    this.#tell("channel:recovered", { gapMs });
    this.#events?.emit("recovered", { gapMs });
  }

  refused(attempt: number, failure: Failure, retryInMs: number | null): void {
    this.#tell("channel:refused", { attempt, ...reportOf(failure), retryInMs });
  }

  lost(failure: Failure): void {
    this.#events?.emit("lost", reportOf(failure));
    this.#tell("channel:lost", reportOf(failure));
  }

  failed(failure: Failure): void {
    this.#events?.emit("failed", reportOf(failure));
    this.#tell("channel:failed", reportOf(failure));
  }

  released(): void {
    this.#tell("channel:released", {});
  }

  moved(fromSocketId: string, toSocketId: string, durationMs: number): void {
    this.#tell("channel:moved", { fromSocketId, toSocketId, durationMs });
  }

  changesReady(waitMs: number): void {
    this.#events?.emit("changes-ready", {});
    this.#tell("changes:ready", { waitMs });
  }

  changesFailed(failure: Failure): void {
    this.#events?.emit("changes-failed", reportOf(failure));
    this.#tell("changes:failed", reportOf(failure));
  }

  sent(): void {
    this.#host.emit("message:sent", { topic: this.topic });
  }

  received(): void {
    this.#host.emit("message:received", { topic: this.topic });
  }

  listenerThrew(error: Error): void {
    const { log } = this.#host.runtime;
    log.warn({ topic: this.topic, client_id: this.clientId, error_name: error.name }, "a channel listener threw");
  }

  #tell<Name extends OfChannels>(name: Name, event: Omit<PoolEvents[Name], Untold>): void {
    this.#host.emit(name, { topic: this.topic, clientId: this.clientId, ...event } as PoolEvents[Name]);
  }
}

/** The events that name a channel and its client. */
type OfChannels = {
  [Name in keyof PoolEvents]: PoolEvents[Name] extends Record<Untold, string> ? Name : never;
}[keyof PoolEvents];
