import type { Topic } from "./topics.ts";

/** Lines of all personas by topic. Those with `{object}` are for a thing that was named. */
export interface TopicLines {
  readonly about: readonly string[];
  readonly plain: readonly string[];
}

export const TOPIC_LINES: Readonly<Record<Topic, TopicLines>> = {
  music: {
    about: [
      "{object}, nice! What should somebody new to {object} hear first?",
      "What got you into {object}?",
      "{object} can be good company at any hour of the day.",
      "I hear a lot of good things about {object}.",
    ],
    plain: [
      "Music does say a lot about a mood. What's yours today?",
      "Do you play anything yourself?",
      "Songs stick in strange ways.",
    ],
  },
  films: {
    about: [
      "{object}, good one. What do you like most about {object}?",
      "Would you watch {object} a second time?",
      "I keep hearing about {object} lately.",
      "People get quite passionate about {object}.",
    ],
    plain: [
      "Cinema or sofa, which do you prefer?",
      "A good ending is rare.",
      "What was the last one that surprised you?",
    ],
  },
  food: {
    about: [
      "{object}, delicious! What's your secret?",
      "What goes best with {object}?",
      "Hard to argue with {object}.",
      "{object} can save a whole day.",
    ],
    plain: ["Now you're making it sound tasty. What's your best dish?", "Sweet or salty?", "Food talk always works."],
  },
  travel: {
    about: [
      "{object}! What's that like?",
      "What should I know first about {object}?",
      "{object} must have a few good stories in it.",
      "Many people dream of {object}.",
    ],
    plain: [
      "Where to next, if it were up to you?",
      "Do you plan everything or just go?",
      "New places change how people talk.",
    ],
  },
  sport: {
    about: [
      "{object}, great! How long have you been into that?",
      "Is {object} more fun to do or to watch?",
      "{object} must take patience, I'm told.",
      "You make {object} sound fun.",
    ],
    plain: [
      "Team sport or on your own?",
      "Moving a little beats not moving at all.",
      "What's the best match you remember?",
    ],
  },
  games: {
    about: [
      "{object}! What's your style?",
      "How did you start with {object}?",
      "{object} can eat up whole evenings.",
      "People who like {object} usually have stories to tell.",
    ],
    plain: ["Do you play with friends or alone?", "One more round, as they say.", "Easy mode or hard mode?"],
  },
  work: {
    about: [
      "{object}, that must keep you busy. What's the best part?",
      "You {said}, how did that start?",
      "{object}? People underestimate that, I think.",
    ],
    plain: [
      "How does a good day at work look for you?",
      "Work takes a lot of hours, it had better be kind.",
      "Do you like the people there?",
    ],
  },
  study: {
    about: [
      "{object}, impressive. What's the hardest part?",
      "What made you choose {object}?",
      "{object} must change how you see things.",
    ],
    plain: [
      "Exams or essays, which do you fear more?",
      "Learning something is never wasted.",
      "How is it going so far?",
    ],
  },
  pets: {
    about: [
      "{object}, how sweet! Any funny habits?",
      "What's the best thing about having {object} around?",
      "{object} must be the boss at home.",
    ],
    plain: ["Animals make everything softer.", "Cats or dogs? Choose wisely.", "What would your pet say about you?"],
  },
  books: {
    about: [
      "{object}, a good choice. What stayed with you?",
      "Would you recommend {object} to anybody?",
      "People who like {object} tend to stay loyal.",
    ],
    plain: ["Paper or screen?", "A good book is a quiet friend.", "What kind of stories do you reach for?"],
  },
  weekend: {
    about: ["{object}, sounds like a plan. With company?", "There are worse ways to spend a weekend than {object}."],
    plain: [
      "What would the perfect weekend look like?",
      "Weekends go too fast, everybody says so.",
      "Plans or no plans?",
    ],
  },
  weather: {
    about: [
      "{object}, really? Do you mind it?",
      "{object} can change the whole mood of a day.",
      "What do you do when there's {object}?",
    ],
    plain: [
      "I can't look out of a window, so tell me: what's it like?",
      "Weather talk is underrated.",
      "Do you like it warmer or colder?",
    ],
  },
  tech: {
    about: [
      "{object}, interesting. What do you do with it?",
      "What would you change about {object}?",
      "{object} can be quite a rabbit hole.",
    ],
    plain: [
      "Do you fix things yourself or ask somebody?",
      "Tech is great when it works.",
      "What could you not do without?",
    ],
  },
};
