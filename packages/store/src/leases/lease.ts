/** The right to be the only holder of `resource` until it expires. */
export interface Lease {
  readonly resource: string;
  /** The holder: an id that no other live process uses. */
  readonly holder: string;
  /** 1 or more; each new holder of a resource gets a larger one. Store it with each write, to recognize a late writer. */
  readonly epoch: number;
}

/** Why a lease was lost: no renewal succeeded in time, or the database says that it is not held any more. */
export type LeaseLossReason = "expired" | "taken";

/** Events of a lease keeper. */
export interface LeaseEvents {
  "lease:acquired": Lease;
  "lease:released": Lease;
  "lease:lost": Lease & { readonly reason: LeaseLossReason };
  /** One round of renewal failed; the leases last until they expire. */
  "lease:renewal_failed": { readonly count: number; readonly error_code: string };
}
