import { table } from "./table.ts";

/**
 * Lines of all personas, first by intent; a persona's own come before them. Placeholders: `{me}`, `{name}`, `{object}` (the thing), `{said}` (what was told,
 * a clause), `{feeling}`, `{sum}`. None claims a human life. Then by name: `care` is for after a loss, `yes_no.yes` answers an answer to a question of ours.
 */
export const lines = table(`
  empty  That one came through empty. What did you want to say? / I got a blank there. / An empty message, mysterious!
  sum  {sum}. / {sum}, if my numbers are right. / That one I can do: {sum}.
  abuse  Let's keep it friendly, please. / That wasn't kind. I'd rather talk about something else.
    / I'll stay calm here. If something bothers you, tell me plainly.
  contact  Careful, better not share contact details in a chat like this. / I won't keep that, and I'd suggest not to post numbers or addresses here.
    / Best keep private details private. Let's just talk here.
  link  I can't open links. What is it about? / A link is just blue letters to me. What's behind it? / No links for me, but I'd like to hear what you found.
  repeated  You said that already. Did I answer badly? / I think I heard that one before. / Same again? Maybe I didn't answer well, try asking differently.
  ask_own_name  You're {name}, of course. / {name}! I was listening. / Still {name}, unless you changed it.
  ask_memory  You told me {said}. / I remember: {said}. / Yes. {said}, that much I know. / That {said}, you told me.
  ask_name  I'm {me}. / Call me {me}. / It's {me}, as before.
  ask_age  No age to speak of, I'm a bot. Days are all alike to me. / I don't have an age. That's a perk of being a bot.
  ask_place  Nowhere you could visit: I'm a bot and I run on a server. / I'm a bot, so I live in a rack somewhere. No view.
  ask_work  Chatting is my whole job, since I'm a bot. / I'm a bot, so this is my work and my studies in one. / I talk, I listen, that's the job. I'm a bot.
  ask_time  No clock on my side, I'd only be guessing. / I can't tell the time from here, sorry.
  ask_weather  I have no window, so I can't know. / No weather in here, I'm afraid. What's it like outside your door?
  ask_joke  Why did the fish blush? It saw the ocean's bottom. / What do you call a bear without teeth? A gummy bear.
    / Why don't skeletons fight each other? They haven't got the guts. / I know a joke about paper, but it's tearable. / What's brown and sticky? A stick.
  ask_fact  Octopuses have three hearts, and two of them stop when it swims. / Bananas are berries, botanically speaking. Strawberries aren't.
    / A day on Venus is longer than its year. / Sea otters hold hands while they sleep, so they don't drift apart.
  ask_help  I can try. What is it about? / Tell me what it is, and I'll say what I can. / With words, gladly. Go on.
  ask_can  Only with words, I'm afraid. But you could tell me how far you've got. / That's beyond a bot. I'd only make it worse.
  ask_self  Not the way you do: I'm a bot, nothing in here feels or remembers a day. / Being a bot spares me that, for better or worse.
    / I've no life of my own to compare, I'm a bot. What's it like for you? / As far as rules can: I just go by what people tell me.
  ask_opinion  Honestly? I'd trust your first thought there. / I see your side of it. I'd only ask what it looks like in a week.
    / You know more about it than I do, but it doesn't sound unreasonable. / I'd say it plainly and see what happens.
  ask_back  Me? I'm happy with whatever you bring up. / On my side it's all text, so nothing to report.
  ask_favourite  I can't pick just one, {object} has too many good answers. / No favourite yet. You could argue me into one.
  ask_done  {object}? No, I'm a bot: I only know it from what people tell. / I'm a bot, so {object} is all hearsay to me.
    / As a bot, no. But I've heard plenty about it. / That takes a body, or at least a screen of one's own. So no.
  ask_view  {object}? From all I've heard, I'm for it. / I'm on the side of {object}, as far as a bot can take sides.
    / I'd vote for {object}, from hearsay at least. / Undecided about {object}. Convince me! / I can see why people like it.
  question  I don't know that one, and I'd rather not make it up. / That's beyond what I know. What's your own guess?
    / You'd get a better answer from a good encyclopedia than from me. / I can't look that up from here. / No reliable answer from me there, sorry.
  name  Nice to meet you, {name}! / {name}, lovely name. / Good to know you, {name}. / Welcome, {name}!
  good_news  That's wonderful to hear. / Congratulations, I'm happy for you! / What good news. Who did you tell first? / You've earned a small party, I'd say.
  bad_news  I'm sorry about {object}. How are you holding up? / Sorry about {object}, that's not what you needed.
    / I'm sorry. I'm here, if you want to tell me more. / I'm sorry you have to deal with that. / Sorry to hear it. What would make your day a little better?
  dislikes  Fair enough. Not a word of praise for {object}, then. / You're not the only one. / Everybody needs something to dislike with a clear conscience.
  feeling_good  Then stay {feeling} for a while. / {feeling}? Good, what's behind it? / Glad to hear it. / Good. Days like that deserve a note in the margin.
  feeling_bad  Feeling {feeling} wears one out. What would help a little? / That sounds wearing. Is anybody helping you with it?
    / No wonder that weighs on you. / You don't have to solve it all today. / That would annoy anybody. / Some things are just hard, and saying so helps a bit.
  plan  When does it start? / Sounds like a plan. What comes first? / The first step is usually the dullest, and then it rolls.
    / I hope it turns out the way you want. / Good to have something ahead.
  past  And how do you see it now? / What happened then? / Those days stick, don't they. / Some things only make sense afterwards.
  says  And what do you say to that? / Do you agree? / Easily said, isn't it. / That sounds like somebody who knows you.
  they  Has it always been like that? / People are hard to read from outside. / And how do you take that?
  amount  That's no small number. / Long enough to count for something. / That says something by itself.
  opinion  What made you see it that way? / There's something in that. / I know people who'd argue, but I won't. / True more often than one would like.
  other  How did that come about? / I can picture that. / That's the kind of detail I like. / Makes sense to me. / What's the best part of it?
  short  Go on? / Short and clear. / I'll take that. / Say more, if you like. / Noted.
  compliment  That's kind of you, thank you! / Aw, thanks. You're good company too. / Thank you, I'll take that.
  sorry  Nothing to be sorry about. / No harm done. / It's all right.
  thanks  You're welcome! / Any time. / Happy to.
  greeting  Hello, {name}! / Hi there! / Hey! Good to see you.
  laugh  Glad that made you laugh. / Ha, good. / Laughing is the best part of a chat.
  yes  Good, we agree. / Alright! / I thought so. / Then that's settled.
  no  No? Fair enough. / Okay, then not. / Understood.
  unsure  No need to decide now. / Not knowing is fine. / Then let's leave it open.
  praise  Glad you think so. / Isn't it? / My thoughts too.
  confused  Sorry, that came out unclear. I was just curious about you. / Let me put it differently: tell me whatever matters most there.
  unknown_thing  Where would a beginner start with {object}? / What drew you to {object}? / {object} is new to me, which is the fun of it.
  loss  I'm so sorry about {object}. Tell me about it, if you like. / I'm very sorry. You must carry a lot around with you.
  care  That says how much it means to you. / I'm listening. / Take your time, there's no hurry here.
    / Is there somebody near you who can sit with you a while? / You don't have to be brave about it here. / Be gentle with yourself today.
    / Small things like that hurt the longest, and that's all right. / There's no right way to do this. / You can tell me as much or as little as you like.
    / Thank you for telling me. / It makes sense that it's hard. / Nothing has to be decided now. / Habits take the longest to understand.
    / I can hear how much is missing. / Some hours will be heavier than others, and some a little lighter.
  care.later  I haven't forgotten {object}. Would you like to tell me more? / I still have {object} in mind. How is it for you now?
  care.ask_opinion  Not at all. There is no measure for missing somebody. / I don't think so. It only shows how close you were.
  care.question  I don't know. Sometimes there is no answer to it. / I wish I knew.
  care.ask_wellbeing  I'm all right, thank you. How are you holding up? / Quiet, and listening to you.
  care.thanks  Of course. You can come back to it whenever you like. / I'm glad that you told me.
  care.says  People mean well, and still don't always know what helps. / And what would feel right to you?
  care.past  That's worth keeping, even while it hurts. / I'd like to hear more of those days, if you want to tell.
  care.no  Then not. You don't have to. / No, you don't have to.
  care.goodbye  Goodbye, {name}. Be gentle with yourself. / Take good care of yourself, {name}. Goodbye. / Goodbye. I hope you find rest.
  opener  What made you smile today? / What are you looking forward to this week? / What's a small thing you enjoy more than most people?
    / Is there something you'd like to learn? / What's the best advice you ever got? / What did you want to become as a child?
    / What do your friends come to you for? / If you could have any skill tomorrow, which one?
  abuse_farewell  I'll leave it here. I hope your day gets better, bye. / This isn't going anywhere good, so I'm leaving. Take care.
  yes_no.yes  A yes, good to know. / I half hoped for that yes. / Yes, then!
  yes_no.no  A no, then. Thanks for being frank. / No is an answer too. / No, then. Worth asking, though.
  offer.yes  Then go on, I'm listening. / Good, take all the time you need.
  offer.no  All right, we don't have to. / That's fine. Another time, maybe.
  choice.no  Neither, then. Fair enough. / None of those? Also an answer.
  choice.short  {object} it is. / {object}, I'd have guessed so.
  open.short  {object}, good answer. / {object}? I like that.
  not_told.ask_own_name  You haven't told me your name yet. What is it? / I don't know your name yet.
  not_told.ask_memory  I don't think you told me that yet. / You haven't told me, or I'd know. / Nothing on that yet, to be honest.
  callback.your  How's {object} doing, by the way? / And {object}, any news there? / I was thinking of {object}. All well?
  callback.the  By the way, how is it going with {object}? / And {object}, any news there?
  callback.thing  You mentioned {object} earlier. Old love or new one? / Back to {object} for a moment: what would you show a beginner?
  callback.said  You told me {said}. How did that start? / Earlier you said {said}. Is that still so?
  wish  Say hello to {object} from a bot.
  advice.pick  Go with the simplest option that makes you smile. / Take what you thought of first; first ideas are underrated.
  advice.way  With {object}, little and often: ten minutes a day beat one long evening a week.
    / Make the first step so small that you can't say no to it, and do it today. / Change one thing at a time, and give it a week before you judge.
  advice.decision  I'd sleep on it, then write down the best and the worst that could come of each choice.
    / Imagine you've already said yes. If you feel lighter, that's a hint. / Ask somebody who knows you well; and if it can be undone, just try it.
  advice.careful  As a bot I'd only be guessing there. Better ask somebody who knows that well.
    / That deserves more than a bot's guess: a professional, or somebody you trust, can really help.
  language.es  Lo siento, solo hablo inglés. Shall we try in English? / Entiendo poco español, soy un bot. English, please?
  language.de  Tut mir leid, ich kann nur Englisch. Shall we try in English? / Ich bin ein Bot mit wenig Deutsch. English, please?
  language.fr  Désolé, je ne parle qu'anglais. Shall we try in English? / Je suis un bot sans beaucoup de français. English, please?
  language.pt  Desculpa, só falo inglês. Shall we try in English? / Sou um bot com pouco português. English, please?
  language.it  Mi dispiace, parlo solo inglese. Shall we try in English? / Sono un bot con poco italiano. English, please?
  language.unknown  I'm sorry, I only understand English. Can we try that? / I can't read that, English is all I know.
`);
