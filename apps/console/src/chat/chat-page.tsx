import { useSignal } from "@preact/signals";
import { type Chat, type ChatPhase, type ChatState, statusText } from "@shoal/browser-chat";
import { useEffect, useRef } from "preact/hooks";
import { role } from "../api.ts";
import { Button } from "../parts/button.tsx";
import { Failed } from "../parts/states.tsx";
import { Text } from "../parts/text.tsx";
import { DaemonView } from "./daemon-view.tsx";
import { chat, isReady, openChat, state, trouble, waitWithNextTab } from "./open-chat.ts";
import { Talk } from "./talk.tsx";

/** One talks with a partner; beside it stands what the daemon saw of it. */
export function ChatPage() {
  useEffect(() => void openChat(), []);
  if (!isReady.value) return null;
  const isLoggedIn = role.value !== null;
  return (
    <div class="chat-page" data-sides={isLoggedIn ? "2" : "1"}>
      <main class="chat">
        <header class="chat-head">
          <h1>Talk to somebody</h1>
          <nav aria-label="Elsewhere">
            {/* Without an opener the other tab has a storage of its own, and so is another person. */}
            <a href="chat?name=Ben" target="_blank" rel="noopener" onClick={beTwo}>
              Talk with yourself
            </a>
            <a href="./">Console</a>
          </nav>
        </header>
        {trouble.value && <Failed error={trouble.value} />}
        {chat.value && state.value && <Conversation chat={chat.value} state={state.value} />}
      </main>
      {isLoggedIn && <DaemonView me={state.value?.me ?? null} />}
    </div>
  );
}

function beTwo() {
  if (chat.value) void waitWithNextTab(chat.value, chat.value.state.name || "Ann");
}

function Conversation({ chat, state }: { readonly chat: Chat; readonly state: ChatState }) {
  const { phase, problem } = state;
  const isTalk = phase === "talking";
  return (
    <>
      <p class={`status ${phase}`} role="status">
        <Text>{statusText(state)}</Text>
      </p>
      <p class="problem" role="alert">
        {problem && `${problem.text} (${problem.code})`}
      </p>
      <Talk state={state} onSayAgain={(id) => chat.sayAgain(id)} />
      {isTalk ? <SayForm chat={chat} /> : <WaitForm chat={chat} phase={phase} name={state.name} />}
    </>
  );
}

/** Takes the focus when it comes into the place of the other one, where the focus was lost with that. */
function useFocus<T extends HTMLElement>() {
  const field = useRef<T>(null);
  useEffect(() => {
    if (document.activeElement === document.body) field.current?.focus();
  }, []);
  return field;
}

function WaitForm({ chat, phase, name }: { readonly chat: Chat; readonly phase: ChatPhase; readonly name: string }) {
  const isBusy = phase === "signing-in" || phase === "waiting" || phase === "meeting";
  const given = useSignal(name || "Ann");
  const submit = (event: Event) => {
    event.preventDefault();
    void (isBusy ? chat.leave() : chat.wait(given.value));
  };
  const button = useFocus<HTMLButtonElement>();
  return (
    <form class="chat-form" onSubmit={submit}>
      <input
        aria-label="Your name"
        value={given.value}
        onInput={(event) => {
          given.value = event.currentTarget.value;
        }}
        disabled={isBusy}
        maxLength={80}
        required
        autoComplete="nickname"
        dir="auto"
      />
      <button type="submit" class="button primary" ref={button}>
        {isBusy ? "Stop" : phase === "over" ? "Find somebody else" : "Find somebody"}
      </button>
    </form>
  );
}

function SayForm({ chat }: { readonly chat: Chat }) {
  const text = useSignal("");
  const field = useFocus<HTMLInputElement>();
  const submit = (event: Event) => {
    event.preventDefault();
    chat.say(text.value);
    text.value = "";
    field.current?.focus();
  };
  return (
    <form class="chat-form" onSubmit={submit}>
      <input
        ref={field}
        aria-label="Your message"
        placeholder="Write something"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          chat.type();
        }}
        maxLength={1000}
        required
        autoComplete="off"
        dir="auto"
      />
      <button type="submit" class="button primary">
        Send
      </button>
      <Button onPress={() => chat.leave()}>Leave</Button>
    </form>
  );
}
