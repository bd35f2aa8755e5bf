import type { ConsolePerson } from "@shoal/bot-service/bodies";
import type { ComponentChildren } from "preact";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Facts, Section } from "../parts/facts.tsx";
import { Failed } from "../parts/states.tsx";
import { Id, Text } from "../parts/text.tsx";
import { Since, Time } from "../parts/time.tsx";
import { useResource } from "../use-resource.ts";

const EVERY_MS = 1000;

/** What the daemon saw of the person who chats here: the ticket, why nobody yet, the match, the room, and all of it in order. */
export function DaemonView({ me }: { readonly me: string | null }) {
  return (
    <aside class="daemon-view" aria-label="What the daemon saw">
      <h2>What the daemon saw</h2>
      {me === null ? <p class="hint">Nothing yet: you have not signed in.</p> : <Seen me={me} />}
    </aside>
  );
}

function Seen({ me }: { readonly me: string }) {
  const { value, error } = useResource<ConsolePerson>("/api/console/person", { user_id: me }, EVERY_MS);
  const person = value.value;
  return (
    <>
      {error.value && <Failed error={error.value} isStale={person !== null} />}
      {person && (
        <>
          <Ticket person={person} />
          <Match person={person} />
          <Room person={person} />
          <Timeline person={person} />
        </>
      )}
    </>
  );
}

const TONES: Readonly<Record<string, Tone>> = {
  waiting: "info",
  reserved: "info",
  pending: "info",
  matched: "good",
  live: "good",
  talking: "good",
  joining: "info",
};

function State({ children }: { readonly children: string }) {
  return (
    <Badge tone={TONES[children] ?? "off"}>
      <Text>{children}</Text>
    </Badge>
  );
}

function Ticket({ person: { user_id, ticket, why } }: { readonly person: ConsolePerson }) {
  if (!ticket) return <Section title="Ticket">{NONE}</Section>;
  const facts: [string, ComponentChildren][] = [
    ["state", <State key="state">{ticket.status}</State>],
    ["name", <Text key="name">{ticket.name ?? "none"}</Text>],
    ["waits since", <Since key="since" at={ticket.since} />],
    ["came by", <Text key="source">{ticket.source}</Text>],
    ["person", <Id key="person">{user_id}</Id>],
  ];
  if (ticket.status !== "waiting") facts.splice(2, 1, ["began", <Time key="since" at={ticket.since} as="clock" />]);
  if (ticket.closed_reason) facts.push(["closed", <Text key="reason">{ticket.closed_reason}</Text>]);
  return (
    <Section title="Ticket">
      <Facts facts={facts} />
      {why && (
        <p class="why">
          <Text>{why.text}</Text> <code class="code-name">{why.code}</code>
        </p>
      )}
    </Section>
  );
}

const NONE = <p class="hint">None.</p>;

function Match({ person: { user_id, match } }: { readonly person: ConsolePerson }) {
  if (!match) return <Section title="Match">{NONE}</Section>;
  const other = match.seats.find(({ id }) => id !== user_id);
  const confirmed = match.seats.filter(({ is_confirmed }) => is_confirmed).length;
  const facts: [string, ComponentChildren][] = [
    ["state", <State key="state">{match.status}</State>],
    ["rule", <Text key="rule">{match.rule ?? "none"}</Text>],
    ["with", <Text key="with">{other ? `${other.name ?? other.id}${other.bot ? ", a bot" : ""}` : "nobody"}</Text>],
    ["confirmed", `${confirmed} of ${match.seats.length}`],
    ["made", <Time key="made" at={match.made_at} as="clock" />],
    ["live", <Time key="live" at={match.live_at} as="clock" />],
    ["match", <Id key="id">{match.id}</Id>],
  ];
  if (match.ended_at) facts.push(["ended", <Time key="ended" at={match.ended_at} as="clock" />]);
  if (match.ended_reason) facts.push(["because", <Text key="because">{match.ended_reason}</Text>]);
  return (
    <Section title="Match">
      <Facts facts={facts} />
    </Section>
  );
}

function Room({ person: { match, room } }: { readonly person: ConsolePerson }) {
  if (!match || !room) return <Section title="Room">{NONE}</Section>;
  const { topic, bot } = room;
  const elsewhere = match.seats.some((seat) => seat.bot)
    ? "not at this daemon"
    : "none: two people talk without the daemon";
  const facts: [string, ComponentChildren][] = [
    ["topic", <Text key="topic">{topic}</Text>],
    ["bot", bot ? <State key="bot">{bot.state}</State> : elsewhere],
  ];
  if (bot) facts.push(["joined", bot.is_joined ? "yes" : "no"], ["since", <Since key="since" at={bot.since} />]);
  return (
    <Section title="Room">
      <Facts facts={facts} />
    </Section>
  );
}

function Timeline({ person: { user_id, timeline } }: { readonly person: ConsolePerson }) {
  return (
    <Section title="In order">
      {timeline.length === 0 && NONE}
      <ol class="timeline">
        {timeline.map(({ at, type, summary }, index) => (
          <li key={`${index} ${type}`}>
            <Time at={at} as="clock" /> <code class="code-name">{type}</code>{" "}
            <Text>{summary === user_id ? "you" : summary}</Text>
          </li>
        ))}
      </ol>
    </Section>
  );
}
