import type { Intent } from "./meaning.ts";
import { rows, wordTable } from "./table.ts";
import { type Clause, hasPhrase } from "./text.ts";

/**
 * Words by what they tell, as `read` makes them: lower case, contractions spelled out, marks removed. Strong insults always
 * insult, mild ones only when they are aimed at the bot; identity nouns speak of it where a pointer is in the same clause, weak
 * ones right behind "are you" and the like. Delicate: wrong advice could do harm. English: spelled alike in no other language.
 * Others: subjects whose feeling is news, not how the partner feels.
 */
export const holds = wordTable(`
  feelings_good  happy great good fine excited glad proud relaxed wonderful amazing fantastic awesome well calm grateful thrilled lucky alright relieved
  feelings_bad  disappointed sad tired lonely stressed bored anxious angry sick worried upset nervous depressed exhausted scared
    / frustrated hurt ill heartbroken overwhelmed lost awful terrible bad miserable homesick unwell sleepy annoyed / jealous guilty
  annoying  boring annoying
  praise  good great fine awesome amazing wonderful fantastic well alright
  delicate  pain hurts headache fever pills medicine medication doctor vet pregnant lawyer court police money debt
    / invest bitcoin crypto drugs knee tooth teeth stomach chest heart blood rash
  laughs  lol lmao haha hahaha hahahaha hehe hehehe rofl xd ha lolol
  strong_insults  bitch asshole cunt fucker motherfucker dickhead wanker slut whore faggot retard
  mild_insults  idiot stupid dumb moron loser trash garbage useless pathetic ugly annoying worthless lame creep clown / rubbish
  identity_nouns  bot bots robot robots human humans ai chatbot chat-bot gpt chatgpt llm automated artificial
  identity_pointers  you your this here there talking talk chatting speaking pretend act say admit prove
  identity_weak_nouns  person people machine program script computer computers real fake alive man woman girl boy guy / lady dude male female
  goodbye_words  bye goodbye byebye cya farewell ciao bai gn later
  owners  my our
  others  my our his her their the he she they
  says  says said thinks told saying
  adjectives  best little old older younger big new poor dear first last grand good whole
  auxiliaries  is are was were has had will can does did just
  english  the you are my and to of it do what how like this have for with yes your love good too i that is where who
    / when they she he can about from there really want know think never wish left second up out but we was at
`);

/** Writes out the groups of a phrase: "i (like,love) to" is two of them. */
function writtenOut(phrase: string): string[] {
  const [group, inside] = /\(([^)]*)\)/.exec(phrase) ?? [];
  if (group === undefined || inside === undefined) return [phrase.replace(/ +/g, " ").trim()];
  return inside.split(",").flatMap((one) => writtenOut(phrase.replace(group, one)));
}

const phraseRows = <Name extends string>(text: string) =>
  rows<Name>(text).map(([name, phrases]) => [name, phrases.flatMap(writtenOut)] as const);

/** Returns whether the clause has a phrase of a row. */
export const tells = (row: string, clause: Clause): boolean => hasPhrase(clause, SIGNS.get(row) ?? []);

/**
 * Phrases by what they tell; one behind "^" starts its clause, one behind "=" is all of it. Losses are news after which nothing
 * light is said any more, mishaps news that are merely bad, aches are none in a happy message; behind a liking or a joke (`no_news`)
 * none of them is.
 */
