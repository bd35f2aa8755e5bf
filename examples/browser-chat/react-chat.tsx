import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type Chat, type ChatMessage, REPORT_REASONS, statusText } from "./index.ts";

const MARKS = { sending: "…", sent: "✓" } as const;

/** A conversation with a stranger. Make one chat for a page, outside of the component: `createChat(…)`. */
export function ReactChat({ chat }: { readonly chat: Chat }) {
  const state = useSyncExternalStore(chat.subscribe, () => chat.state);
  const { phase, problem, match, messages, isPartnerTyping, name } = state;
  const talk = useRef<HTMLDivElement>(null);
  useEffect(() => {
    talk.current?.scrollTo(0, talk.current.scrollHeight);
  });

  const find = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("name");
    void (isBusy(phase) ? chat.leave() : chat.wait(String(given ?? name)));
  };
  const say = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    chat.say(String(new FormData(event.currentTarget).get("text")));
    event.currentTarget.reset();
  };

  return (
    <main className="chat">
      <h1>Talk to somebody</h1>
      <p className="status" role="status">
        {statusText(state)}
      </p>
      <p className="problem" role="alert">
        {problem && `${problem.text} (${problem.code})`}
      </p>
      <div className="talk" role="log" aria-label="Conversation" ref={talk}>
        {messages.map((message) => (
          <Line key={message.id} message={message} partner={match?.partner.name ?? ""} chat={chat} />
        ))}
        {isPartnerTyping && (
          <p className="theirs typing">
            <span className="speaker">is typing</span>
            <i />
            <i />
            <i />
          </p>
        )}
      </div>
      {(phase === "talking" || phase === "over") && <Menu key={match?.matchId} chat={chat} />}
      {phase === "talking" ? (
        <form onSubmit={say}>
          <input
            name="text"
            maxLength={1000}
            required
            autoComplete="off"
            dir="auto"
            aria-label="Your message"
            onInput={() => chat.type()}
          />
          <button type="submit">Send</button>
          <button type="button" onClick={() => void chat.leave()}>
            Leave
          </button>
        </form>
      ) : (
        <form onSubmit={find}>
          <input
            name="name"
            defaultValue="Ann"
            maxLength={80}
            required
            aria-label="Your name"
            disabled={isBusy(phase)}
          />
          <button type="submit">{isBusy(phase) ? "Stop" : "Find somebody"}</button>
        </form>
      )}
    </main>
  );
}

/** Stays after the conversation: who was met can be blocked and reported later, too. */
function Menu({ chat }: { readonly chat: Chat }) {
  const { ended, isReported } = chat.state;
  const [isOpen, setIsOpen] = useState(false);
  const report = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void chat.report(String(new FormData(event.currentTarget).get("reason")));
  };
  const close = (event: KeyboardEvent<HTMLDetailsElement>) => {
    if (event.key !== "Escape") return;
    setIsOpen(false);
    event.currentTarget.querySelector("summary")?.focus();
  };
  return (
    <details
      className="menu"
      open={isOpen && ended !== "you-blocked"}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
      onKeyDown={close}
    >
      <summary>Block or report</summary>
      <form onSubmit={report}>
        <select name="reason" aria-label="What is wrong">
          {REPORT_REASONS.map((words) => (
            <option key={words}>{words}</option>
          ))}
        </select>
        <button type="submit" disabled={isReported}>
          {isReported ? "Reported" : "Report"}
        </button>
        <button type="button" disabled={ended === "you-blocked"} onClick={() => void chat.block()}>
          Block
        </button>
      </form>
    </details>
  );
}

const isBusy = (phase: string) => phase === "signing-in" || phase === "waiting" || phase === "meeting";

/** React shows text as text; `bdi` keeps what a stranger writes from turning the line round. */
function Line({
  message,
  partner,
  chat,
}: {
  readonly message: ChatMessage;
  readonly partner: string;
  readonly chat: Chat;
}) {
  const { id, isMine, text, delivery } = message;
  return (
    <p className={isMine ? "mine" : "theirs"}>
      <bdi className="speaker">{isMine ? "You" : partner}</bdi>
      <bdi>{text}</bdi>
      {isMine && delivery !== "failed" && <small>{MARKS[delivery]}</small>}
      {delivery === "failed" && (
        <button type="button" onClick={() => chat.sayAgain(id)}>
          Not sent. Send again
        </button>
      )}
    </p>
  );
}
