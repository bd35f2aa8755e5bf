import { clockText, countsText, cut, row, wrap } from "@shoal/bot-service/cli";
import type { Service, ServiceEnvironment, ServiceSnapshot } from "@shoal/bot-service/daemon";
import { printable } from "@shoal/kernel";
import type { ChaosView } from "./chaos/chaos.types.ts";
import { drawChaos } from "./chaos/chaos-report.ts";
import { addUp, percentile } from "./figures.ts";
import type { PeopleReport, SaidLine } from "./people/protocol.ts";

/** No line is longer, also on a wider terminal: one column less than the narrowest usual one has. */
export const PICTURE_COLUMNS = 79;
/** Rows of the conversation: about three lines said. */
const CONVERSATION_ROWS = 6;
const NAME_COLUMNS = 13;
const BOT_MARK = " (bot)";

/** Everything one picture of the demo shows. */
export interface Picture {
  readonly elapsedMs: number;
  readonly service: ServiceSnapshot;
  readonly people: PeopleReport;
  /** Messages of about the last second, of people and bots together. */
  readonly messagesPerSecond: number;
  readonly logPath: string;
  /** Largest width, in columns. */
  readonly columns: number;
  readonly chaos?: ChaosView | undefined;
  /** Who speaks, where there is a model; undefined where there is none. */
  readonly spoken?: ReturnType<Service["spoken"]> | undefined;
}

/** The live view as lines of text, none wider than `columns`. With and without a conversation it has as many lines. */
export function drawPicture({
  elapsedMs,
  service,
  people,
  messagesPerSecond,
  logPath,
  columns,
  chaos,
  spoken,
}: Picture): string[] {
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
        ? "no match yet"
        : `p50 ${p50} ms   p99 ${p99} ms   ${people.everMatched} of ${people.people} matched`,
    ),
    row(
      "messages",
      `${messagesPerSecond.toFixed(1)} per second   ${people.messagesSent + service.messages.sent} in all`,
    ),
    ...(spoken ? drawModel(spoken, people) : []),
    row("joins", `${joins.total} in all   ${joins.refused} refused   ${joinsLeft(joins)} more allowed now`),
    row("sockets", `${service.sockets} open   ${service.slots} channels`),
    row("errors", countsText(addUp(people.errorsByClass, service.errorsByClass))),
    row("log", logPath),
    ...(chaos ? drawChaos(chaos) : []),
    "",
    ...drawConversation(people.conversation, columns),
  ].map((line) => cut(line, columns));
}

// What the limit allows grows while the server is young, so that "of so many" would mean something else each time.
function joinsLeft({ windowUsed, windowBudget }: ServiceSnapshot["joins"]): number {
  return Math.max(0, windowBudget - windowUsed);
}

/** Who has spoken at what cost, and what the rules of matching have kept apart. */
function drawModel({ model, rules, safety, dollars }: ReturnType<Service["spoken"]>, people: PeopleReport): string[] {
  const { matchesPersonPerson, matchesAcrossTopics } = people;
  return [
    row("replies", `${model} by the model   ${rules} by rules   ${safety} fixed   $${dollars.toFixed(4)}`),
    row(
      "topics",
      `${matchesPersonPerson - matchesAcrossTopics} of ${matchesPersonPerson} pairs of people of one topic`,
    ),
  ];
}

/** The latest of what is said in one room, each line under the name of the one who says it. */
function drawConversation(lines: readonly SaidLine[], columns: number): string[] {
  const rows = lines.flatMap(({ name, isBot, text }) => {
    const mark = isBot ? BOT_MARK : "";
    const speaker = cut(printable(name), NAME_COLUMNS - mark.length) + mark;
    return wrap(printable(text), columns - row("", "").length).map((part, index) =>
      row(index === 0 ? speaker : "", part),
    );
  });
  const shown = rows.slice(-CONVERSATION_ROWS);
  return [...shown, ...Array<string>(CONVERSATION_ROWS - shown.length).fill("")];
}

/** Draws the addresses and keys that other programs need to join in. */
export function drawAddresses(environment: ServiceEnvironment): string[] {
  const lines = Object.entries(environment).map(([name, value]) => `  ${name.padEnd(26)}${value}`);
  return ['Join in from any other program (or: eval "$(bun run --silent shoal env)"):', ...lines, ""];
}
