/** Result of a command. */
export interface Answer {
  readonly text: string;
  readonly json: unknown;
  /** Exit code. Default 0. */
  readonly exitCode?: number;
}
