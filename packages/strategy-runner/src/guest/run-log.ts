import type { PlainValue } from "../engine/engine.types.ts";
import { LIMITS } from "../limits.ts";
import type { LogLine } from "../run.types.ts";
import type { RunMeter } from "./run-meter.ts";
import { shownText } from "./shown-text.ts";

/** What a run tells its owner. Kept also when the run fails; what is too much is dropped, with a note. */
export class RunLog {
  readonly #meter: RunMeter;
  readonly #lines: LogLine[] = [];
  readonly #notifications: string[] = [];
  #characterCount = 0;
  #isFull = false;
  #hasDroppedNotifications = false;

  constructor(meter: RunMeter) {
    this.#meter = meter;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  get notifications(): readonly string[] {
    return this.#notifications;
  }

  log(level: PlainValue, text: PlainValue): undefined {
    this.#meter.call("log", [level, text]);
    this.#add(level === "warn" || level === "error" ? level : "info", typeof text === "string" ? text : String(text));
  }

  notify(text: PlainValue): undefined {
    this.#meter.call("notify", [text]);
    if (this.#notifications.length < LIMITS.notificationCount) {
      this.#notifications.push(
        shownText(typeof text === "string" ? text : String(text), LIMITS.notificationCharacters),
      );
    } else if (!this.#hasDroppedNotifications) {
      this.#hasDroppedNotifications = true;
      this.#add("warn", `more than ${LIMITS.notificationCount} notifications in a run: the rest is dropped`);
    }
  }

  #add(level: LogLine["level"], text: string): void {
    if (this.#isFull) return;
    const room = LIMITS.logCharacters - this.#characterCount;
    const shown = shownText(text, LIMITS.logCharacters);
    if (this.#lines.length < LIMITS.logLines - 1 && shown.length <= room) {
      this.#lines.push({ level, text: shown });
      this.#characterCount += shown.length;
      return;
    }
    this.#isFull = true;
    this.#lines.push({
      level: "warn",
      text: `the log is full: at most ${LIMITS.logLines} lines and ${LIMITS.logCharacters} characters in a run; the rest is dropped`,
    });
  }
}
