/** A refusal, as the daemon writes it. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
}

/** Whether the body of an answer is one: a proxy may refuse by a body of its own. */
export const isProblem = (body: unknown): body is Problem =>
  [Object(body).code, Object(body).detail].every((text) => typeof text === "string");
