/** The chat on a page without a framework. */
import { createClient } from "@supabase/supabase-js";
import { type ChatMessage, closeWithPage, createChat, REPORT_REASONS, statusText } from "./index.ts";

const { url, key, isPrivate } = await (await fetch("project.json")).json();
const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [wait, say, talk] = [element<HTMLFormElement>("wait"), element<HTMLFormElement>("say"), element("talk")];
const [menu, reason] = [element<HTMLDetailsElement>("menu"), element<HTMLSelectElement>("reason")];
const [name, text] = [element<HTMLInputElement>("name"), element<HTMLInputElement>("text")];

// In the session's storage: a tab is a person of its own, and the same one after a reload.
const supabase = createClient(url, key, { auth: { storage: sessionStorage } });
const chat = createChat({ supabase, project: { url, key }, isPrivate, storage: sessionStorage });

const MARKS = { sending: "…", sent: "✓", failed: "Not sent. Send again" } as const;

/** Foreign text is set as text, never as HTML, and in a direction of its own. */
function lineOf({ id, isMine, text, delivery }: ChatMessage): HTMLElement {
  const line = document.createElement("p");
  line.className = isMine ? "mine" : "theirs";
  const speaker = document.createElement("bdi");
  speaker.className = "speaker";
  speaker.textContent = isMine ? "You" : (chat.state.match?.partner.name ?? "");
  const said = document.createElement("bdi");
  said.textContent = text;
  line.append(speaker, said);
  if (!isMine) return line;
  const mark = document.createElement(delivery === "failed" ? "button" : "small");
  mark.textContent = MARKS[delivery];
  mark.addEventListener("click", () => chat.sayAgain(id));
  line.append(mark);
  return line;
}

function typingLine(): HTMLElement {
  const line = document.createElement("p");
  line.className = "theirs typing";
  const words = document.createElement("span");
  words.className = "speaker";
  words.textContent = "is typing";
  line.append(words, ...Array.from({ length: 3 }, () => document.createElement("i")));
  return line;
}

/** What is shown of the conversation: only what changed is drawn anew, so that a reader hears it once. */
const shown = new Map<ChatMessage | "typing", HTMLElement>();

function draw() {
  const { phase, problem, messages, isPartnerTyping } = chat.state;
  element("status").textContent = statusText(chat.state);
  element("problem").textContent = problem ? `${problem.text} (${problem.code})` : "";
  const wanted = new Set([...messages, ...(isPartnerTyping ? (["typing"] as const) : [])]);
  for (const [one, line] of shown) {
    if (wanted.has(one)) continue;
    line.remove();
    shown.delete(one);
  }
  let index = 0;
  for (const one of wanted) {
    const line = shown.get(one) ?? (one === "typing" ? typingLine() : lineOf(one));
    if (talk.children[index] !== line) talk.insertBefore(line, talk.children[index] ?? null);
    shown.set(one, line);
    index++;
  }
  talk.scrollTop = talk.scrollHeight;
  drawMenu();
  const wasTalking = !say.hidden;
  const isBusy = phase === "signing-in" || phase === "waiting" || phase === "meeting";
  say.hidden = phase !== "talking";
  wait.hidden = phase === "talking";
  name.disabled = isBusy;
  element("find").textContent = isBusy ? "Stop" : phase === "over" ? "Find somebody else" : "Find somebody";
  if (!say.hidden && !wasTalking) text.focus();
  if (say.hidden && wasTalking) element("find").focus();
}

/** Stays after the conversation: who was met can be blocked and reported later, too. */
function drawMenu() {
  const { phase, ended, isReported } = chat.state;
  menu.hidden = phase !== "talking" && phase !== "over";
  menu.open &&= !menu.hidden && ended !== "you-blocked";
  const [report, block] = [element<HTMLButtonElement>("reported"), element<HTMLButtonElement>("block")];
  report.disabled = isReported;
  report.textContent = isReported ? "Reported" : "Report";
  block.disabled = ended === "you-blocked";
}

reason.append(...REPORT_REASONS.map((words) => new Option(words)));
element("report").addEventListener("submit", (event) => {
  event.preventDefault();
  void chat.report(reason.value);
});
element("block").addEventListener("click", () => chat.block());
menu.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});
wait.addEventListener("submit", (event) => {
  event.preventDefault();
  void (name.disabled ? chat.leave() : chat.wait(name.value));
});
say.addEventListener("submit", (event) => {
  event.preventDefault();
  chat.say(text.value);
  text.value = "";
});
text.addEventListener("input", () => chat.type());
element("leave").addEventListener("click", () => chat.leave());
chat.subscribe(draw);
closeWithPage(chat);
draw();
await chat.resume();
