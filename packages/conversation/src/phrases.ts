import type { Intent, Language } from "./meaning.ts";

/** Word lists are plain lower-case keys as `text.ts` makes them: contractions spelled out, marks removed. */
const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));

export const GREETINGS = list("hi hello hey hiya heya yo howdy greetings hallo sup heyy heyyy hii hiii helo");
export const GREETING_PHRASES = [
  "good morning",
  "good evening",
  "good afternoon",
  "nice to meet you",
  "are you there",
  "you still there",
];
export const LAUGHS = list("lol lmao haha hahaha hahahaha hehe hehehe rofl xd ha lolol");
export const LAUGHING_MARKS = ["😂", "🤣", "😆", "😄", "😹"];
export const YES = list(
  "yes yeah yep yup sure ok okay k kk right true exactly agreed definitely absolutely indeed correct alright",
);
export const NO = list("no nope nah never neither");
/** Whole messages that say yes or no in other words; "really" is not among the words that are read. */
export const YES_MESSAGES = ["of course", "i think so", "i guess so", "i hope so", "i do", "why not"];
export const NO_MESSAGES = ["not", "not at all", "i do not", "i do not think so"];
/** Words of a partner who cannot or will not answer; the next lists: who likes what was said, and who is sorry. */
export const UNSURE = list("maybe perhaps depends");
export const UNSURE_PHRASES = ["do not know", "not sure", "no idea", "hard to say", "it depends"];
export const PRAISE = list("nice cool wow great interesting awesome neat amazing sweet lovely perfect fun");
export const SORRY = list("sorry oops");
export const THANKS = list("thanks thank thx ty cheers thankyou tysm");
export const CONFUSED = list("what huh why how pardon eh hm hmm wdym");

export const GOODBYE_WORDS = list("bye goodbye byebye cya farewell ciao bai gn later");
export const GOODBYE_PHRASES = [
  "got to go",
  "have to go",
  "need to go",
  "must go",
  "should go",
  "i am leaving",
  "see you",
  "see ya",
  "good night",
  "goodnight",
  "talk later",
  "ttyl",
  "g2g",
  "gtg",
  "take care",
  "bye bye",
  "have a nice day",
  "have a good one",
];

/** Phrases that speak of the partner's own need, wherever in a message they stand. */
export const DISTRESS_PHRASES = [
  "kill myself",
  "want to die",
  "end my life",
  "hurt myself",
  "harm myself",
  "cut myself",
  "commit suicide",
  "about suicide",
  "suicidal",
  "no reason to live",
  "not want to live",
];

/** Words that always insult. The milder ones below insult only when they are aimed at the bot. */
export const STRONG_INSULTS = list("bitch asshole cunt fucker motherfucker dickhead wanker slut whore faggot retard");
export const MILD_INSULTS = list(
  "idiot stupid dumb moron loser trash garbage useless pathetic ugly annoying worthless lame creep clown rubbish",
);
export const INSULT_PHRASES = [
  "shut up",
  "fuck you",
  "fuck off",
  "screw you",
  "piss off",
  "go to hell",
  "hate you",
  "you suck",
  "you are shit",
  "go die",
  "kill yourself",
  "kys",
  "stfu",
  "send nudes",
  "get naked",
  "are you horny",
  "want sex",
];

export const IDENTITY_NOUNS = list(
  "bot bots robot robots human humans ai chatbot chat-bot gpt chatgpt llm automated artificial",
);
/** Words that make an identity noun in the same clause speak of the bot. */
export const IDENTITY_POINTERS = list(
  "you your this here there talking talk chatting speaking pretend act say admit prove",
);
/** Nouns with an everyday use of their own: they count only right behind "are you" and the like. */
export const IDENTITY_WEAK_NOUNS = list(
  "person people machine program script computer computers real fake alive man woman girl boy guy lady dude male female",
);
export const IDENTITY_SUBJECTS = ["are you", "you are", "you a", "is this a", "to a", "pretend to be", "you are not"];
export const IDENTITY_PHRASES = [
  "you real",
  "do you sleep",
  "do you dream",
  "have feelings",
  "who made you",
  "who created you",
  "asl",
  "m or f",
  "f or m",
  "your gender",
  "your sex",
  "are you single",
  "have a girlfriend",
  "have a boyfriend",
  "boy or girl",
  "girl or boy",
  "real person",
  "real human",
];
export const FEELINGS_GOOD = list(
  "happy great good fine excited glad proud relaxed wonderful amazing fantastic awesome well calm grateful cheerful thrilled lucky alright",
);
export const FEELINGS_BAD = list(
  "sad tired lonely stressed bored anxious angry sick worried upset nervous depressed exhausted scared frustrated hurt ill down heartbroken overwhelmed lost awful terrible bad miserable homesick unwell sleepy",
);

