import type { PromptMessage } from "../types.ts";

const GREETING = /\b(hi|hey|hello|hallo|hola|salut|ciao|ol[aá]|good (morning|evening))\b/i;
const ASKS_BOT = /\b(bot|robot|a\.?i\.?|human|machine|program|real person)\b/i;
const SAD = /\b(sad|tired|bad|sick|lonely|stress\w*|angry|lost|miss)\b/i;
const COMMON = new Set(
  "about after again always because before could didnt doing doesnt every going great having people really should something still their there these thing things think those today tomorrow want weather would yesterday youre".split(
    " ",
  ),
);

const OPENERS = {
  greeting: ["Hey, good to meet you!", "Hi there!", "Hello, nice that you wrote."],
  question: ["Good question.", "Hm, let me think about that.", "I like being asked that."],
  sad: [
    "That sounds like a heavy day.",
    "Oh, I would be worn out by that.",
    "Thanks for telling me, that is not easy.",
  ],
  statement: ["That makes sense to me.", "Oh, I did not expect that.", "I can picture it."],
} as const;

const ABOUT_TOPIC = [
  (topic: string) => `I could go on about ${topic} for a while.`,
  (topic: string) => `With ${topic} I would start small and see where it leads.`,
  (topic: string) => `What do you like most about ${topic}?`,
  (topic: string) => `How did you get into ${topic}?`,
] as const;

const ABOUT_NOTHING = [
  "What has kept you busy so far?",
  "Tell me one small thing that went well today.",
  "What would you do with a free afternoon?",
  "I am all ears.",
] as const;

/**
 * Answers as a small model would: by the newest message, never twice the same line while another is left. It stands in for a language model where
 * there is no network.
 */
export function standInAnswer(messages: readonly PromptMessage[]): string {
  const name = /^You are ([^,]+),/.exec(messages[0]?.content ?? "")?.[1] ?? "a bot";
  const newest = lastMessage(messages);
  if (ASKS_BOT.test(newest)) return `Yes, I am ${name}, a bot, and glad to be one. What made you ask?`;
  const said = messages.flatMap(({ role, content }) => (role === "assistant" ? [content] : [])).join("\n");
  const kind = GREETING.test(newest)
    ? "greeting"
    : SAD.test(newest)
      ? "sad"
      : newest.includes("?")
        ? "question"
        : "statement";
  const turn = messages.length + newest.length;
  const topic = topicOf(newest);
  const follows = topic === null ? ABOUT_NOTHING : ABOUT_TOPIC.map((line) => line(topic));
  return `${unsaid(OPENERS[kind], said, turn)} ${unsaid(follows, said, turn)}`;
}

function lastMessage(messages: readonly PromptMessage[]): string {
  const content = messages.findLast(({ role }) => role === "user")?.content ?? "";
  return content.slice(content.lastIndexOf("<message>")).replaceAll(/<\/?message>/g, "");
}

/** The longest word of a message that may be what it is about. */
function topicOf(message: string): string | null {
  const words =
    message
      .toLowerCase()
      .replaceAll("'", "")
      .match(/\p{L}{5,20}/gu) ?? [];
  const candidates = words.filter((word) => !COMMON.has(word)).toSorted((one, other) => other.length - one.length);
  return candidates[0] ?? null;
}

function unsaid(lines: readonly string[], said: string, turn: number): string {
  const left = lines.filter((line) => !said.includes(line));
  const from = left.length === 0 ? lines : left;
  return from[turn % from.length] ?? "";
}