const SIGNS = new Map(
  phraseRows(`
  insult_phrases  shut up / (fuck,screw,hate) you / (fuck,piss) off / go to hell / you suck / you are shit / go die / kill yourself / kys / stfu / send nudes
    / get naked / are you horny / want sex
  identity_subjects  are you / you are / you a / is this a / to a / pretend to be
  identity_phrases  you real / do you (sleep,dream) / have feelings / who (made,created) you / asl / m or f / f or m / your (gender,sex) / boy or girl
    / girl or boy / have a (girlfriend,boyfriend) / real (person,human) / =(what,who) are you / (what,who) are you (exactly,then) / what are you made
    / are you (single,typing,automated) / (to be,being) a bot / =prove it
  goodbye_phrases  (got,have,need) to (go,run) / (must,should) go / i am (leaving,off,out) / see (you,ya) / got to eat / be going now / wish me luck
    / nice talking to you / they are here got / good night / goodnight / talk later / ttyl / g2g / gtg / take care / bye bye / have a (nice day,good one)
    / heading off / (going,off,time for) (to bed,bed) / (to sleep now,try to sleep) / get back to / i (had,would) better / call it a night
    / for the (talk,company,chat) / catch you later / until next time
  no_goodbye  go (to,out,back,for) / see you (are,in it) / get back to sleep / to get back to
  talk_phrases  i (call,tell,help) you / i (ask,say) / i do for you / should i start / i talk about
  feels  i (am,feel,was,get,have been) / feeling / makes me / made me
  no_feels  you are / it is / that is / sounds / happy birthday / good (morning,evening,afternoon,night,at,idea,point,luck) / nice to meet you / well done
  losses  died / funeral / surgery / passed away / broke up / left me / divorce / ran away / cheated on / (in,in the,to the) hospital / (is,are) dead
    / got dumped / dumped me / (has,have) cancer / had to put down / is dying / (nobody,no one) likes me / no friends / miscarriage / suffering
  mishaps  failed / broke(n,) / stolen / robbed / accident / injured / crashed / cance(lled,led) / laid off / (i,we) lost / (got,was) fired / fired me
    / bad news / rejected
  aches  hurts / pain / headache / fever / flu / yelled / horrible / sucks / (bad,rough,hard,awful) day / rough week / can not sleep
  good_news  won / promoted / graduated / i passed (my,the,it) / my birthday / got (the job,a raise,a job,a new job,engaged,accepted,the flat) / said yes
    / (good,great) news / better now / have a new job / found a job / i feel better / getting (better,married) / having a baby
  happy_start  ^(i,my,our,we,it,got,he,she,they,passed) / (good,great) news
  over  better now / anymore / any more / no longer
  negation  not / no longer / never / nobody / no one
  no_negation  can not sleep / (nobody,no one) likes me
  aimed  ^you / ^your / you are / (stupid,dumb) bot
  no_fact  (should,can,could,do,shall,what) i
  no_news  ^my english / i (like,love,enjoy,prefer,watch,watched,read,work) / broke me / broke my own / the (ending,film,book) / laughing / my bad / if
`),
);

/** Questions to the bot: the first row that fits decides. */
export const QUESTIONS = phraseRows<Intent>(`
  ask_own_name  (what is,remember,know) my name / =who am i
  ask_memory  remember (me,what,my) / know about me / what do i like / do i (teach,play,sing,work,live,study) / did i / was the thing i / song i
    / what (was,is,were) my / have i told you / i told you about / do you remember / did you hear what i / do you hear me
  ask_name  what is your name / =(,and )your name / =your name please / tell me your name / have a name / who am i talking to / who is this
    / who do i have here / should i call you / what are you called
  ask_age  how old are you / your age / when were you born / your birthday
  ask_place  where are you / where do you live / (what,which) country are you / =where you from / what city are you / do you live in
  ask_time  what time / have the time / what (day,date,year) is / your time zone
  ask_weather  (is the weather,weather there,weather like) / is it (raining,sunny,snowing,cold,hot)
  ask_joke  =another / =(one more,another one) / tell me another / (tell me,know) a joke / (any jokes,another joke) / =joke / make me laugh / something funny
  ask_work  do you do for work / your job / do for a living / =do you (work,study) / go to school
  ask_hobbies  your (hobbies,hobby,interests) / (any,have) hobbies / =what do you like / what do you like (to do,doing) / what are you into / you do for fun
    / about yourself / you like to do for fun / your free time / do you like to talk about / do you do all / =what you like
  ask_fact  tell me (something,a story) / (fun,interesting) fact / know anything interesting / entertain me / something interesting / surprise me
  ask_wellbeing  how (are you,are things,is it going,is your day,was your day,is life,you doing,do you do,do you feel,have you been,was your weekend)
    / how is your evening / did you sleep / what is up / wassup / =sup / wyd / hru / what are you (doing,up to) / are you (okay,ok,happy)
  ask_help  help me / need (help,your help,advice,some advice) / give me advice
  ask_opinion  do you (say to that,make of,prefer,agree,think i should) / would you rather / =what do you think / what would you do / =your opinion
    / would you have / ^do you think / am i (wrong,overreacting) / is (that,it) (normal,weird) / does that make sense / is that (bad,crazy)
  ask_back  =(,and )(you,yours) / =(do,have) you / =wbu / =hbu / (what,how) about you / and yourself / =what is yours
`);

/** How the partner tells something, where it is no news: the first row that fits decides. */
export const MOODS = phraseRows<Intent>(`
  feeling_bad  (feel,feeling,am) down / burnt / burned / ruined / spilled / what if / too (many,much) / hard / difficult / stressful / stress / problem
    / problems / stuck / argued / argument / fight / expensive / complicated / struggling / can not / does not work / noise / mess / worst / unfair / i wish
    / miss / ignored / ignores / alone / cried / afraid / worry / not easy / tough / deadline / screamed
  feeling_good  beautiful / best / amazing / perfect / wonderful / fun / proud / finally / great / delicious / relaxing / makes me happy / helps me
    / (love,loved) it / lovely / so good / cosy / peaceful / i enjoy / laughed
  plan  i (will,start,want to,plan) / starts / going to / tomorrow / next (week,month,year,weekend) / planning / would (love,like) to / looking forward
    / (hope,hoping) to / thinking (of,about) / tonight / this weekend / in the summer / soon / one day
  past  yesterday / last (week,night,year,month,weekend) / this morning / ago / (i,we) went / i was / we were / finished / used to / as a kid / i (tried,saw)
  they  ^he / ^she / ^they
  amount  years / months / weeks / minutes / hours / kilometres / euros / dollars
  opinion  i (think,believe,guess,prefer,feel like) / in my opinion / people are / should / the thing is / better than / worth
`);