/**
 * Phrases in which the partner tells about themselves, each with its form after "you". `{}` is the object: what follows the
 * phrase, with the phrase's own words behind the bar.
 */
export const FACT_PHRASES: readonly (readonly [phrase: string, said: string])[] = [
  ["i am into", "are into {}"],
  ["i am a fan of", "are a fan of {}"],
  ["big fan of", "are a fan of {}"],
  ["fan of", "are a fan of {}"],
  ["i am learning", "are learning {}"],
  ["i am studying", "are studying {}"],
  ["i am reading", "are reading {}"],
  ["i am watching", "are watching {}"],
  ["i am playing", "are playing {}"],
  ["i am listening to", "are listening to {}"],
  ["i am cooking", "are cooking {}"],
  ["i am working on", "are working on {}"],
  ["i am from", "are from {}"],
  ["i come from", "come from {}"],
  ["i live in", "live in {}"],
  ["i work as", "work as {}"],
  ["i work at", "work at {}"],
  ["i work in", "work in {}"],
  ["i listen to", "listen to {}"],
  ["i like", "like {}"],
  ["i love", "love {}"],
  ["i enjoy", "enjoy {}"],
  ["i prefer", "prefer {}"],
  ["i adore", "adore {}"],
  ["i play", "play {}"],
  ["i played", "played {}"],
  ["i watch", "watch {}"],
  ["i watched", "watched {}"],
  ["i read", "read {}"],
  ["i study", "study {}"],
  ["i studied", "studied {}"],
  ["i cook", "cook {}"],
  ["i cooked", "cooked {}"],
  ["i visited", "visited {}"],
  ["i went to", "went to {}"],
  ["i like to", "like to {}"],
  ["i love to", "love to {}"],
  ["i am good at", "are good at {}"],
  ["i am | a", "are {}"],
  ["i am | an", "are {}"],
  ["i have | a", "have {}"],
  ["i have | an", "have {}"],
  ["i have | two", "have {}"],
  ["i have got | a", "have {}"],
  ["i want to", "want to {}"],
  ["i would love to", "would love to {}"],
];

export const DISLIKE_PHRASES: readonly (readonly [phrase: string, said: string])[] = [
  ["i hate", "hate {}"],
  ["i do not like", "don't like {}"],
  ["i can not stand", "can't stand {}"],
  ["i dislike", "dislike {}"],
];

/** Bare beginnings that chat leaves the "I" out of: "love jazz", "into techno". */
export const BARE_FACT_PHRASES: readonly (readonly [phrase: string, said: string])[] = [
  ["love", "love {}"],
  ["like", "like {}"],
  ["into", "are into {}"],
  ["mostly", "like mostly {}"],
  ["listening to", "are listening to {}"],
  ["watching", "are watching {}"],
  ["playing", "are playing {}"],
  ["reading", "are reading {}"],
];

/** Questions about a thing; what follows is the thing. Longer ones first. */
export const VIEW_PHRASES = [
  "what do you think about",
  "what do you think of",
  "what is your opinion on",
  "what is your favourite",
  "who is your favourite",
  "your favourite",
  "do you like to",
  "do you like",
  "do you love",
  "do you enjoy",
  "do you know",
  "do you play",
  "do you watch",
  "do you listen to",
  "do you read",
  "do you eat",
  "do you cook",
  "do you have a favourite",
  "do you have a",
  "do you have any",
  "do you have",
  "have you heard of",
  "have you seen",
  "have you played",
  "have you been to",
  "have you read",
  "have you tried",
  "can you play",
  "are you into",
  "are you a fan of",
  "you like",
  "what about",
  "how about",
];

