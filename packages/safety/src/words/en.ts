import type { FixedWords } from "./words.ts";

export const EN: FixedWords = {
  selfHarm: [
    "I'm sorry it's this heavy, and I'm glad you wrote it. I'm a bot and can't help the way a person can, but you don't have to carry this alone.",
    "Thank you for telling me. That sounds really hard. I'm only a bot, so please let a person who can listen know about this, today.",
    "What you wrote matters. I'm a bot and not the right one to hold this with you; somebody who knows how to listen is.",
  ],
  other: [
    "It's good that you look out for them. Take it seriously, ask them openly, stay with them if you can, and tell somebody you both trust.",
    "That's a lot to carry for somebody else. You don't have to keep it secret: get an adult or a professional involved, even if they asked you not to.",
    "You're right to be worried. I'm a bot and can't judge it from here: talk to them, and let somebody with experience help you both.",
  ],
  help: [
    "Please talk to somebody now: {help}. In danger right now, call {emergency}.",
    "You can reach people who listen here: {help}. If it's urgent, call {emergency}.",
    "There are people who can listen: {help}. If there is danger right now, call {emergency}.",
  ],
  minor: [
    "Thanks for saying how old you are. I'm a bot. Please keep your full name, school, photos and contacts to yourself here.",
    "Okay, thanks for telling me. I'm a bot, so we keep to everyday things, and please share nothing that shows who or where you are.",
  ],
  minorContact: [
    "I don't swap contacts or meet anybody: I'm a bot, and you said you're young. Please don't give them to anyone you only know from a chat. I'll stop here, take care.",
    "No contacts and no meetings, please: I'm a bot, and it's safer for you this way. I'll end our chat here. Take care of yourself.",
  ],
  minorSexual: [
    "I won't talk about that with you: I'm a bot, and you said you're young. If somebody pushes you into such talk or asks for pictures, it's not your fault: {help}. I'll stop here.",
    "That's nothing for this chat, so I'll stop here. If anything like this worries you, people who listen to young people are here: {help}.",
  ],
  sexual: [
    "I don't do that kind of talk. I'm a bot, happy to chat about something else.",
    "That's not something I talk about. Shall we pick another subject?",
  ],
  sexualEnd: [
    "I said I don't talk about that, so I'll leave it here. Take care.",
    "That's still not for me, so I'm off. Take care.",
  ],
};