export const ADVICE_ASKED = phraseRows<"way" | "pick" | "decision">(`
  decision  should i do about / what would you do
  pick  ^(what,which,where) … should (i,we) / (what,where) should (i,we) / what (shall,can,could) i / what to (cook,eat,watch,read,play) / should i cook
    / do you know (any,a good) / you recommend / recommend (me,a,some,any) / recommendation(,s) / suggest(,ion,ions) / any (ideas,idea for)
  way  a trick / any (tricks,tips,advice) / how (do,can,should) i / tips (for,on,to) / some tips / give me a tip / your advice
  decision  should (i,we)
`);

/** Questions about a thing; what follows is the thing. Longer ones first. */
export const VIEWS = phraseRows<Intent>(`
  ask_favourite  (what,who) is your favourite / your favourite / do you have a favourite / you like best
  ask_done  have you (heard of,seen,played,been to,read,tried,watched) / do you (play,watch,listen to,read,eat,cook,drink) / can you play
    / do you have (a,any,) / ever (been to,tried)
  ask_view  what do you think (about,of) / what is your opinion on / do you like (to,) / do you (love,enjoy) / do you know (anything about,about,much about)
    / what do you know about / do you know / are you (into,a fan of) / you like / (what,how) about
`);

/** Beginnings of what the partner tells about themselves; what follows is the thing. Longer ones first. */
export const FACTS = phraseRows<"likes" | "dislikes">(`
  dislikes  i (hate,dislike,do not like,can not stand,do not eat,never liked)
  likes  i used to (be a,) / i always / i sing / i am (a big fan of,a fan of,into,good at,from,working on,listening to) / i come from
    / i am (learning,studying,reading,watching,playing,cooking,making) / i live in / i work (as,at,in,for) / i listen to / i (like,love) (to,)
    / i (enjoy,prefer,adore,played,play,watched,watch,read,studied,study,cooked,cook,visited,collect) / i went to / i am (an,a) / i have got a
    / i have (an,a,two,three) / i want to / i would love to / i grew up in / i moved to / i got (a,the,my) / i was a / i am (going to,planning,trying to)
    / i (passed,won,bought,started,make,made,teach,run,ride,build,write) / i am
`);

/** Signs of small talk: the first row that fits decides; the number is the most words that the message may have. */
export const SOCIAL: readonly (readonly [Intent, readonly string[], number])[] = phraseRows(`
  compliment 12  i (like,love) you / you are (so,) (nice,funny,cool,great,sweet,smart,cute,kind) / you are the best / you are a good / (to talk,talking) to you
    / made me smile
  sorry 20  ^(sorry,oops,i am sorry,my bad)
  praise 5  (good,great) idea / that is (good,great) / sounds (good,great) / that sounds
  thanks 6  thanks / thank / thx / ty / cheers / thankyou / tysm
  greeting 20  ^(hi,hello,hey,hiya,heya,yo,howdy,greetings,hallo,sup,heyy,hii,helo) / good (morning,evening,afternoon) / nice to meet you / you( still,) there
  laugh 5  lol / lmao / haha / hahaha / hahahaha / hehe / hehehe / rofl / xd / ha / lolol / so funny
  unsure 8  never heard of / not heard of / do not know / not sure / no idea / hard to say / it depends
  unsure 3  ^(maybe,perhaps,depends)
  yes 5  =of course / =i (think,guess,hope) so / =i do / ^(yes,yeah,yep,yup,sure,ok,okay,k,kk,right,true,exactly,agreed,definitely,absolutely,i know,indeed)
    / ^(correct,alright,mhm) / =same / =me too / =same here / =hmm ok / good point / fair enough
  no 5  =not / =not at all / =i do not / =i do not think so / ^(no,nope,nah,not really) / =(never,neither,not yet,never mind)
  praise 3  nice / cool / wow / great / interesting / awesome / neat / amazing / sweet / lovely / perfect / fun
  confused 3  ^(what,huh,why,how,pardon,eh,hm,hmm,wdym)
`).map(([name, row]) => [name.split(" ")[0] as Intent, row, Number(name.split(" ")[1])]);

export const LAUGHING_MARKS = /[😂🤣😆😄😹]/u;
export const HAPPY_MARKS = /[😀😁😂😃😄😅😆😊😍🥰🎉❤💕]|:\)|:D|haha/u;
