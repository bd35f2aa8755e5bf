import { FleetError } from "@shoal/kernel";

/** Stable codes of refusals to erase what is kept of a person. */
export type PeopleErrorCode =
  /** An exchange may still fill orders of the person; nothing of the strategies was changed. */
  | "PEOPLE_OPEN_ORDERS"
  /** The person waits or talks again, again and again. What was kept before is erased. */
  | "PEOPLE_STILL_HERE";

export class PeopleError extends FleetError {
  declare readonly code: PeopleErrorCode;
  constructor(code: PeopleErrorCode, message: string) {
    super(code, message);
  }
}
