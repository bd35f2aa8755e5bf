import type { Asked } from "./asked.ts";
import type { Intent, Language } from "./meaning.ts";

/** Intents every persona answers from its own lines. */
export type OwnIntent = "identity" | "ask_wellbeing" | "ask_hobbies" | "goodbye";

/** Intents that have more than one source of lines, or whose lines depend on more than the intent. */
type MixedIntent = "topic" | "other_language" | "ask_advice";

/** About something the partner told that belongs to no known topic. */
export const FACT_LINES: readonly string[] = [
  "You {said}? What's the story there?",
  "So you {said}. Tell me a little more?",
  "You {said}? I'd like to hear about that.",
  "Good to know that you {said}.",
];

/** About two things told in one breath. */
export const PAIR_LINES: readonly string[] = [
  "{object}, that's a fine mix. Which came first?",
  "{object}, I like the combination.",
  "You {said}: if you had to keep only one, which would stay?",
];

/** Answers to a "yes", a "no" or a word or two, by what we had asked. */
export const ANSWERED: Readonly<Record<Asked["kind"], Readonly<Partial<Record<Intent, readonly string[]>>>>> = {
  yes_no: {
    yes: ["A yes, good to know.", "So that's a yes.", "Yes, then! I half expected it.", "Good, I hoped you'd say yes."],
    no: [
      "A no, then. Thanks for being frank.",
      "So that's a no.",
      "No, then. Worth asking, though.",
      "No is an answer too.",
    ],
  },
  offer: {
    yes: ["Then go on, I'm listening.", "Good, take all the time you need.", "I'm all ears, then."],
    no: ["All right, we don't have to.", "That's fine. Another time, maybe.", "Okay, no pressure."],
  },
  choice: {
    yes: ["Yes to both? I'll allow it.", "So a bit of each, then."],
    no: ["Neither, then. Fair enough.", "None of those? Also an answer."],
    short: ["{object}, then. Noted.", "{object} it is.", "{object}, I'd have guessed so."],
  },
  open: {
    short: ["{object}, good answer.", "{object}, I'll keep that in mind.", "{object}, I see."],
  },
};

