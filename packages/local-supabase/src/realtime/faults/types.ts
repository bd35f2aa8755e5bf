/** Ends a fault. Idempotent. */
export type Lift = () => void;

/** Every fault, by the name of the method that makes it. */
export type FaultKind = keyof RealtimeFaults;

/** How opening a socket is refused. */
export interface UpgradeFault {
  /** An HTTP status, 400 to 599. */
  readonly status: number;
  readonly reason: string;
}

/** How a join is refused. */
export interface JoinFault {
  readonly reason: string;
  /** Whether the whole socket is closed with 1001 right after the answer, as over the join limit. Default false. */
  readonly closesSocket?: boolean | undefined;
  /** Matched with the topic without its `realtime:` prefix. By default every topic is refused. */
  readonly topic?: RegExp | undefined;
}

/** How a server goes down, and for how long. */
export interface RestartFault {
  /** `clean`: sockets close with 1012, as on SIGTERM. `crash`: they break off, 1006, as on SIGKILL. */
  readonly kind: "clean" | "crash";
  /** Ms, 0 or more, during which connections are refused. */
  readonly downMs: number;
}

/**
 * What can go wrong with the real server, on demand. Each fault emits `fault:started` and, when it is over,
 * `fault:ended`. Lasting ones can be active at once and several times; each ends by its own `Lift`, and `server.close()`
 * lifts what is left.
 *
 * @source REALTIME-FRAMES.md: frames, codes and delays; the order of frames is the recorded one
 */
export interface RealtimeFaults {
  /** Closes every socket at once. `code`: 1000 to 4999; 1006, the default, is without a close frame. @returns how many */
  dropSockets(code?: number): number;
  /**
   * The process goes away and comes back on the same port, with nothing joined, nobody present and rate counters cold.
   * Counts of `stats()` go on, as do other faults. Resolves when it listens again, or when the server is closed
   * meanwhile; a restart during a restart is that restart.
   *
   * Errors: `LOCAL_REALTIME_PORT` when somebody else took the port meanwhile. The server then stays down.
   */
  restart(fault: RestartFault): Promise<void>;
  /** Somebody changed a setting of the project: "Server requested disconnect" on every channel, then 1012. */
  requestDisconnect(): void;
  /** Valid keys are refused as well: after 2 s, with `{"error": reason}`. */
  refuseUpgrades(fault: UpgradeFault): Lift;
  /** Joins are refused after 5 s, during which their socket answers nothing else. */
  refuseJoins(fault: JoinFault): Lift;
  /**
   * Sockets open and stay, but what is said is not heard, in both directions and for ever: not even the server's own
   * close frame arrives, so a socket it closed (after 60 s of silence, too) stays open for its client. Once the fault is
   * lifted that one breaks off, 1006, at the client's next word. `dropSockets` and `restart` end them all. HTTP is answered.
   */
  halfOpen(): Lift;
  /** Every outgoing frame is `ms` late (0 or more), in order. Several delays add up. */
  delay(ms: number): Lift;
  /** The process behind each channel of `topic` (without prefix) dies: `phx_error`. @returns how many channels */
  crashChannel(topic: string): number;
  /** The server ends each channel of `topic` (without prefix): `message` as system error, then `phx_close`. @returns how many */
  closeChannel(topic: string, message: string): number;
  /** Every tracked entry vanishes and nobody is told. @returns how many entries */
  losePresence(): number;
  /**
   * Rows of `postgres_changes` reach nobody, and are not sent later: the stream is lost while channels stay joined and
   * hear nothing of it. Each such row emits `changes:muted`.
   */
  muteChanges(): Lift;
  /**
   * Somebody else of this project is over the limit of events: from the next tick of the counter (at most 5 s) whoever
   * is sent a message is shut. Lifted, it stays so until the average fell below the limit, up to 60 s.
   */
  exceedEvents(): Lift;
  /** As `exceedEvents` with joins: upgrades get 429, joins are refused and their sockets closed with 1001. */
  exceedJoins(): Lift;
}
