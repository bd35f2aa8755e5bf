import { errorFields, isFleetError, type Log } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";

/** Who may command bots besides the operator. `owners`: signed-in users, by the policies of `bot_control`. */
export type OpenTo = "nobody" | "owners";

export interface OpeningOptions {
  readonly database: Pick<Database, "query">;
  readonly log: Log;
  readonly openTo: OpenTo;
}

/** Opens the control to owners or closes it to them, once. Later calls do nothing. */
export interface Opening {
  /** Fails as `Sql.query` does, and is then tried anew by the next call; a missing privilege is logged and given up. */
  run(): Promise<void>;
}

const CHANGED: Readonly<Record<OpenTo, string>> = {
  owners:
    "signed-in users may start and command bots of their own from now on, which they could not before: CONTROL_OPEN_TO is owners here",
  nobody:
    "signed-in users can no longer start or command bots: bot_control was open to them, and CONTROL_OPEN_TO is nobody here; give all daemons the same value",
};
const REFUSED =
  "CONTROL_OPEN_TO was not applied: who may write bot_control stays as it was, because only the owner of the table may change it; run select shoal.open_control('owners' or 'nobody') as that role";

export function createOpening({ database, log, openTo }: OpeningOptions): Opening {
  let isDone = false;
  return {
    async run() {
      if (isDone) return;
      try {
        const [row] = await database.query<{ was: string }>(
          statement("control_open", "select shoal.open_control($1) as was"),
          [openTo],
        );
        if (row?.was !== openTo) log.warn({ open_to: openTo }, CHANGED[openTo]);
      } catch (thrown) {
        if (!isFleetError(thrown, "STORE_ACCESS_DENIED")) throw thrown;
        log.warn(errorFields(thrown), REFUSED);
      }
      isDone = true;
    },
  };
}
