import type { Advice } from "./advice.ts";
import type { Topic } from "./topics.ts";

/** Something concrete to choose, by topic. */
export const PICKS: Readonly<Record<Topic, readonly string[]>> = {
  music: [
    "Try an old soul record front to back; it rarely misses.",
    "Pick one album you loved years ago and play it loud.",
    "Some piano jazz, for a start. It fits almost any hour.",
  ],
  films: [
    "A good old heist film. Clever plans that go wrong are always fun.",
    "Something animated and beautiful, Spirited Away for one.",
    "A courtroom drama: 12 Angry Men, one room and no dull minute.",
  ],
  food: [
    "A quick tomato pasta: garlic, a tin of tomatoes, basil, twenty minutes.",
    "Fried rice with whatever vegetables are left, and an egg on top.",
    "An omelette with cheese and herbs. Fast, warm, hard to get wrong.",
  ],
  travel: [
    "Go to Lisbon: hills, trams and custard tarts, and you can walk most of it.",
    "Somewhere by train that you have passed but never got off at.",
    "The coast out of season. Quiet, cheap and good for the head.",
  ],
  sport: [
    "Swimming: kind to the joints, and it clears the head.",
    "Start with a brisk half hour's walk, three times this week.",
    "Badminton with a friend. Easy to start, hard to stop.",
  ],
  games: [
    "Something you can play together on one sofa. A racing game works for any age.",
    "Try a puzzle game you can put down at any time, Tetris never gets old.",
    "Try Codenames, if there are four of you. Short rounds and lots of laughing.",
  ],
  work: [
    "Do the task you dread first, for twenty-five minutes only.",
    "Write down the three things that matter today and let the rest wait.",
    "Talk to somebody who does that job already; one coffee tells more than ten adverts.",
  ],
  study: [
    "Begin with old exam questions; they show what really counts.",
    "Pick the chapter you like least and explain it aloud in your own words.",
    "Short sessions with real breaks: twenty-five minutes on, five off.",
  ],
  pets: [
    "A new hiding game with treats. Most animals love to search.",
    "If you're choosing one, visit the shelter twice before you decide.",
    "A cardboard box with a hole in it. Cheap, and hardly ever refused.",
  ],
  books: [
    "Short stories: you can stop after each one, and you won't.",
    "The Hobbit, if you haven't read it. A journey, a dragon, second breakfasts.",
    "A classic detective story; Agatha Christie is a safe start.",
  ],
  weekend: [
    "Go somewhere you can reach in an hour and have never seen.",
    "A slow breakfast, a long walk, and one thing you've put off. In that order.",
    "Invite two friends over and cook together.",
  ],
  weather: [
    "Layers. Whatever it does later, you can take one off.",
    "Look up twice before you leave, and take the small umbrella.",
  ],
  tech: [
    "Buy last year's model; it does nearly the same for less.",
    "Before anything new: a backup, then a restart. It solves half of everything.",
  ],
};

/** Picks for a message without a known topic. */
const ANY_PICK = [
  "Go with the simplest option that makes you smile.",
  "Take whatever you thought of first; first ideas are underrated.",
  "Write down two options and flip a coin. If you're disappointed, take the other.",
];

const WAYS = [
  "With {object}, little and often: ten minutes a day beat one long evening a week.",
  "Find somebody who already knows {object} and watch how they begin.",
  "Make the first step so small that you can't say no to it, and do it today.",
  "Change one thing at a time, and give it a week before you judge.",
];

const DECISIONS = [
  "I'd sleep on it, then write down the best and the worst that could come of each choice.",
  "Imagine you've already said yes. If you feel lighter, that's a hint.",
  "Ask somebody who knows you well; and if it can be undone, just try it.",
];

/** Advice by its sort, for topics without lines of their own. */
export const ADVICE: Readonly<Record<Advice, readonly string[]>> = { pick: ANY_PICK, way: WAYS, decision: DECISIONS };

/** Answers where a guess could do harm. */
export const CAREFUL_ADVICE: readonly string[] = [
  "As a bot I'd only be guessing there. Better ask somebody who knows that well.",
  "That deserves more than a bot's guess: a professional, or somebody you trust, can really help.",
  "I'm a bot and not the right one to ask for that; please let somebody qualified have a look.",
];
