/** A won right: nobody else holds `resource` until it expires. */
export interface Lease {
  readonly resource: string;
  /** Who holds it: an id that no other live process uses. */
  readonly holder: string;
  /** 1 or more; each new holder of a resource gets a larger one. Write it beside what you write, to tell a late writer. */
  readonly epoch: number;
}

/** Why a lease was lost: no renewal got through in time, or the database said that it is not ours any more. */
export type LeaseLossReason = "expired" | "taken";

/** What a lease keeper reports. */
export interface LeaseEvents {
  "lease:acquired": Lease;
  "lease:released": Lease;
  "lease:lost": Lease & { readonly reason: LeaseLossReason };
  /** One failed round of renewal; the leases live on until they expire. */
  "lease:renewal_failed": { readonly count: number; readonly error_code: string };
}
