/**
 * What there is to say about each topic. `# topic: words that name it`; things, `words | label | remark | question`, where
 * a row without remark has that of the row before; of the whole topic `- remarks | questions`, and picks `+` (advice). A
 * row that begins with a bar goes on with the one before. A label of "the" or "your" stands before the word, "." is the word alone, "^" with a capital.
 */
export const TOPIC_TABLE = `
# music: music song band album concert playlist singer listen listening lyrics melody sing
guitar bass ukulele piano keyboard violin cello flute saxophone trumpet drums drummer | the | An instrument keeps its own diary. | Do you play for others, too?
jazz | . | Jazz forgives a wrong note if you mean it. | Jazz late at night, or first thing in the morning?
blues soul classical opera vinyl records | . | Some of that has outlived every empire around it. | Live, or alone in the kitchen?
rock metal punk grunge techno rap hiphop hip-hop reggae | . | Loud on the outside, usually soft inside. | Who started it for you?
pop k-pop indie country folk | . | Three minutes are enough for a whole love story. | Who's on repeat right now?
- A song can date a memory better than any calendar. / The right chorus can rescue a bad Monday.
| What was the last song you played twice in a row? / Do you listen to the words or to the tune first? / Which concert would you go to tomorrow?
+ Try an old soul record front to back; it rarely misses. / Pick one album you loved years ago and play it loud.
# films: film cinema series show tv watch watching watched episode actor actress netflix season director
horror thriller | . | The door that stays shut is always the scariest part. | Lights on or off?
comedy comedies sitcom | . | A good joke needs a straight face next to it. | Which one still gets you every time?
anime ghibli cartoons animation | . | Drawn skies somehow look more like skies. | Which one would you show a beginner?
documentary documentaries | a | The quiet ones stay with me longer than the loud ones. | Nature, crime or history?
sci-fi marvel superheroes | . | Give it one impossible thing and the rest has to be honest. | Old school or new?
- Endings are where most of them lose their nerve. / The best scene is often the one where nobody talks.
| What was the last one that surprised you? / Cinema or sofa? / Would you watch it a second time?
+ A good old heist film. Clever plans that go wrong are always fun. / A courtroom drama: 12 Angry Men, one room and no dull minute.
# food: food rice potato eat eating ate cook cooking cooked dinner lunch breakfast restaurant recipe hungry meal kitchen dish
pizza pasta lasagne risotto | . | Good dough and patience; the rest is decoration. | What's your topping or sauce?
sushi ramen noodles dumplings curry | . | The broth or the spices take hours; the eating takes minutes. | Home-made or out?
soup stew chili | . | Always better the next day. | What goes in first?
bread baking bake cake cookies sourdough | baking | The smell alone does half the work. | Do you follow the recipe to the gram?
coffee espresso latte tea | . | The first cup is medicine, the second is pleasure. | How do you take it?
cheese chocolate ice-cream pancakes burgers tacos fries | . | Nobody has ever regretted the second helping. | What's the best you've had?
vegan vegetarian salad vegetables | . | A sharp knife and a lemon change everything. | What's your best dish with it?
pineapple | . | It has divided more tables than politics. | For or against, on pizza?
- Simple dishes are the hardest to get right. / Everybody's grandmother made it better.
| Who taught you to cook? / What's the dish you could make blind? / Sweet or salty?
+ A quick tomato pasta: garlic, a tin of tomatoes, basil, twenty minutes. / Fried rice with whatever vegetables are left, and an egg on top.
# travel: travel traveling travelling trip holiday vacation flight abroad journey city country countries
hiking hike camping backpacking trail trekking | hiking | The second day decides whether the boots were a good idea. | Alone or with company?
mountain alps | the | The way down is the part that hurts, people say. | Summit or hut with cake?
beach sea ocean coast island lake | the | Salt and wind put most things into proportion. | Swimmer or sand person?
japan tokyo korea china thailand vietnam india | ^ | People come back from there talking about the food first. | What would you see first?
italy rome spain barcelona portugal lisbon greece palermo sicily | ^ | Long lunches seem to be the main sight there. | City or countryside?
france paris london berlin amsterdam vienna prague germany | ^ | Best on foot and without a plan, they say. | Which corner of it do you like?
norway iceland sweden finland scotland canada | ^ | Weather with a character of its own. | In summer, or in the dark months?
mexico brazil argentina peru australia | ^ | Far enough that the flight counts as an adventure. | How long would you stay?
train | the | A window seat is a slow film that never repeats. | What's the longest you've been on one?
- The best tips come from people who got lost. / Packing half is the whole trick, I'm told.
| Where to next, if it were up to you? / Do you plan everything or just go? / What do you bring home from a place?
+ Go to Lisbon: hills, trams and custard tarts, and you can walk most of it. / The coast out of season. Quiet, cheap and good for the head.
# sport: sport team match gym training workout exercise league tournament fit race marathon coach
football soccer | . | Ninety minutes of hope and one bad decision. | Playing, or suffering in front of a screen?
running run jogging ran | running | The first ten minutes lie to everybody. | Music, or just your own breath?
swimming swim swam | swimming | Nobody can phone you under water. | Pool or open water?
climbing climb bouldering | climbing | A puzzle that you solve with your feet. | Rope or boulder?
bike cycling biking bicycle | the bike | Headwind builds character, mostly bad language. | City, road or mud?
tennis badminton squash table-tennis basketball volleyball handball rugby hockey baseball | . | Half of it happens between the ears. | Do you play to win?
yoga pilates | . | Lying still at the end is the hard part, I hear. | Morning or evening?
skiing ski surfing skating snowboarding | skiing | Falling well is the first lesson. | How did you start?
- Showing up is most of it. / The body remembers, also what it would rather forget. | What's the best match you remember? / On your own or in a team?
+ Start with a brisk half hour's walk, three times this week. / Badminton with a friend. Easy to start, hard to stop.
# games: game play playing played gaming gamer console playstation xbox nintendo steam level
chess | . | A quiet way to be very rude. | Fast games or slow ones?
minecraft roblox sims zelda mario pokemon tetris | ^ | You go in for ten minutes and come out three hours later. | Which one was your first?
fortnite valorant warcraft | ^ | The team chat is the real final boss. | Solo, or with friends?
puzzle sudoku crossword | . | The last piece is always under the table. | Pen or pencil?
poker cards monopoly board-game | . | Friendships have ended over less. | Are you a good loser?
- One more round is the oldest lie there is. / Losing well is a skill nobody trains.
| Do you play to win or to relax? / What game took most hours of your life?
+ A racing game on one sofa works for any age. / Try Codenames, if there are four of you. Short rounds and lots of laughing.
# work: work working worked job living office career colleague salary company shift interview freelancing customers
boss manager | your | People leave bosses more often than jobs. | Is it always like that?
meeting | the | Most of them could have been three lines of text. | Could you skip one and see who notices?
nurse doctor hospital paramedic caregiver | the job | Long shifts and other people's worst days: that takes something. | Which moments make up for it?
teacher kindergarten | the job | You never know which sentence a child will keep. | What age are they?
engineer programmer developer designer | the job | Half of it is finding out what people meant. | What are you making at the moment?
waiter barista | the job | You see how people are when they think nobody's looking. | Who was your strangest customer?
chef driver cashier shop retail carpenter baker | the job
- Nobody's last wish was one more meeting. / A good colleague is worth more than a good chair.
| What's the part of it you'd do for free? / Would you choose it again?
+ Do the task you dread first, for twenty-five minutes only. / Talk to somebody who does that job already; one coffee tells more than ten adverts.
# study: study studying studied school university college homework class classes student degree learn learning lesson
exam test finals midterm | the | The night before, sleep beats one more chapter. | Which part worries you most?
thesis essay dissertation paper | the | The first bad draft is the hard one. | What's it about, in one sentence?
math physics chemistry statistics biology medicine psychology | . | It's all fog until it suddenly isn't. | What was the first thing that clicked?
history philosophy law economics geography | . | Old arguments in new clothes, mostly. | Which era or question would you keep?
spanish german french japanese english italian | ^ | One day you dream in it, people say. | What's the hardest sound?
- Explaining it to somebody else is where you find the holes. / Nobody tells you that confusion is part of it.
| How is it going so far? / Morning brain or night brain?
+ Begin with old exam questions; they show what really counts. / Short sessions with real breaks: twenty-five minutes on, five off.
# pets: pet animal vet
dog puppy | your | No alarm clock gets anybody outside as reliably. | Who walks whom?
cat kitten | your | You don't own one, you're just approved. | What's the worst thing on your sofa by now?
hamster rabbit guinea-pig | your | Small animals have large opinions. | Who's the boss there?
fish turtle snake lizard parrot bird budgie penguin | your | Calm company, mostly. | How did that start?
horse | your | They know your mood before you do, riders say. | Do you ride, or just talk to them?
- Animals notice the things we don't say. / The vet bill is the price of love, I hear. | Any funny habits? / What would your pet say about you?
+ A new hiding game with treats. Most animals love to search. / A cardboard box with a hole in it. Cheap, and hardly ever refused.
# books: book read reading novel author library chapter story stories
fantasy tolkien dragons | . | A map on the first page is always a good sign. | Do you skip the songs?
mystery mysteries detective | . | The butler gets blamed far too often. | Do you guess who did it?
poetry poem manga comics | . | Few words, long echo. | Which one would you keep?
austen dostoevsky dickens tolstoy classics | ^ | Old books are nosier about people than new ones. | Which one would you press on a friend?
- The best ones end a page too early. / Underlining is a letter to your later self. | What stayed with you? / Do you finish books you don't like?
+ Short stories: you can stop after each one, and you won't. / The Hobbit, if you haven't read it. A journey, a dragon, second breakfasts.
# weekend: weekend saturday sunday friday plans party
birthday wedding festival | the | Somebody always dances before they meant to. | Who'll be there?
- An empty Sunday is a luxury. | What would the perfect one look like? / Plans or no plans?
+ Go somewhere you can reach in an hour and have never seen. / A slow breakfast, a long walk, and one thing you've put off. In that order.
# weather: weather temperature forecast sunny windy cloudy foggy autumn winter spring summer
rain raining rainy storm thunder | the | Good for roofs, tea and excuses. | Do you go out in it?
snow snowing snowy heat heatwave sunshine | the | It makes every street quiet for a morning. | How long will it stay?
- I have no window, so you're my forecast. | Warmer or colder, if you could choose? / Which season do you wait for?
+ Layers. Whatever it does later, you can take one off. / Look up twice before you leave, and take the small umbrella.
# tech: tech technology computer phone laptop internet app code coding programming software server
python javascript typescript rust java linux android iphone windows | ^ | Everyone is loyal until the next update. | What made you stay with it?
robotics electronics 3d-printing arduino soldering | . | Smoke is also feedback. | What was the first thing that worked?
- Have you tried turning it off and on is still the best advice there is. / The cable is always the one you didn't check.
| Do you fix things yourself or ask somebody? / What could you not do without?
+ Buy last year's model; it does nearly the same for less. / Before anything new: a backup, then a restart. It solves half of everything.
# family: family parents relatives cousin uncle aunt
brother sister twin siblings | your | Nobody else knows exactly which button to press. | Older or younger?
mum mother dad father | your | It takes years to see them as people. | Are you alike?
grandma grandmother grandpa grandfather | your | They tell the same story until it's yours. | Which story do you know by heart?
son daughter kids children baby toddler | your | They copy everything but the advice. | How old by now?
- Every family has one story nobody tells the same way. | Who do you take after? / Do you see them often?
+ Ring them without a reason. It works better than any present. / Ask them for the story behind one old photo.
# love: relationship dating ex crush
girlfriend boyfriend wife husband partner fiance | your | The small habits are what you end up knowing best. | How did you two meet?
friend roommate flatmate neighbour | your | You can tell a lot by who you can be silent with. | How long have you known each other?
date | the | Ten minutes early and overthinking is the usual way. | Where would you go?
- Saying it plainly is the hardest and the quickest. | Who do you see most?
+ Say the plain thing, kindly, and sooner than feels comfortable. / Ask one honest question and then wait for the answer.
# home: home house flat apartment room rent furniture
garden gardening plant tomatoes balcony | the | Half of it is waiting and the other half is slugs. | What grows best for you?
moving move moved | the move | There's always one box nobody opens again. | What was the hardest to leave behind?
cleaning laundry dishes | the | It only shows when nobody does it. | Which chore do you secretly like?
- A place is yours once you know its noises. | What's the best corner of it? / Do you like living there?
+ Open one box or one drawer a day. No more than that. / Change the lamp before you change the furniture.
# art: art creative craft theatre museum
drawing draw painting paint sketch watercolour watercolor | drawing | The ugly middle is where most people stop. | What do you draw when nobody asks?
photography photo camera | photography | Waiting for the light is the whole trade. | People, streets or landscapes?
knitting knit sewing crochet pottery woodworking carpentry | the handwork | Hands busy, head quiet. | What are you making now?
dancing dance salsa ballet | dancing | Nobody ever looks as silly as they feel. | With steps or without?
writing write wrote blog diary | writing | The second sentence is the one that counts. | Who gets to read it?
- Finished beats perfect. | Do you show it to anybody? / Where do the ideas come from?
+ Copy something you love, badly, and see what you learn. / Ten minutes a day, and no looking back until Sunday.
# sleep: sleep sleeping slept bed nap insomnia awake
dream nightmare | the | They never survive being told at breakfast. | Do you remember many?
- Three in the morning makes every thought heavier than it is. | What helps you wind down? / Early bird or night owl?
+ Put the phone in another room for one night. Just as a test. / Write tomorrow's worries on paper, so that your head may drop them.
# nature: nature forest woods river birds sky walk walking park
stars moon space planets astronomy | the | That light left before anyone could ask it anything. | Do you know your way around up there?
- Trees are good listeners, and never in a hurry. | Where do you go when you want quiet?
+ The nearest wood, no headphones, forty minutes.
# health: health diet doctor's dentist allergy
- Being patient is the worst part of being a patient. | Is it getting any better? / Do you have somebody to look after you?
+ Small and regular: water, a walk, an early night.
`;
