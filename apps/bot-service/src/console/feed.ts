import { type Clock, type EventSource, SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { redactText } from "@shoal/monitor";
import type { ConsoleEvent } from "../http/console-stream-bodies.ts";
import { boundedLine } from "./line.ts";
import { createRing, type Frame } from "./ring.ts";

type Level = ConsoleEvent["level"];
type Summary = ConsoleEvent["summary"];

/** What an event is shown as; its ids and numbers, never what people wrote. */
export interface Shown {
  readonly subject: string | null;
  readonly summary?: Summary;
  /** Default: info. */
  readonly level?: Level;
}

/** How events of a part are shown, by name; those that are not named, and those that it returns null of, are not. */
export type ShownEvents<Events> = { readonly [Name in keyof Events]?: (event: Events[Name]) => Shown | null };

/** Collects what happens in the daemon, for those who watch: the latest events and lines of the log. */
export interface Feed {
  /** Of this start of the daemon. */
  readonly bootId: string;
  /** Of the latest frame; 0 before the first. */
  readonly sequence: number;
  event(type: string, shown: Shown): void;
  /** Takes a line of the log, as JSON after redaction. */
  line(json: string): void;
  /** Shows the events of a part as long as it is not called off. */
  show<Events>(events: Pick<EventSource<Events>, "on">, shown: ShownEvents<Events>): Unsubscribe;
  /** What came after a sequence, oldest first, and how much of it is not there any more. */
  since(sequence: number): { readonly frames: readonly Frame[]; readonly missed: number };
  /** What one who comes is shown first: the latest events and lines. */
  recent(): readonly Frame[];
  /** Says how many events and lines were left out because there were too many; called every second. */
  tick(): void;
  /** Called after each event and line. One listener: the streams. */
  onAdded(listener: () => void): void;
  readonly byteCount: number;
}

const EVENTS_KEPT = { maxCount: 1000, maxBytes: 512 * 1024 };
const LINES_KEPT = { maxCount: 1000, maxBytes: 1024 * 1024 };
/** Of each kind, for one who comes. */
const RECENT_COUNT = 200;
/** Of one type in a second: more pass by faster than anybody reads, and push out what is rare. */
const EVENTS_PER_SECOND = 20;
const LINES_PER_SECOND = 50;
const LONGEST_TEXT = 256;

const bySequence = (left: Frame, right: Frame) => left.sequence - right.sequence;

/** Makes an empty feed. Holds no timer. */
export function createFeed({ clock, bootId }: { readonly clock: Clock; readonly bootId: string }): Feed {
  const events = createRing(EVENTS_KEPT);
  const lines = createRing(LINES_KEPT);
  const limits = createLimits(clock);
  let sequence = 0;
  let added = () => {};

  const frameOf = (name: "event" | "line", body: object): Frame => {
    sequence += 1;
    const id = `${bootId}-${sequence}`;
    const text = `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ id, ...body })}\n\n`;
    return { sequence, text, byteCount: Buffer.byteLength(text) };
  };
  const addEvent = (type: string, { subject, summary = {}, level = "info" }: Shown) => {
    const at = new Date(clock.now()).toISOString();
    events.add(frameOf("event", { at, type, level, subject: subject && shortened(subject), summary: tidy(summary) }));
    added();
  };
  const addLine = (body: object) => {
    lines.add(frameOf("line", body));
    added();
  };
  const feed: Feed = {
    bootId,
    get sequence() {
      return sequence;
    },
    event(type, shown) {
      if (limits.mayPass(type, EVENTS_PER_SECOND)) addEvent(type, shown);
    },
    line(json) {
      if (limits.mayPass(LINES, LINES_PER_SECOND)) addLine(boundedLine(json));
    },
    show(source, shown) {
      const offs = (Object.keys(shown) as (keyof typeof shown)[]).map((name) =>
        source.on(name, (event) => {
          const what = shown[name]?.(event);
          if (what) feed.event(String(name), what);
        }),
      );
      return () => {
        for (const off of offs) off();
      };
    },
    since(from) {
      const frames = [...events.after(from), ...lines.after(from)].sort(bySequence);
      return { frames, missed: sequence - from - frames.length };
    },
    recent: () => [...events.latest(RECENT_COUNT), ...lines.latest(RECENT_COUNT)].sort(bySequence),
    tick() {
      const at = new Date(clock.now()).toISOString();
      for (const [type, more] of limits.takeLeftOut()) {
        if (type === LINES) addLine({ at, level: "warn", msg: MORE_LINES, fields: { more } });
        else addEvent(type, { subject: null, summary: { more } });
      }
    },
    onAdded(listener) {
      added = listener;
    },
    get byteCount() {
      return events.byteCount + lines.byteCount;
    },
  };
  return feed;
}

/** Cannot be the name of an event. */
const LINES = "";
const MORE_LINES = "more lines were written within a second than are shown here; the log has them all";

/** Counts what comes of each type in the current second. */
function createLimits(clock: Clock) {
  const counts = new Map<string, { passed: number; leftOut: number }>();
  let fromMs = clock.monotonicMs();
  const restart = () => {
    fromMs = clock.monotonicMs();
    for (const count of counts.values()) count.passed = 0;
  };
  return {
    mayPass(type: string, mostPerSecond: number): boolean {
      if (clock.monotonicMs() - fromMs >= SECOND_MS) restart();
      const count = counts.get(type) ?? { passed: 0, leftOut: 0 };
      counts.set(type, count);
      if (count.passed >= mostPerSecond) {
        count.leftOut += 1;
        return false;
      }
      count.passed += 1;
      return true;
    },
    takeLeftOut(): [string, number][] {
      const more: [string, number][] = [];
      for (const [type, count] of counts) {
        if (count.leftOut > 0) more.push([type, count.leftOut]);
        count.leftOut = 0;
      }
      return more;
    },
  };
}

/** Servers say why they refuse, and ids come from outside: neither may hold a secret, or be long. */
const shortened = (text: string) => redactText(text).slice(0, LONGEST_TEXT);

/** Parts of a millisecond say nothing. */
function tidy(summary: Summary): Summary {
  const shown = ([name, value]: [string, Summary[string]]) => {
    if (typeof value === "string") return [name, shortened(value)];
    return [name, typeof value === "number" && name.endsWith("_ms") ? Math.round(value) : value];
  };
  return Object.fromEntries(Object.entries(summary).map(shown));
}