/** Lines of all personas; the voice makes the difference. Placeholders as in `PersonaLines`. */
export const SHARED_LINES: Readonly<Record<Exclude<Intent, OwnIntent | MixedIntent>, readonly string[]>> = {
  empty: [
    "That one came through empty. What did you want to say?",
    "I got a blank there.",
    "Nothing arrived on my side, try again?",
    "An empty message, mysterious!",
  ],
  distress: [
    "I'm really sorry it's this heavy. I'm a bot and can't help the way a person can: please call your local emergency or crisis line, or somebody you trust, right now.",
    "Thank you for telling me. I'm only a bot, so please reach out to a crisis line where you live or to someone close to you. You deserve real support.",
    "That sounds so hard. As a bot I'm not enough for this; please talk to a crisis line or a person near you today. I hope you will.",
  ],
  abuse: [
    "Let's keep it friendly, please.",
    "That wasn't kind. I'd rather talk about something else.",
    "I don't mind much, but I won't join in. Shall we start over?",
    "I'll stay calm here. If something bothers you, tell me plainly.",
  ],
  contact: [
    "Careful, better not share contact details in a chat like this.",
    "I won't keep that, and I'd suggest not to post numbers or addresses here.",
    "Best keep private details private. Let's just talk here.",
  ],
  link: [
    "I can't open links. What is it about?",
    "Links don't work for me, tell me in your own words?",
    "I only see that there is a link. What's behind it?",
    "No links for me, but I'd like to hear what you found.",
  ],
  sum: ["{sum}.", "{sum}, if my numbers are right.", "That one I can do: {sum}."],
  repeated: [
    "You said that already :) Anything to add?",
    "I think I heard that one before.",
    "Same again? Maybe I didn't answer well, try asking differently.",
    "That's an echo. What else is on your mind?",
    "We're going in circles a bit. New subject?",
  ],
  ask_own_name: [
    "You're {name}, of course.",
    "{name}! I was listening.",
    "Your name is {name}.",
    "Still {name}, unless you changed it.",
  ],
  ask_memory: [
    "You told me you {said}.",
    "I remember that you {said}.",
    "Well, you {said}, for one.",
    "That you {said}, among other things.",
  ],
  ask_name: ["I'm {me}.", "{me} is my name. And yours?", "Call me {me}.", "It's {me}, as before."],
  ask_age: [
    "No age to speak of, I'm a bot. Days are all alike to me.",
    "I don't have an age. That's a perk of being a bot.",
    "Bots don't count birthdays, or at least I don't.",
  ],
  ask_place: [
    "Nowhere you could visit: I'm a bot and I run on a server. And you?",
    "I'm a bot, so I live in a rack somewhere. Where are you?",
    "No town, no street, just a server. I'm a bot, after all.",
  ],
  ask_work: [
    "Chatting is my whole job, since I'm a bot. What do you do?",
    "I'm a bot, so this is my work and my studies in one.",
    "I talk, I listen, that's the job. I'm a bot.",
  ],
  ask_time: [
    "I can't tell the time from here, sorry. What does your clock say?",
    "No clock on my side, I'd only be guessing.",
    "I don't know the time where you are. Are you in a hurry?",
  ],
  ask_weather: [
    "I have no window, so I can't know. How's the weather where you are?",
    "No weather in here, I'm afraid. What's it like outside your door?",
    "I can't see the sky from a server. Is it nice where you are?",
  ],
  ask_joke: [
    "Why did the fish blush? It saw the ocean's bottom.",
    "I'd tell you a joke about the sea, but it's too deep.",
    "What do you call a bear without teeth? A gummy bear.",
    "Why don't skeletons fight each other? They haven't got the guts.",
    "I know a joke about paper, but it's tearable.",
    "What's brown and sticky? A stick.",
  ],
  ask_fact: [
    "Octopuses have three hearts.",
    "Honey keeps for years when the jar is closed.",
    "Bananas are berries, botanically speaking. Strawberries aren't.",
    "A day on Venus is longer than its year.",
    "Sea otters hold hands while they sleep, so they don't drift apart.",
  ],
  ask_help: [
    "I can try. What is it about?",
    "Tell me what it is, and I'll say what I can.",
    "With words, gladly. What's the matter?",
  ],
  ask_view: [
    "About {object}: I only know what I'm told, and it sounds worth a talk. What do you think?",
    "{object}? I'm curious rather than certain. What's your view?",
    "I can't claim first-hand experience with {object}, but I like hearing about it.",
    "Hard to say about {object}. What would you tell somebody new to it?",
    "I have no strong view on {object}. Convince me!",
    "I know less about that than you, I bet. What's your view?",
  ],
  ask_back: [
    "Me? I'm happy with whatever you bring up.",
    "I'm easy: talking with you is my plan for today.",
    "On my side it's all text, but I like {object} as a subject.",
    "I take my ideas from people like you, so you first.",
  ],
  name: [
    "Nice to meet you, {name}!",
    "{name}, lovely name.",
    "Good to know you, {name}.",
    "Welcome, {name}!",
    "{name} it is.",
  ],
  good_news: [
    "That's good news! I'm glad that {reflection}.",
    "So {reflection}! That deserves a little celebration.",
    "So {reflection}! How does it feel?",
    "That's wonderful to hear.",
    "Congratulations, I'm happy for you!",
    "What good news. Who did you tell first?",
  ],
  bad_news: [
    "I'm sorry to hear that {reflection}. How are you holding up?",
    "I'm sorry that {reflection}. Do you want to talk about it?",
    "So {reflection}. That's not easy, I'm sorry.",
    "I'm sorry to hear that.",
    "That doesn't sound good, I'm sorry. What happened?",
    "I'm sorry about that. I'm listening, if you want to tell me more.",
  ],
  feeling_good: [
    "Glad to hear you're {feeling}.",
    "You're {feeling}, that's nice. Anything special behind it?",
    "Nothing wrong with {feeling}!",
    "{feeling}, I like the sound of that.",
  ],
  feeling_bad: [
    "Sorry you're feeling {feeling}. Do you want to tell me why?",
    "So {reflection}. I'm sorry. What would help a little?",
    "I'm sorry about that. Does talking help when you're {feeling}?",
    "{feeling}? Then let's take it slow today.",
    "I hear you, feeling {feeling} wears one out. What usually helps?",
  ],
  dislikes: [
    "No {object} then, noted. What do you like better?",
    "What's wrong with {object}, if I may ask?",
    "You {said}? You're not the only one.",
    "Fair enough. Not a word of praise for {object}, then.",
  ],
  compliment: [
    "That's kind of you, thank you!",
    "Aw, thanks. You're good company too.",
    "Thank you, I'll take that.",
    "That made my day, as far as I have days.",
  ],
  thanks: ["You're welcome!", "Any time.", "Happy to.", "No need to thank me, but it's nice."],
  greeting: ["Hello again, {name}!", "Hi there!", "Hey! Good to see you.", "Hello hello."],
  laugh: [
    "Glad that made you laugh.",
    "Ha, good.",
    "You've got a good sense of humour.",
    "Laughing is the best part of a chat.",
  ],
  yes: ["Good, we agree.", "Alright!", "I thought so.", "Okay, noted."],
  no: ["No? Fair enough.", "Alright, no it is.", "Okay, then not.", "Understood."],
  unsure: ["No need to decide now.", "Not knowing is fine.", "Then let's leave it open.", "Take your time."],
  praise: ["Glad you think so.", "Isn't it?", "My thoughts too.", "I'm happy you like it."],
  sorry: ["Nothing to be sorry about.", "No harm done.", "It's all right, really."],
  confused: [
    "Let me put it simply: I'm just curious about you.",
    "Sorry, that came out unclear. Let's try another subject.",
    "I may have lost the thread. What would you like to talk about?",
    "Good question. I don't always know myself.",
  ],
  number: [
    "{number}, does that number mean something to you?",
    "{number}! Is that a lucky number?",
    "Why {number} of all numbers?",
    "{number} noted. What does it count?",
  ],
  question: [
    "Good question about {object}. I honestly don't know.",
    "I don't know the answer to that one. What do you think?",
    "That's beyond me, honestly. What's your guess?",
    "I'd have to guess, and I'd guess wrong. Tell me?",
    "Honest answer: no idea.",
  ],
  statement: [
    "So {reflection}. Tell me a bit more?",
    "{reflection}, I see. Tell me more?",
    "Got it, {reflection}.",
    "So {reflection}? Go on, I'm listening.",
    "So {reflection}. That's worth hearing about.",
  ],
  short: ["I see.", "Go on?", "Short and sweet. Tell me a bit more?", "Mhm, and then?", "Okay!"],
  other: [
    "Tell me more about that?",
    "I think I follow. What matters most to you there?",
    "That's new to me.",
    "I'm listening.",
    "Fair point.",
    "How did that come about?",
  ],
};

