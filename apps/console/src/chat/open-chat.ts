import { signal } from "@preact/signals";
import { type Chat, type ChatState, closeWithPage, createChat } from "@shoal/browser-chat";
import { createClient } from "@supabase/supabase-js";
import { ApiError, api, logIn, resume } from "../api.ts";

/** What the daemon says of the project: GET <base>/chat/project.json */
interface Project {
  readonly url: string;
  readonly key: string;
  readonly is_private: boolean;
}

/** Whether it is known who is logged in, and so what is beside the chat: shown before, it would make way. */
export const isReady = signal(false);
/** Null until the project is known. */
export const chat = signal<Chat | null>(null);
/** The chat's state, as a signal. */
export const state = signal<ChatState | null>(null);
/** Why there is no chat. */
export const trouble = signal<ApiError | null>(null);

/** Opens the chat: logs in by the ticket in the address, so that the daemon's side is shown, and waits at once where a name is given. */
export async function openChat(): Promise<void> {
  const { hash, pathname, search } = location;
  const name = new URLSearchParams(search).get("name");
  // Neither works, or should, a second time.
  history.replaceState(null, "", pathname);
  try {
    const ticket = /^#ticket=([\w-]+)$/.exec(hash)?.[1];
    await (ticket === undefined ? resume() : logIn({ ticket })).catch(() => {});
    isReady.value = true;
    const opened = chatOf(await api.get<Project>("/chat/project.json"));
    opened.subscribe(() => {
      state.value = opened.state;
    });
    state.value = opened.state;
    chat.value = opened;
    closeWithPage(opened);
    await opened.resume();
    if (opened.state.phase === "idle" && !opened.state.problem && name) {
      tabs.postMessage(WAITS);
      await opened.wait(name);
    }
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    trouble.value = thrown;
  }
}

/** What tabs of this browser tell each other. */
const tabs = new BroadcastChannel("shoal-chat");
const WAITS = "somebody waits";

/** Waits together with the next tab in which somebody begins to: who waits for somebody else meets no bot before. */
export async function waitWithNextTab(chat: Chat, name: string): Promise<void> {
  const other = new Promise<void>((resolve) => {
    tabs.addEventListener("message", ({ data }) => data === WAITS && resolve(), { once: true });
  });
  await chat.leave();
  await other;
  await chat.wait(name);
}

function chatOf({ url, key, is_private: isPrivate }: Project): Chat {
  // A tab is a person of its own, and the same one after a reload.
  const storage = sessionStorage;
  const supabase = createClient(url, key, { auth: { storage } });
  return createChat({ supabase, project: { url, key }, isPrivate, storage });
}
