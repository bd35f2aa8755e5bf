import { toError } from "@shoal/kernel";
import { LogicalReplicationService } from "pg-logical-replication";
import { decodePgoutput, type LogicalMessage, type Relation } from "../pgoutput.ts";

/** A running replication stream. */
export interface ReplicationReader {
  /** Resolves when the stream is over, with what ended it, or undefined after `close`. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Idempotent. The server drops the temporary slot with the connection. */
  close(): Promise<void>;
}

export interface ReplicationReaderOptions {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  /** Called with one message at a time, in commit order; the stream waits for the promise. */
  readonly onMessage: (message: LogicalMessage) => Promise<void> | void;
}

/** How values are written as text: the way `to_jsonb` writes them. */
const TEXT_FORMATS = "-c DateStyle=ISO,MDY -c TimeZone=UTC -c IntervalStyle=postgres -c bytea_output=hex";

/**
 * Opens a stream of committed changes on a temporary slot, so that nothing stays behind whatever happens to us.
 * Resolves once the server streams: whatever commits after that arrives.
 */
export async function openReplicationReader(options: ReplicationReaderOptions): Promise<ReplicationReader> {
  const service = new LogicalReplicationService(
    { connectionString: options.url, options: TEXT_FORMATS, application_name: "shoal realtime" },
    // The stream pauses while a message is handled; progress is reported by the service every 10 s.
    { acknowledge: { auto: false, timeoutSeconds: 10 }, flowControl: { enabled: true } },
  );
  let isClosing = false;
  const failed = new Promise<Error>((resolve) => {
    service.on("error", (error: Error) => resolve(error));
  });
  const started = new Promise<void>((resolve) => {
    service.on("start", () => resolve());
  });
  service.on("data", (_lsn: string, message: LogicalMessage) => options.onMessage(message));
  // A server that shuts down waits for its readers to say how far they got.
  service.on("heartbeat", (lsn: string, _at: number, isReplyWanted: boolean) => {
    if (isReplyWanted) void service.acknowledge(lsn);
  });
  const plugin = new TemporarySlotPlugin(options.publication);
  const stopped = service.subscribe(plugin, options.slot).then(
    () => new Error("the server ended the stream"),
    (thrown: unknown) => toError(thrown),
  );
  const ended = Promise.race([stopped, failed]).then(async (error) => {
    await service.destroy().catch(() => {});
    return isClosing ? undefined : error;
  });
  const failure = await Promise.race([started, ended]);
  if (failure) throw failure;
  return {
    ended,
    async close() {
      isClosing = true;
      await service.destroy().catch(() => {});
      await ended;
    },
  };
}

/**
 * Creates its slot on the very connection that then streams from it: a temporary slot belongs to its session. Reads
 * values as the text they came as, where the library's own plugin would parse them.
 */
class TemporarySlotPlugin {
  readonly name = "pgoutput";
  readonly options: { readonly publication: string };
  readonly #relations = new Map<number, Relation>();

  constructor(publication: string) {
    this.options = { publication };
  }

  async start(client: { query(sql: string): Promise<unknown> }, slot: string, lastLsn: string): Promise<unknown> {
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    const options = `proto_version '1', publication_names '${this.options.publication}'`;
    return client.query(`START_REPLICATION SLOT "${slot}" LOGICAL ${lastLsn} (${options})`);
  }

  parse(bytes: Buffer): LogicalMessage {
    return decodePgoutput(bytes, this.#relations);
  }
}
