import type { ServiceEnvironment, ServiceSnapshot } from "../../service.types.ts";
import { bar, clockText, countsText, row } from "../drawing.ts";
import type { ChaosView } from "./chaos/chaos.types.ts";
import { drawChaos } from "./chaos/chaos-report.ts";
import { addUp, percentile } from "./figures.ts";
import type { PeopleReport } from "./people/protocol.ts";

/** Everything one picture of the demo shows. */
export interface Picture {
  readonly elapsedMs: number;
  readonly service: ServiceSnapshot;
  readonly people: PeopleReport;
  /** In the last second or so, people and bots together. */
  readonly messagesPerSecond: number;
  readonly logPath: string;
  readonly chaos?: ChaosView | undefined;
}

/** The live view as lines of text, at most 100 columns. */
export function drawPicture({ elapsedMs, service, people, messagesPerSecond, logPath, chaos }: Picture): string[] {
  const { bots, joins } = service;
  const p50 = percentile(people.timeToMatchMs, 0.5);
  const p99 = percentile(people.timeToMatchMs, 0.99);
  return [
    `shoal demo   ${clockText(elapsedMs)}   Ctrl-C drains and ends it`,
    "",
    row("people", `${people.people} in the lobby   ${people.waiting} waiting   ${people.talking} talking`),
    row("bots", `${bots.idle} idle   ${bots.talking} talking   ${bots.starting} starting   target ${bots.target}`),
    row(
      "matches",
      `${people.matchesPersonPerson} person-person   ${people.matchesPersonBot} person-bot   ${service.matches.live} live`,
    ),
    row(
      "wait",
      p50 === null
        ? "nobody matched yet"
        : `p50 ${p50} ms   p99 ${p99} ms   ${people.everMatched} of ${people.people} matched`,
    ),
    row(
      "messages",
      `${messagesPerSecond.toFixed(1)} per second   ${people.messagesSent + service.messages.sent} in all`,
    ),
    row(
      "joins",
      `${bar(joins.windowUsed, joins.windowBudget)} ${joins.windowUsed} of ${joins.windowBudget} in the last minute   ${joins.refused} refused`,
    ),
    row("sockets", `${service.sockets} open   ${service.slots} channels`),
    row("errors", countsText(addUp(people.errorsByClass, service.errorsByClass))),
    row("log", logPath),
    ...(chaos ? drawChaos(chaos).map((line, index) => row(index === 0 ? "fault" : "", line)) : []),
  ];
}

/** What other programs need to join in. */
export function drawAddresses(environment: ServiceEnvironment): string[] {
  const lines = Object.entries(environment).map(([name, value]) => `  ${name.padEnd(26)}${value}`);
  return ['Join in from any other program (or: eval "$(bun run --silent shoal env)"):', ...lines, ""];
}
