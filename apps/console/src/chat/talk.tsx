import type { ChatMessage, ChatState } from "@shoal/browser-chat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Text } from "../parts/text.tsx";
import { printableMessage } from "./said.ts";

/** What was said. Scrolls along, unless one has scrolled back to read. */
export function Talk({
  state: { phase, match, messages, isPartnerTyping },
  onSayAgain,
}: {
  readonly state: ChatState;
  readonly onSayAgain: (messageId: string) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (list.current && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  });
  const partner = match?.partner;
  return (
    <div
      class="talk"
      role="log"
      aria-label="Conversation"
      ref={list}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
    >
      {messages.length === 0 && !isPartnerTyping && <p class="nothing">{WORDS[phase]}</p>}
      {messages.map((message, index) => (
        <Line
          key={message.id}
          message={message}
          speaker={message.isMine ? "You" : (partner?.name ?? "")}
          isFirst={messages[index - 1]?.isMine !== message.isMine}
          onSayAgain={onSayAgain}
        />
      ))}
      {isPartnerTyping && partner && (
        <p class="theirs typing">
          <span class="unseen">
            <Text>{partner.name}</Text> is typing
          </span>
          <i />
          <i />
          <i />
        </p>
      )}
    </div>
  );
}

/** What stands where nothing is said yet. */
const WORDS: Readonly<Record<ChatState["phase"], string>> = {
  idle: "You will be paired with somebody who waits, or with a bot when nobody does.",
  "signing-in": "One moment …",
  waiting: "Whoever waits the longest is paired first.",
  meeting: "Somebody was found.",
  talking: "Say hello.",
  over: "Nothing was said.",
};

const MARKS = { sending: ["…", "sending"], sent: ["✓", "sent"] } as const;

function Line({
  message: { id, isMine, text, delivery },
  speaker,
  isFirst,
  onSayAgain,
}: {
  readonly message: ChatMessage;
  readonly speaker: string;
  readonly isFirst: boolean;
  readonly onSayAgain: (messageId: string) => void;
}) {
  return (
    <p class={isMine ? "mine" : "theirs"}>
      <span class={isFirst && !isMine ? "speaker seen" : "speaker"}>
        <Text>{speaker}</Text>
      </span>
      <bdi>{printableMessage(text)}</bdi>
      {isMine && delivery !== "failed" && (
        <small role="img" aria-label={MARKS[delivery][1]}>
          {MARKS[delivery][0]}
        </small>
      )}
      {delivery === "failed" && (
        <button type="button" onClick={() => onSayAgain(id)}>
          Not sent. Send again
        </button>
      )}
    </p>
  );
}
