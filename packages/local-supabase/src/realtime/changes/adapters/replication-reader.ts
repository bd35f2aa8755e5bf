import { toError } from "@shoal/kernel";
import { LogicalReplicationService } from "pg-logical-replication";
import { decodePgoutput, type LogicalMessage, type Relation } from "../pgoutput.ts";

/** A running replication stream. */
export interface ReplicationReader {
  /** Resolves when the stream ends: with the error, or with undefined when the signal ended it. Never rejects. */
  readonly ended: Promise<Error | undefined>;
}

export interface ReplicationReaderOptions {
  readonly url: string;
  readonly slot: string;
  readonly publications: readonly string[];
  /** Ends the stream, also while it is being opened. The server drops the temporary slot with the connection. */
  readonly signal: AbortSignal;
  /** Called with one message at a time, in commit order; the stream waits for the promise. */
  readonly onMessage: (message: LogicalMessage) => Promise<void> | void;
}

/** Makes Postgres write values as text the way `to_jsonb` does. */
const TEXT_FORMATS = "-c DateStyle=ISO,MDY -c TimeZone=UTC -c IntervalStyle=postgres -c bytea_output=hex";

/**
 * Opens a stream of committed changes on a temporary slot, which Postgres drops however this process ends. Resolves once the
 * server streams: every change that commits afterwards arrives.
 */
export async function openReplicationReader(options: ReplicationReaderOptions): Promise<ReplicationReader> {
  const service = new LogicalReplicationService(
    { connectionString: options.url, options: TEXT_FORMATS, application_name: "shoal realtime" },
    // The stream pauses while a message is handled. Progress is reported below, in answer to the server's heartbeats.
    { acknowledge: { auto: false, timeoutSeconds: 0 }, flowControl: { enabled: true } },
  );
  const failed = new Promise<Error>((resolve) => {
    service.on("error", (error: Error) => resolve(error));
  });
  const started = new Promise<void>((resolve) => {
    service.on("start", () => resolve());
  });
  service.on("data", (_lsn: string, message: LogicalMessage) => options.onMessage(message));
  service.on("heartbeat", (lsn: string) => void service.acknowledge(positionBefore(lsn)));
  const plugin = new TemporarySlotPlugin(options.publications);
  const stopped = service.subscribe(plugin, options.slot).then(
    () => new Error("the server ended the stream"),
    (thrown: unknown) => toError(thrown),
  );
  const { signal } = options;
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const ended = Promise.race([stopped, failed, aborted]).then(async (error) => {
    await service.destroy().catch(() => {});
    return signal.aborted ? undefined : error;
  });
  const failure = await Promise.race([started, ended]);
  if (failure) throw failure;
  return { ended };
}

/**
 * Returns the position before `lsn`, because the service reports the position after the one it is given. A server that
 * shuts down waits until its readers report exactly the position it sent: with one more it never stops.
 */
function positionBefore(lsn: string): string {
  const [high = "0", low = "0"] = lsn.split("/");
  const before = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`) - 1n;
  return `${(before >> 32n).toString(16)}/${(before & 0xffffffffn).toString(16)}`;
}

/**
 * Creates its slot on the connection that streams from it, because a temporary slot belongs to its session. Keeps values
 * as the text Postgres wrote, which the library's own plugin would parse.
 */
class TemporarySlotPlugin {
  readonly name = "pgoutput";
  readonly options: { readonly publications: readonly string[] };
  readonly #relations = new Map<number, Relation>();

  constructor(publications: readonly string[]) {
    this.options = { publications };
  }

  async start(client: { query(sql: string): Promise<unknown> }, slot: string, lastLsn: string): Promise<unknown> {
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    const options = `proto_version '1', publication_names '${this.options.publications.join()}'`;
    return client.query(`START_REPLICATION SLOT "${slot}" LOGICAL ${lastLsn} (${options})`);
  }

  parse(bytes: Buffer): LogicalMessage {
    return decodePgoutput(bytes, this.#relations);
  }
}
