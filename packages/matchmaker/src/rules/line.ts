import { oldestFirst, type WaitingTicket } from "../waiting-ticket.ts";
import { type Blocks, readBlocks } from "./blocks.ts";
import { digest } from "./digest.ts";
import { type MatchRules, type NearRule, windowOf } from "./rules.ts";

type Value = string | number | boolean;

/** An attribute that must be equal. */
export interface EqualColumn {
  readonly name: string;
  /** By ticket. */
  readonly codes: Int32Array;
}

/** An attribute that must be close. */
export interface NearColumn {
  readonly name: string;
  readonly rule: NearRule;
  /** Distances are compared in parts of the widest window, so that several attributes can be added. */
  readonly scale: number;
  /** By ticket; NaN: none. */
  readonly values: Float64Array;
  /** By ticket: the greatest difference that it accepts now. */
  readonly windows: Float64Array;
}

/** Those who wait, oldest first, with what rules compare in columns. A ticket is known by its place. */
export interface Line {
  readonly tickets: readonly WaitingTicket[];
  readonly nowMs: number;
  /** By ticket. */
  readonly queuedAtMs: Float64Array;
  readonly equal: readonly EqualColumn[];
  readonly near: readonly NearColumn[];
  readonly blocks: Blocks;
  /** By ticket: digests of its person and of the last partner (0: none), because texts that differ are told apart sooner by numbers. */
  readonly users: Int32Array;
  readonly lastPartners: Int32Array;
  /** By ticket: the same number for those who have all in common that must be equal. */
  readonly buckets: Int32Array;
  readonly bucketCount: number;
}

export function readLine(given: readonly WaitingTicket[], rules: MatchRules, nowMs: number): Line {
  const tickets = oldestFirst(given);
  const count = tickets.length;
  const equal = rules.equal.map((name) => ({ name, codes: new Int32Array(count), code: createCoder<Value>() }));
  const near = Object.entries(rules.near).map(
    ([name, rule]): NearColumn => ({
      name,
      rule,
      scale: rule.max || 1,
      values: new Float64Array(count),
      windows: new Float64Array(count),
    }),
  );
  const queuedAt = new Float64Array(count);
  const users = new Int32Array(count);
  const lastPartners = new Int32Array(count);
  // One pass, because most of its time goes to fetching the tickets from memory.
  for (let at = 0; at < count; at += 1) {
    const { attributes, queuedAtMs, userId, lastPartnerId } = tickets[at] as WaitingTicket;
    queuedAt[at] = queuedAtMs;
    users[at] = digest(userId);
    if (lastPartnerId !== null) lastPartners[at] = digest(lastPartnerId);
    for (const { name, codes, code } of equal) codes[at] = code(comparable(attributes?.[name]));
    for (const { name, rule, values, windows } of near) {
      const value = attributes?.[name];
      values[at] = typeof value === "number" && Number.isFinite(value) ? value : Number.NaN;
      windows[at] = windowOf(rule, nowMs - queuedAtMs);
    }
  }
  const blocks = readBlocks(rules.avoid === "blocks" ? tickets : []);
  return { tickets, nowMs, queuedAtMs: queuedAt, equal, near, blocks, users, lastPartners, ...bucketsOf(count, equal) };
}

/** Returns a value that can be compared. Lists and objects are none, and neither is what every object inherits. */
export function comparable(value: unknown): Value | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Numbers values in the order in which they come; 0: none. */
function createCoder<T extends Value>(): (value: T | undefined) => number {
  const known = new Map<T, number>();
  return (value) => {
    if (value === undefined) return 0;
    const code = known.get(value) ?? known.size + 1;
    if (code > known.size) known.set(value, code);
    return code;
  };
}

function bucketsOf(count: number, equal: readonly EqualColumn[]): Pick<Line, "buckets" | "bucketCount"> {
  let buckets = new Int32Array(count);
  for (const [index, { codes }] of equal.entries()) {
    if (index === 0) {
      buckets = codes.slice();
      continue;
    }
    const code = createCoder<number>();
    // Neither number is greater than `count`.
    for (let at = 0; at < count; at += 1) {
      buckets[at] = code((buckets[at] as number) * (count + 1) + (codes[at] as number)) - 1;
    }
  }
  return { buckets, bucketCount: buckets.reduce((most, bucket) => Math.max(most, bucket), -1) + 1 };
}

/** Returns how far apart two are in all that must be close, or Infinity where one of them does not accept it. Who has no number is as far as can be. */
export function distanceOf(near: readonly NearColumn[], one: number, two: number): number {
  let sum = 0;
  for (let axis = 0; axis < near.length; axis += 1) {
    const column = near[axis] as NearColumn;
    const distance = apartIn(column, one, two);
    if (distance > narrower(column, one, two)) return Infinity;
    sum += Number.isNaN(distance) ? 1 : distance / column.scale;
  }
  return sum;
}

/** Returns the difference of two in one attribute; NaN where one has none. */
export const apartIn = ({ values }: NearColumn, one: number, two: number): number =>
  Math.abs((values[one] as number) - (values[two] as number));

/** Returns how far apart two may be in one attribute: both must accept. */
export const narrower = ({ windows }: NearColumn, one: number, two: number): number =>
  Math.min(windows[one] as number, windows[two] as number);

/** Whether two who are near enough may meet, be it again. */
export const mayMeet = ({ blocks }: Line, one: number, two: number): boolean =>
  !(blocks.any && blocks.keepApart(one, two));

/** The same, and neither was just with the other. */
export const mayMeetAnew = (line: Line, one: number, two: number): boolean =>
  !wereJustTogether(line, one, two) && mayMeet(line, one, two);

export const wereJustTogether = (line: Line, one: number, two: number): boolean =>
  wasJustWith(line, one, two) || wasJustWith(line, two, one);

const wasJustWith = ({ tickets, users, lastPartners }: Line, one: number, two: number): boolean =>
  lastPartners[one] === users[two] &&
  (tickets[one] as WaitingTicket).lastPartnerId === (tickets[two] as WaitingTicket).userId;