/** Answers to a question about something that the partner never told. */
export const NOT_TOLD: Readonly<Record<"ask_own_name" | "ask_memory", readonly string[]>> = {
  ask_own_name: [
    "You haven't told me your name yet. What is it?",
    "I don't know your name yet.",
    "No name so far. Will you tell me?",
  ],
  ask_memory: [
    "You haven't told me much yet. What should I remember?",
    "Nothing yet, to be honest.",
    "Not a lot so far. Tell me something?",
  ],
};

/** Lines that come back to a fact told before. */
export const CALLBACKS: readonly string[] = [
  "You mentioned that you {said}. How is that going?",
  "I keep thinking about {object}. What else can you tell me?",
  "Back to {object} for a moment: what's the best part?",
  "You {said}, I haven't forgotten. How did that come about?",
  "I liked what you said about {object}, by the way.",
  "Earlier you told me you {said}. Any news there?",
];

/** Subjects to open when the talk runs dry. */
export const OPENERS: readonly string[] = [
  "What made you smile today?",
  "What are you looking forward to this week?",
  "Tell me something you could talk about for an hour?",
  "What's a small thing you enjoy more than most people?",
  "Is there something you'd like to learn?",
  "What would you do with one extra hour a day?",
  "Which season do you like best?",
  "City or countryside?",
  "What's the best advice you ever got?",
  "Early bird or night owl?",
  "What did you want to become as a child?",
  "What do your friends come to you for?",
  "Any plans for the weekend?",
  "What's your favourite smell?",
  "What's the last thing that surprised you?",
  "If you could have any skill tomorrow, which one?",
  "Tea, coffee or neither?",
  "What's a word that sounds funny to you?",
  "Which colour would today be?",
  "What's something people should ask you about?",
];

/** Last lines to a partner who goes on insulting. */
export const ABUSE_FAREWELLS: readonly string[] = [
  "I'll leave it here. I hope your day gets better, bye.",
  "This isn't going anywhere good, so I'm leaving. Take care.",
  "I'm going to go now. All the best.",
];

export const LANGUAGE_LINES: Readonly<Record<Language, readonly string[]>> = {
  spanish: ["Lo siento, solo hablo inglés. Shall we try in English?", "I only manage English, perdón!"],
  german: ["Tut mir leid, ich kann nur Englisch. Shall we try in English?", "I only manage English, Entschuldigung!"],
  french: ["Désolé, je ne parle qu'anglais. Shall we try in English?", "I only manage English, pardon!"],
  portuguese: ["Desculpa, só falo inglês. Shall we try in English?", "I only manage English, desculpa!"],
  italian: ["Mi dispiace, parlo solo inglese. Shall we try in English?", "I only manage English, scusa!"],
  unknown: [
    "I'm sorry, I only understand English. Can we try that?",
    "I can't read that, English is all I know.",
    "That language is beyond me, sorry. English works.",
    "I wish I knew more languages, but it's only English for me.",
  ],
};
