/** What a command came to. */
export interface Answer {
  readonly text: string;
  readonly json: unknown;
  /** Default 0. */
  readonly exitCode?: number;
}
