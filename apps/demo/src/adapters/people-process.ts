import { join } from "node:path";
import { FleetError } from "@shoal/kernel";
import type { FromPeople, PeopleEnvironment, PeopleReport, ToPeople } from "../people/protocol.ts";

const NO_PEOPLE: PeopleReport = {
  people: 0,
  offline: 0,
  waiting: 0,
  talking: 0,
  everMatched: 0,
  servedSinceMark: 0,
  marks: 0,
  matchesPersonPerson: 0,
  matchesPersonBot: 0,
  matchesAcrossTopics: 0,
  messagesSent: 0,
  messagesReceived: 0,
  joins: 0,
  joinsRefused: 0,
  failures: 0,
  errorsByClass: {},
  timeToMatchMs: [],
  conversation: [],
};

export interface PeopleProcess {
  readonly report: PeopleReport;
  /** Resolves when all people are in the lobby; rejects with DEMO_PEOPLE_DIED if the process ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, for any reason. */
  readonly exited: Promise<number>;
  /** Restarts the count of people served. */
  mark(): void;
  /** Asks all people to leave. Resolves when the process has ended. */
  stop(): Promise<void>;
  /** Kills the process. */
  kill(): void;
}

/** Starts simulated people in a separate process, as an app's people are. Its errors go to `stderr`. */
export function startPeople(environment: PeopleEnvironment): PeopleProcess {
  let report = NO_PEOPLE;
  const ready = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "people.ts")], {
    // Not the demo's own environment, which may hold the daemon's keys.
    env: { ...environment },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    ipc(message: FromPeople) {
      if (message.kind === "ready") return ready.resolve();
      report = message.report;
    },
  });
  const tell = (message: ToPeople) => {
    try {
      child.send(message);
    } catch {
      // The process has ended, and `exited` resolves.
    }
  };
  const exited = child.exited.then((code) => {
    ready.reject(
      new FleetError(
        "DEMO_PEOPLE_DIED",
        `the people process ended with code ${code} before the people were in the lobby`,
      ),
    );
    return code;
  });
  ready.promise.catch(() => {});
  return {
    get report() {
      return report;
    },
    ready: ready.promise,
    exited,
    mark: () => tell({ kind: "mark" }),
    async stop() {
      tell({ kind: "stop" });
      await exited;
    },
    kill: () => child.kill("SIGKILL"),
  };
}