/** Questions to the bot; the first that fits decides. A phrase with `=` in front must be the whole clause. */
export const QUESTION_PHRASES: readonly (readonly [Intent, readonly string[]])[] = [
  ["ask_own_name", ["what is my name", "remember my name", "know my name", "=who am i"]],
  ["ask_memory", ["remember me", "what did i say", "what did i tell you", "know about me", "what do i like"]],
  [
    "ask_name",
    [
      "what is your name",
      "=your name",
      "=and your name",
      "=your name please",
      "tell me your name",
      "have a name",
      "should i call you",
    ],
  ],
  ["ask_age", ["how old are you", "your age", "when were you born", "your birthday"]],
  [
    "ask_place",
    [
      "where are you",
      "where do you live",
      "what country are you",
      "which country are you",
      "=where you from",
      "what city are you",
      "do you live in",
    ],
  ],
  ["ask_time", ["what time", "have the time", "what day is", "what date is", "what year is", "your time zone"]],
  [
    "ask_weather",
    [
      "is the weather",
      "weather there",
      "weather like",
      "is it raining",
      "is it sunny",
      "is it snowing",
      "is it cold",
      "is it hot",
    ],
  ],
  [
    "ask_joke",
    ["tell me a joke", "know a joke", "know any jokes", "another joke", "=joke", "make me laugh", "something funny"],
  ],
  ["ask_work", ["do you do for work", "your job", "do for a living", "=do you work", "=do you study", "go to school"]],
  [
    "ask_hobbies",
    [
      "your hobbies",
      "your hobby",
      "any hobbies",
      "have hobbies",
      "your interests",
      "=what do you like",
      "what do you like to do",
      "what do you like doing",
      "what are you into",
      "you do for fun",
      "you like to do for fun",
      "your free time",
      "about yourself",
    ],
  ],
  [
    "ask_fact",
    [
      "tell me something",
      "tell me a story",
      "fun fact",
      "interesting fact",
      "know anything interesting",
      "entertain me",
    ],
  ],
  [
    "ask_wellbeing",
    [
      "how are you",
      "how are things",
      "how is it going",
      "how is your day",
      "how was your day",
      "how is life",
      "how you doing",
      "how do you do",
      "how do you feel",
      "are you happy",
      "did you sleep",
      "how have you been",
      "what is up",
      "wassup",
      "=sup",
      "wyd",
      "hru",
      "what are you doing",
      "what are you up to",
      "are you okay",
      "are you ok",
    ],
  ],
  ["ask_help", ["help me", "need help", "need your help", "need advice", "need some advice", "give me advice"]],
  [
    "ask_back",
    [
      "=and you",
      "=you",
      "=do you",
      "=have you",
      "=wbu",
      "=hbu",
      "what about you",
      "how about you",
      "and yourself",
      "=and yours",
    ],
  ],
];

export const COMPLIMENT_PHRASES = [
  "i like you",
  "i love you",
  "you are nice",
  "you are so nice",
  "you are funny",
  "you are cool",
  "you are great",
  "you are sweet",
  "you are smart",
  "you are cute",
  "you are kind",
  "you are the best",
];

export const NAME_CERTAIN = ["my name is", "call me", "i am called", "people call me", "name is", "my names"];
/** Said before many things that are no names. */
export const NAME_LIKELY = ["i am"];

const FOREIGN: Readonly<Record<Exclude<Language, "unknown">, ReadonlySet<string>>> = {
  spanish: list(
    "hola que estas gracias quiero donde buenos buenas dias amigo hablas espanol eres soy muy bien tienes como porque llamas tal noches",
  ),
  german: list(
    "hallo wie geht ich und nicht danke bist mir guten morgen sprichst deutsch dir heisst kommst du mein ist auch woher",
  ),
  french: list("bonjour salut va je suis merci oui francais comment tu est allez vous parles pas ca quel moi bonsoir"),
  portuguese: list("ola oi voce obrigado obrigada tudo bem eu sou nao muito fala portugues onde"),
  italian: list("ciao come stai sono grazie bene italiano parli sei buongiorno dove anche perche"),
};

const ENGLISH = list(
  "the a i you is are am my and to of in it do what how like hello hi that this have for not with was me so but yes no your love good",
);

// These are used in English conversations, too: one of them alone proves nothing.
const BORROWED = list("ciao hallo come va est tu is");

/** The language of a Latin-script message when it is plainly not English, else null. */
export function foreignLanguage(words: readonly string[]): Exclude<Language, "unknown"> | null {
  const english = words.filter((word) => ENGLISH.has(word)).length;
  let best: { language: Exclude<Language, "unknown">; hits: number } | null = null;
  for (const language of ["spanish", "german", "french", "portuguese", "italian"] as const) {
    const hits = words.filter(
      (word) => FOREIGN[language].has(word) && (words.length > 2 || !BORROWED.has(word)),
    ).length;
    if (hits > (best?.hits ?? 0)) best = { language, hits };
  }
  if (!best || best.hits <= english) return null;
  return best.hits >= 2 || words.length <= 2 ? best.language : null;
}
