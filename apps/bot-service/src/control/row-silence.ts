import { type Clock, SECOND_MS, type Timer } from "@shoal/kernel";
import { ControlError } from "./errors.ts";

const SILENT =
  "Realtime says that it streams the rows of commands, and told nothing of a row that was written: its stream is dead";

/**
 * How long the stream may be silent after this replica has changed a row of commands, which the stream tells, too. The real server
 * polls its slot every 100 ms and takes half a second at worst.
 */
const SILENCE_LIMIT_MS = 5 * SECOND_MS;
/** A row may be heard of this much before its writer knows that it is committed. */
const HEARD_EARLY_MS = SECOND_MS;

/** Notices a row stream that is dead though nothing says so. */
export interface RowSilence {
  /** After a silence a stream that says it is ready has yet to prove it. */
  readonly isDoubted: boolean;
  /** Resolves when the stream that begins now was silent for too long. */
  ofNewStream(): Promise<ControlError>;
  /** The stream has told of a row. */
  heard(): void;
  /** This replica has changed a row, of which the stream must tell. */
  rowWritten(): void;
  /** The stream is away: its silence means nothing. */
  stop(): void;
}

export function createRowSilence(clock: Clock): RowSilence {
  let heardAtMs = Number.NEGATIVE_INFINITY;
  /** Runs after a row was written, until the stream must have told of it. */
  let due: Timer | undefined;
  let giveUp = (_error: ControlError) => {};
  let isDoubted = false;
  return {
    get isDoubted() {
      return isDoubted;
    },
    ofNewStream: () =>
      new Promise((resolve) => {
        giveUp = resolve;
      }),
    heard() {
      heardAtMs = clock.monotonicMs();
      isDoubted = false;
    },
    rowWritten() {
      if (due) return;
      const writtenAtMs = clock.monotonicMs();
      due = clock.after(SILENCE_LIMIT_MS, () => {
        due = undefined;
        if (heardAtMs >= writtenAtMs - HEARD_EARLY_MS) return;
        isDoubted = true;
        giveUp(new ControlError("CONTROL_FEED_SILENT", SILENT));
      });
    },
    stop() {
      due?.cancel();
      due = undefined;
    },
  };
}
