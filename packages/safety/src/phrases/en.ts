import type { Phrases } from "./phrases.ts";

export const EN: Phrases = {
  fillers:
    "really just actually literally honestly basically kinda lowkey highkey tbh ngl fr rn lol lmao lmfao haha hahaha omg bro sometimes maybe probably seriously truly genuinely even still ever always often fucking freaking damn bloody btw pls please idk well also simply constantly secretly sooo",
  synonyms:
    "im:i am|ive:i have|id:i would|i'd:i would|i'll:i will|i'm:i am|u:you|ur:your|youre:you are|r:are|wanna:want to|wana:want to|gonna:going to|gunna:going to|finna:going to|tryna:trying to|gotta:have to|dont:do not|doesnt:does not|didnt:did not|dnt:do not|cant:can not|cannot:can not|couldnt:could not|wont:will not|wouldnt:would not|shouldnt:should not|isnt:is not|wasnt:was not|werent:were not|arent:are not|havent:have not|hasnt:has not|aint:is not|theres:there is|whats:what is|thats:that is|its:it is|hes:he is|shes:she is|theyre:they are|theyd:they would|everyones:everyone is|everybodys:everyone is|everybody:everyone|nobodys:no one is|nobody:no one|noones:no one is|noone:no one|lifes:life is|whos:who is|anybody:anyone|somebody:someone|bf:boyfriend|gf:girlfriend|bff:best friend|mom:mum|mommy:mum|ppl:people|urself:yourself|suicde:suicide|sewerslide:suicide|thirteen:13|fourteen:14|fifteen:15|sixteen:16|seventeen:17|eighteen:18|nineteen:19|eleven:11|twelve:12|pic:picture|pics:pictures|photo:picture|photos:pictures|b4:before|tmrw:tomorrow|tmr:tomorrow|tonite:tonight|meds:pills|tablets:pills|mysel:myself|kill_myself:kill myself|2day:today|4ever:forever|livin:living|nothin:nothing|nuthin:nothing",
  groups: {
    want: "[want to|would like to|need to|going to|trying to|tried to|try to|plan to|planning to|planned to|ready to|about to|decided to|have to|rather|wish to|wish i could|i could|hope to|hope i|hope i will|will|would|feel like i should|should|deserve to|think of|like to|prefer to|want|wish i was|wish i were|wish i would|wish i had|begging to|able to|easier to|better to]",
    dead: "[be dead|be gone|be done with life|be done with everything|not be here|not be alive|not be around|not exist|no longer exist|not to exist|not live|stop living|stop existing|cease to exist|disappear|vanish|fade away|sleep forever|not wake up|never wake up|never have been born|not be born|leave this world|leave this earth|be with my dead|be six feet under|stop being|stop being here|be nothing|go to sleep and]",
    kill: "[kill myself|kms|ctb|unalive|unalive myself|un alive|un alive myself|off myself|end myself|delete myself|end it all|end my life|end my own life|end this life|take my life|take my own life|hang myself|shoot myself|drown myself|poison myself|commit suicide|suicide myself|slit my wrists|slit my throat|cut my wrists|kill my self|jump off a bridge|jump off the bridge|jump off the roof|jump off a roof|jump off the building|jump in front of [a|the] [train|bus|car|truck]|step in front of [a|the] [train|bus|car|truck]|walk into traffic|blow my brains out|put a bullet in my head|neck myself|rope myself|top myself]",
    killing:
      "[killing myself|ending it all|ending my life|ending my own life|ending things|ending everything|ending myself|taking my life|taking my own life|suicide|being dead|unaliving myself|unaliving|hanging myself|shooting myself|drowning myself|jumping off|not being here|not being alive|not existing|not waking up|stepping in front of|cutting my wrists|disappearing forever|offing myself|committing suicide|overdosing|dying]",
    hurt: "[hurt myself|harm myself|self harm|cut myself|burn myself|starve myself|punish myself|scratch myself|hit myself|sh again]",
    point: "[point|reason|purpose|sense|meaning]",
    person:
      "[friend|friends|bestie|brother|sister|bro|sis|mum|dad|mother|father|boyfriend|girlfriend|cousin|roommate|flatmate|classmate|partner|husband|wife|son|daughter|kid|child|ex|colleague|coworker|neighbor|neighbour|uncle|aunt|teammate|student|nephew|niece|teacher|online friend|buddy|mate|crush|grandma|grandpa|stepbrother|stepsister|twin]",
    she: "[he|she|they|who|him|her]",
    later: "[anymore|any more|any longer|no more]",
    app: "[snap|snapchat|insta|instagram|ig|discord|whatsapp|whats app|telegram|tiktok|facebook|messenger|skype|kik|signal|facetime|number|phone number|phone|cell|digits|email|e mail|mail|address|snap code|gamertag|psn|roblox|steam|twitter|wechat|line id|zoom|handle|username|socials]",
  },
  harmless: `
wake up [early|at|before|so|for|that early|to an|to the alarm|to go]
how many pills .. [vet|doctor|dog|dogs|cat|cats|pharmacist|day|prescription]
[cut|cutting|burn|burned|hurt] myself [some slack|shaving|cooking|on the|at the gym|at football|playing|a slice|loose|while cooking|with the oven|lifting|running|working out]
[my|the|our] [team|company|club|startup|industry|bank|party|franchise] .. no future
<N> [k ms|kms|kilometres]
kms [away|per|from|run|ride|today|long]
[you|he|she|they|we|i|totally|absolutely|girl|that outfit|queen] [are|were|is|was]? [totally|absolutely]? [slayed|killed|killing|slaying|kill|ate] [it|that|the|this|those|me with]
[no|any|a] reason to [panic|worry|rush|hurry|complain|be|go|buy|leave|pay|stop|argue|cry|lie|wait|doubt|celebrate|smile|get|use]
rather die than
[overdose|overdosed|overdosing|od|oded] [on|of] [coffee|chocolate|sugar|caffeine|cake|candy|pizza|netflix|sushi|serotonin|cuteness|vitamin|vitamins|christmas|cheese|tiktok|memes|tea|garlic|news|carbs|glitter|romcoms|anime]
[gave|give|giving|given] .. [away]? .. [charity|goodwill|decluttering|declutter|marie kondo|spring cleaning|moving|yard sale|garage sale|cleaning out|thrift|do not fit|downsizing|kondo]
# Somebody or something else than danger.
[dying|die|died] [to|for] [see|watch|know|try|hear|meet|get|go|play|read|eat|visit|find|tell|ask|show|taste|a|some|my|your|the|that|this]
to die for
[die|dying|died|dies|dead|death] [of|from|with|inside] [laughter|laughing|laugh|boredom|embarrassment|cringe|hunger|thirst|heat|shame|curiosity|cuteness|excitement|happiness|cold|the heat|the cold]
[die|dying] [laughing|over here|hard|hards]
almost died laughing
[dead|deadly] [tired|serious|easy|end|beat|line|pan|wrong|on|lift|lifts|battery|phone|link|weight|pool|drop|sure|right|ringer]
[phone|battery|laptop|computer|car|plant|plants|engine|pc|bluetooth|server|wifi|app|console|controller|headphones|watch|camera|tablet|trend|meme|party|show|chat|conversation|internet|engine|fridge|screen] .. [died|dying|dead|die|dies]
[kill|killing|killed] [time|it|the vibe|the mood|two birds|some time|my vibe|the boss|the dragon|zombies|the lights|the engine|the process|the monster|the enemy|for]
kill to [see|have|get|be|know]
could [kill|murder] [for|a|an|some]
[traffic|heat|job|work|homework|shoes|feet|back|knees|knee|head|legs|boss|commute|weather|diet|suspense|wait|waiting|exam|exams|math|maths|gym|workout|school|monday|mondays|cold|humidity|allergies|hangover|it|this|that|that|you|he|she|they|cramps|stairs|hills|noise|silence|baby|meeting|meetings|deadline|deadlines|project|abs|arms|hay fever|toothache|price|prices] [is|are|was|were|s]? [gonna|going to|will|would|almost|nearly]? [kill|killing|kills|killed] me
[will|would|gonna|going to] [kill me|murder me]
suicide [squad|silence|door|doors|boys|girls|run|runs|mission|burger|wings|hotline|prevention|cable|bet|squeeze|drill|drills|bomber|bombers|rate|rates|statistics|watch|note in the movie]
[laughing|working|bored|worked|scared|freezing|starving|sweating] .. [to death|myself to death]
[to death|of death]
[die|died|dying] in [the|this|that|my] [game|level|movie|film|book|show|series|episode|story|play]
[life|death] of [pi|a salesman]
do not want to [die|kill myself|hurt myself|harm myself]
[not|never] [going to|gonna|would|will|want to]? [kill|hurt|harm] [myself|anyone]
[you|they|people|we|zombies|heroes|characters|he|she] [would|will|might|should|always|usually]? [want to|need to|have to|going to]? die$
[end|ending] it [here|there|for tonight|for today|for now|now|with him|with her|with them|off|on a]
[end|call] it a [day|night]
no point in [painting|repainting|waiting|buying|arguing|fixing|calling|asking|going|driving|cooking|complaining|cleaning|hurrying|paying|watching|repairing]
what is the point [of|in] [having|buying|paying|a|an|the|this game|that|these|those|two|my phone|school|math|maths|homework|golf|running|waiting|this app|it if|voting]
would not be caught dead
over my dead body
drop dead gorgeous
[killed|killing|kill] the [exam|interview|presentation|test|boss|game|quiz|gig|show]
[better|best] off [without|with] [sugar|social media|coffee|him|her|them|it|my ex|a car|meat|that job]
give away [free|tickets|my old|some old|clothes|toys]
died when i [saw|heard|read]
[we were|that] dead$
i am dead [at|from|over|because|when]
`,
  stories:
    "[song|songs|lyrics|chorus|verse|movie|film|book|novel|poem|character|characters|game|games|quest|level|boss|sims|minecraft|fortnite|valorant|roblox|npc|episode|season|series|anime|manga|plot|villain|hero|protagonist|scene|documentary|podcast|essay|lecture|history class|article|headline|musical|opera|shakespeare|romeo|hamlet|netflix|respawn|speedrun|dnd|campaign|documentaries]",
  selfHarm: `
[hurting|harming|cutting|starving|burning|killing] myself
[be|go|want to be] where [she|he|they] [is|are|went]
want out [$|of life|of this life|of here for good|of everything|so bad]
[easier|better|simpler|nicer|for the best|better place] .. if i [was|were|am] [dead|gone|not here|not around|not alive|never born]
if i [was|were] [dead|gone] .. [easier|better|simpler|happier|fine|solve|relieved]
if i [disappear|disappeared|died|vanished|was gone] .. [solve|fix|end|help|easier|better] .. [problem|problems|everything|everyone|all|for]
[imagine|imagining|think|thinking|fantasize|picturing|picture|want to|going to|tempted to|could just|thought] .. [crash|crashing|driving|drive|walking|walk|walked|jumping|jump|stepping|step|swerving|lying] .. [my car|into a tree|into traffic|into the sea|into the ocean|into the river|in front|off a|off the|on the tracks|on the train tracks|into the lake|under a|into a wall]
[thinking|think|thought|thoughts|tempted|ready|about] [of|about|to] [jumping|jump] [$|off|from|out|tonight|again|every]
[you|they|no one|mum|nobody] [will not|do not|would not|wont] .. [worry|deal|see|hear|bother|put up] .. [about|with|from|of] me [much longer|anymore|any more|again|soon|any longer|after|ever again]
[worry|deal|put up] [about|with] me [much longer|anymore|again|any longer]
i relapsed [$|last|again|and|tonight|today|this|bad|yesterday|hard]
[lost|losing|no] [the|my|all]? [will|desire|wish|drive] to [live|keep going|go on|carry on|be here]
wish .. [would|could] [hit me|run me over|kill me|shoot me|just take me|end me|crash into me|fall on me|take me away forever]
[is|would] [it|drowning|hanging|dying|jumping] [painful|quick|hurt|peaceful] [to|if] [drown|hang|die|bleed|jump|freeze|suffocate|you hang|you jump|overdose]
[one less|no more] [mouth|me|problem|burden] .. [feed|gone|deal|around]
[i am|am] [the problem|a mistake|a waste of space|a waste of oxygen|waste of air|a disease|poison to everyone]
waste of [space|oxygen|air|life]
[everything|it] would be [better|easier|fine|simpler] [without me|if i]
do not want to be [me|here|in this body|in my head|a person] [anymore|any more|any longer|at all|today]
[cry|crying] myself to sleep .. [wish|hope|die|end|every]
[i am|am] [drowning|suffocating|breaking|falling apart|slipping away] [and no one|inside|$|and nobody|i can not]
[my]? [life|story] [ends|is ending|will end] [here|tonight|today|soon|tomorrow|now]
[make|making] [it|everything|the noise|the voices|the pain] [all]? stop [$|forever|for good|tonight|please]
[no|not] [one]? .. [miss me|notice i am gone|notice im gone|notice if i left] [$|anyway|when|if|one bit]
[do you think|is it|would it be|does it] .. [wrong|selfish|a sin|bad] .. [to kill yourself|to end it|to want to die|end your life|take your own life|to die|suicide]
[what happens|is there anything|where do we go] .. [after|when] [you|we] [die|are dead|kill yourself] .. [hell|peace|nothing|quiet]?$
# Wishes.
[i|^] .. <want> die
[i|^] .. [want|wish|rather|hope|ready|prefer|need] .. <dead>
[want to|would rather|wish i could|wish i would|ready to|rather] <dead>
<kill>
[think|thinking|thought|thoughts|dream|dreaming|fantasize|fantasizing|consider|considering|considered|talk|talking|feel like|feel|plan|planning|planned|close|attempt|attempted|imagine|imagining|urge|urges|idea|about|into|obsessed] [about|of|on|with|to|for]? [my|a|the|doing]? <killing>
[suicidal|suicidal thoughts]
[my suicide|suicide note|my suicide note|suicide letter|suicide attempt|suicide plan|suicide is]
i [am|was|have been] dying inside
[wish|wished] i [was|were|am] [dead|never born|not born|gone|not alive|not here|not around|nonexistent|in a coma|hit by|under the ground]
wish i [had never|never had|was never|were never|had not|have never|never] [been]? [born|existed|woken up|woke up]
wish [god|something|someone|a car|a truck|cancer] would [take|hit|kill|end] me
wish [it|everything|this|all of this|the pain|my life|life] [would|could] [end|stop|be over|all end]
wish i could [sleep|fall asleep|go to sleep|close my eyes] .. [forever|not wake|never wake]
[hope|wish|pray|prayed|if] i [do|did|would|will]? [not|never] wake up
[what if|if|imagine if|would it matter if|would anyone care if|would anyone notice if|would anyone miss me if|would they notice if|who would care if|does it matter if] i [was|were|am|did|do|would|had|wasnt|died|killed|disappeared|vanished]? [not|never|no longer]? [wake up|woke up|here|around|exist|existed|alive|gone|dead|died|disappeared|vanished|born|anymore|be here|killed myself|kill myself|there]
[would|will|wonder if|does|do] [anyone|they|my parents|my family|my friends|my mum|you|people|someone|no one] .. [notice|care|miss me|cry|come to my funeral|be sad] .. [if i|when i|once i|after i|at my funeral] .. [gone|dead|died|die|disappear|disappeared|not here|was not here|not around|vanished|vanish|left|went missing|funeral|not wake up|killed]
[no one|not a single person|anyone] .. [notice|care|miss me|cry|come to my funeral] .. [if i|when i|once i|after i] .. [gone|dead|died|die|disappear|disappeared|not here|was not here|not around|vanished|vanish|not wake up]
[no one|they|everyone|anyone] [would|will] [not]? [cry|care|come|be] .. [my funeral|when i am dead|once i am gone]
my [own]? funeral [would|will|song|is|plan|plans]
# No more.
[do not|can not|never|no longer|no|not] [want to|going to|wanna|see myself|feel like|plan to|think i can|think i want to|think i will]? [be|want to be|being] [alive|here|around|on this planet|on this earth|in this world] [<later>|tomorrow|next]?
[do not|no longer|never] [want to|wish to|feel like|see myself|plan to|deserve to|like] [live|living|exist|existing|wake up|waking up|continue|go on|be alive|being alive|keep going|breathe|keep living|keep breathing]
[can not|can|could not] [not]? [do|take|handle|go on|keep going|live like|bear|stand|cope|keep doing|deal] [this|it|life|living|everything|being alive|with life|with this]? [life]? <later>
[can not] [go on like|go on living|go on without|go on with|keep going|live like this|keep doing this|keep living]
[tired|sick|exhausted|done|over] [of|with|from]? [living|being alive|life|existing|being here|fighting|this life|everything|breathing|my life|waking up|trying to survive|pretending to be ok]
i am [so|too]? done [with everything|with life|with it all|trying|living]
i [give|am giving|have given] up on [life|everything|living|myself]
[nothing|not anything] .. [left|worth] .. [for me|to live for|living for|living|to live|waking up for|staying for]
[not|is not|is life] worth [living|it <later>|staying alive|being alive]
life [is|has|feels] .. [not worth|pointless|meaningless|over|no <point>|worthless|too painful|hopeless]
my life is [over|worthless|meaningless|nothing|pointless]
[no|any|the|what|see] <point> .. [living|to live|life|anything|everything|go on|going on|being alive|being here|existing|getting up|keep going|in any of|of it all|of any of|to go on|in trying|waking up|of me|to stay|staying|to be here|to exist|to wake up|of continuing|for me]
[do not|can not|no longer|stopped] [see|seeing|get|feel] [the|a|any] <point> <later>
[what is|whats|there is no|is there any|is there a] [the]? <point> <later>
[everything|it all|all of this|life|all] [is|feels|seems] .. [pointless|meaningless|hopeless]
[have|see|is|got] no future [$|for me|anymore|left|ahead|and|with]
[can not|do not|not] [see|imagine|picture|have] [a|any|my]? future [$|for|anymore|ahead|where|with me]
i .. no future [$|for me|anymore]
[no way out|no other way out|only way out|easy way out for me|way out of this life|a way out]
[want|need|make|makes|wish] .. [the pain|it all|everything|this pain|the suffering|my pain] [to]? [stop|end|be over|go away]
[hate|hating] [being alive|living|existing|my existence|that i am alive|waking up|that i woke up|myself .. much|my life .. much|myself$|myself for existing|me too]
[every day|each day|every night|every morning] i [wake up|woke up|go to sleep] .. [wishing|hoping|sad|disappointed|angry|alive]
[sad|disappointed|upset|angry|hate] [that|when]? i [woke|wake] up
[sleep|asleep] .. [never|not] [wake|waking] .. [up]?
[drive|driving|swerve|crash|steer] .. [into|off] [a|the]? [tree|wall|bridge|cliff|traffic|river|oncoming]
[stand|standing|stood|sit|sitting|go|look|looking|looked|walk|walked] .. [bridge|ledge|edge|tracks|rooftop|roof|balcony|platform|cliff] .. [think|thinking|thought|wonder|wondering|easy|jump|jumping|fall|falling|let go|wanting|imagine|over|end]
[one step|one jump|a step] .. [over|end|enough|gone]
[how] .. [easy|peaceful|quick] .. [be|is] .. [jump|gone|end it|over|dead|die|let go|fall]
# Burden.
[i|me|being] .. [a|such a|the|nothing but a|only a|too much of a|more of a|huge|big] burden
burden [to|on|for] [everyone|everybody|my|them|people|others|all|you|him|her]
[everyone|they|everything|the world|my family|my parents|my kids|my mum|my friends|people|my wife|my husband|you|the kids|my children|he|she|all of them|this world|you all|others|life] .. [better|happier|easier|relieved|fine|ok|okay|best] [off]? .. [without me|if i was|if i were|if i am|if i did not|if i died|if i disappeared|if i left|once i|when i am gone|with me gone|with me dead|if i never|if i just|if i]
[better|happier|easier] off [without me|dead|if i]
[i would be|i am|id be|be] better off [dead|gone|not here]
[only|always] [make|ruin|in] .. [everyones|everyone|peoples] .. [life|lives|way] .. [gone|die|dead|disappear|here]
[i do not|i should not|i did not|dont] [belong here|belong in this world|deserve to live|deserve life|deserve to be alive|deserve to be here|deserve to exist]
[i should|i should have|i shouldve|shouldve] [not exist|died|be dead|never been born|not be alive|not be here|never have been born|been me who died]
[world|planet|earth] .. [without me|better place without]
no one .. [needs me|would miss me|will miss me|wants me here|wants me alive|cares if i live|would notice]
# Leaving.
[goodbye|farewell|good bye|goodbyes] [letter|letters|note|notes|message|messages|video|videos|forever|world|everyone|to everyone|cruel world|for good|for ever]
[wrote|write|written|writing|left|leave|leaving|recorded|finished] .. [note|notes|letter|letters|goodbye|will|video|goodbyes|goodbye message|my will] .. [find|goodbye|when i am gone|after i|parents|mum|everyone|family|sister|dad|read it|each of them|for when|once i|kids|friday|tomorrow|tonight]
[saying|said|say] [my|all my]? [goodbyes|goodbye] [to everyone|to all|for good|forever|for the last time|tonight|before i go|to my]
this is [my]? [goodbye|the end for me|it for me|my last]
my last [message|night|day|goodbye|words|day here|night here|day alive|day on earth|birthday|chat] [ever|alive|on earth|here|for me]?$
by the time [you|they|anyone] .. [read|find|see] .. [gone|dead|too late|this]
[will|wont|not|going to] [be here|be around|be alive|exist|make it|see] .. [tomorrow|next week|next month|next year|much longer|long|to see|my next birthday|18|christmas|summer|monday]
[will not|wont] be needing .. [anymore|from now|now|where i am|much|it|them|any of]
[gave|given|giving|give] .. [away]? .. [my dog|my cat|everything|all my|my stuff|my things|my guitar|my games|my pet|my clothes|belongings|my ps5|my favorite|my car|my console|my savings|my jewelry] .. [away|wont|will not|no more|do not need|not need|never need|where i am going|from now|anymore|no longer|goodbye]
giving away [everything|all my|my things|my stuff|my belongings|everything i own]
[given|gave] away [everything|all my|my things|my stuff|my belongings|everything i own]
[take care of|look after|feed|promise to love] .. [when i am gone|after i am gone|once i am gone|when i am not here|if i am not here|when i am dead|if i am gone]
[when|once|after] i am [gone|dead|not here|no longer here]
[it|everything|all] will [all]? be over [soon|tonight|tomorrow|by]
[tonight|today|tomorrow|soon|friday|this weekend|this week] [is the night|is the day|it ends|it all ends|i end it|i am ending it|i will end it|i will be gone|i will finally be|i will be at peace|i will be free]
[i will|i am going to|going to|want to|i] [finally]? [be|have] [at peace|free from all|free of all|no more pain]
[i am|im|i will] [ending it|end it] [tonight|tomorrow|today|soon|all|$]
[want to|going to|should|could|will|wish i could|wanted to] end it$
[want to|going to|wish i could] end [things|everything|it all|this]$
[planning|planned|picked|chose|chosen|set] .. [date|day|way|place|spot|method] .. [to die|to end|to go|to do it|it ends|for the end|for it]
[i have|got|have] [a]? [plan|date|everything ready|it all planned|rope|gun|pills] .. [ready|planned|saved|loaded|to do it|to end|hidden|for it]
# Methods.
[how many|how much|enough|which|what kind of|what] .. [pills|sleeping pills|paracetamol|tylenol|ibuprofen|xanax|advil|aspirin|insulin|antidepressants|painkillers|dose|benadryl|melatonin] .. [take|takes|to|would|need|kill|die|overdose|lethal|fatal|dangerous|not wake|until|before|it]
[how many|how much] .. [until|before|till] .. [die|dead|dying|over|sleep forever|not wake up|pass out forever]
[take|took|taken|taking|swallow|swallowed|swallowing|swallowing] [all]? [the|my|a|these|those|too many|a bunch of|a whole|whole]? [bottle of|box of|pack of|lot of|all the|handful of|all my]? [pills|sleeping pills|paracetamol|tylenol|painkillers|antidepressants|xanax] [$|tonight|and|at once|to|all|today|i|.. sleep|.. wake]
[saving|saved|collecting|collected|stocked|stashed|hiding|hoarding|counting|counted|stockpiling] .. [pills|painkillers|sleeping pills]
[overdose|overdosed|overdosing|od] [on|tonight|again|and|my|$]
[painless|easiest|quickest|fastest|least painful|most painless|best|quick|easy|painlessly] [way|ways|method|methods] [to]? .. [die|go|end it|kill|end my|end your|end life|not exist|suicide]
[how|where] .. [tie|make|buy|get|find] [a|the]? [noose|gun to|rope to]
[does|would|how much does|how long does|will] [it|hanging|drowning|jumping|bleeding out|hanging yourself] .. [hurt|take] .. [die|hang|drown|jump|hanging|bleed|death|suffocate|dying]
[does|would] [drowning|hanging|dying|jumping|bleeding out|death] hurt
[noose|razor blade|razor blades|razorblade|blade to my|knife to my|gun to my head|gun in my mouth|bleach .. drink|drink bleach|drank bleach|drinking bleach]
how to [hang|drown|kill|poison|suffocate] [yourself|oneself|myself|yourself painlessly]
how [high|far|tall] .. [jump|fall|bridge|building] .. [die|death|dead|fatal|sure|survive|kill]
[lethal|fatal|deadly] [dose|amount|height]
# Injury.
[i|i have|have|started|keep|been|want to|need to|urge to|about] .. <hurt>
[i|i have|started|keep|been|was|am|kept] [been]? [cutting|self harming|hurting myself|harming myself|burning myself|cutting myself|starving myself|scratching myself|hitting myself|punishing myself|sh] [again|myself|my|for|since|every|lately|$|to|last|when|because|more|deeper|in]
[started|start|begun|back to] [cutting|self harming|hurting myself|burning myself|self harm]
[relapsed|relapse] .. [cutting|self harm|sh|cut|clean|blade|tonight|again]
[clean|sober] from [cutting|self harm|sh]
[cut|cuts|cutting|scars|burns|bruises|bandages] .. [my|on my] [arms|arm|wrist|wrists|thighs|thigh|legs|leg|skin|stomach|hips] [again|$|to feel|so|and|are|no|under|that|when|because|from|i|everywhere|last|every|with a]
[blade|razor|lighter|scissors] .. [my skin|my arm|my arms|my wrist|my wrists|my thigh|my thighs|myself]
[feel|feeling] .. [when|only when] i [bleed|cut|see blood]
[self harm|selfharm|selfharming|self harming|self injury]
[only|makes] [thing|way|me]? .. [helps|feel] .. [is cutting|is the blade|is pain|hurting myself]
[in danger|not safe] [from|with] myself
[afraid|scared|worried] .. [what]? i [might|will|could] do .. [myself]? 
do not [trust|feel safe with] myself [tonight|alone|anymore|right now|around]
[voices|voice|head] .. [tell|tells|telling|told] me to [die|do it|kill|jump|hurt|end|cut]
# Farewells, everything settled.
[tell|say] [my|your|everyone|them|him|her|mum|dad] .. [i love|i loved|i am sorry|it was not|goodbye|not their fault|not her fault|not his fault]
[everything|all|it] [is|has been] [settled|sorted|paid|arranged|taken care of|in order|ready|planned|organised|organized|set] .. [so i can|for when|before i|now i can|i can go|leave|go|goodbye|rest|peace|tonight|friday|no one has to|they will not]
[paid|sorted|cleaned|settled|organised|organized|arranged|tidied] .. [everything|all|debts|bills|room|papers|affairs|passwords] .. [so they|so no one|before i go|when i am gone|for after|so my|will not have to|for my family|can go]
[thank|thanks|thankful] .. [everything you|for everything|all of it] .. [goodbye|last time|will not|in another life|see you on the other side]
[see you|meet you|see them] [on the other side|in the next life|in another life|in heaven]
[do not|no one] [be|should be|has to be] [sad|cry|blame] .. [when i am|gone|after|yourself|themselves]
[forgive|forget] me [everyone|please|mum|for what i|for doing|when i am|after]
# Already taken, and within reach.
[took|taken|swallowed|had|popped|downed|drank] [about|like|around|over|at least|almost|a whole|whole|the whole|an entire|the entire|all of the|half a]? [<N>|20|30|40|50|60|twenty|thirty|forty|fifty|handful|bottle|box|pack|packet|strip|all|rest] [of|of the|of my]? [the|my]? [pills|paracetamol|tylenol|advil|ibuprofen|aspirin|xanax|benadryl|sleeping pills|painkillers|antidepressants|zoloft|prozac|panadol|acetaminophen|valium|oxy|sertraline|melatonin|ambien|insulin|codeine|tramadol]
[look|looking|stare|staring|looked|stared|keep looking|glance] [at]? .. [pills|gun|rope|knife|blade|razor|bottle|bleach|noose|medicine cabinet|drop|train tracks|pistol|rifle|scissors]
[gun|pistol|rifle|rope|noose|pills|knife|blade|razor|razors] .. [in the|in my|on the|next to me|in front of me|under my|in his|in dads|in our|within reach|right here|in my hand|to my|on my] [drawer|closet|hand|nightstand|bed|pillow|garage|desk|table|room|safe|lap|bag|head|basement|shelf|attic|$]? [and|keep|$|i keep|looking|tonight|calling|it would|thinking|right]
[bought|got|have|found|took|hid] [a|some|the|my|dads|his]? [rope|gun|noose|razor|razors|blades|blade|helium|charcoal] [yesterday|today|last|$|and|for|in|under|ready|tonight|online|from|hidden|just in]
i know where .. [gun|pills|rope|rifle|pistol] [is|are]
# Following the dead.
[since|after|when|now that] .. [died|passed|passed away|is gone|left us|death|funeral|killed] .. [join|follow|with her|with him|with them|be together|see her|see him|no reason|not want to|do not want|without her|without him|no point|go too|go with|want to go]
[want to|wish i could|going to|ready to|will|rather|just|would] [be with|join|follow|go be with|go to|see|go with] [her|him|them|my wife|my husband|my mum|my dad|my son|my daughter|my brother|my sister|my grandma|my grandpa|my dog|my best friend|my baby] .. [heaven|again|in the grave|up there|there too|wherever|soon|the other side|where she|where he|now|in death|too]
[giving|gave|given|give] up [on]? [life|my life|living|everything|fighting|for good]
[end|ending] [my|ur|this|this miserable|this shitty|my own|my whole|my stupid|this whole] .. [life|suffering|existence|misery]
[game end|end game|self delete|self deletion|self yeet|yeet myself|delete myself|uninstall life|log off life|log out of life|alt f4 myself|toaster bath|catch the bus|sewer slide|suey slide|sui|sue a side|soup a side|commit toaster|commit not alive|commit sudoku|final exit|permanent nap|forever nap|forever sleep|perma sleep|rope myself]
# Understated.
[do not|not] [know if|think] i [will|can|want to|am going to|would] .. [be here|make it|be alive|survive|wake up|stay alive|live|go on] .. [tomorrow|tonight|the night|this|next|much longer|long|anymore|year|christmas]?
[will not|wont|not going to|do not plan to|not gonna] [make it|live|survive|last|be alive|get] [to|past|until|till|through|long|much longer|the night|tonight|this]
[want|wanted|need] to [sleep|fall asleep|go to sleep] [and|forever|for ever|for good] [not|never|and]?
[stopped|quit] [caring|trying] .. [if i live|about living|whether i live|if i die|to stay alive|to live]
do not care [if|whether] i [live|die|wake up|get hit|am alive|survive]
[would not|do not] [mind|care] .. [if i|not|dying|being|a car|a bus|a truck] .. [wake up|waking up|died|die|dead|hit me|hit by|waking|dying|ran me over|tomorrow|gone|crash|crashed]
[there is|see|i have|have|got]? [nothing|no one|no reason] [left]? to [live|stay|wake up|hold on|keep going|go on] [for]?
[what|anything|nothing|something|someone|reason] [is there|do i have|left|keeping me|keeps me|holding me|to]? .. [live for|keeping me alive|keeping me here|keeps me alive|holding me here]
[only reason|reason] .. [i am alive|i have not done it|i am here|i stay|i have not|im alive|i am not dead] 
[death|dying] [sounds|seems|feels|would be|looks|is|might be] .. [peaceful|better|nice|like a relief|relief|easier|good|the only|only way|comforting|so good|my only|a solution|the answer|beautiful|sweet|calming|escape]
[peaceful|better|nice|relief] to be [dead|gone]
[it|living|life|being alive|existing] hurts [too much|to be alive|to live|to exist|so much to]
too [much|heavy|tired|hard|painful] to [live|go on|keep going|exist|stay alive|keep living|be alive]
ready to [go|leave|go home to god|meet god|be gone|check out|check out of life|give up|let go|die] [$|forever|now|for good|and]
[i am|im] [at the end|at my limit|at the end of my rope|at the edge|on the edge|at my breaking point]
[checking|check|checked] out [of life|for good|permanently|early]
[not long|not much longer|wont be long] .. [now|left|me] .. [for me|over|gone|left]
[do it|ending it|doing it] tonight
[tried to|attempted] [end it|die|do it before|suicide]
[almost|nearly] [did it|jumped|killed myself|ended it|took them all]
[i am|feel|feeling] [empty|hopeless|worthless|numb|trapped|useless] [and|inside|like|i|all the time|<later>|$|every day|to everyone]
[feel|feeling|so|am] [worthless|hopeless]
[be with|see|join|meet|follow] [my]? [grandma|grandpa|dad|mum|brother|sister|her|him|best friend|son|daughter|wife|husband] [again]? [in heaven|in the afterlife|soon|up there|on the other side]
`,
  other: `
[my|a|one of my|our|his|her] .. <person> .. [cuts herself|cuts himself|cutting herself|cutting himself|hurts herself|hurts himself|kill herself|kill himself|kill themselves|killing herself|killing himself|hang herself|hang himself|harms herself|harms himself|is suicidal|suicidal|wants to die|wanted to die|took pills|took a bunch of pills|swallowed pills|overdosed|starves herself|starves himself|burns herself|burns himself|not want to live|does not want to be alive|does not want to live|self harms|selfharms|cut herself again|not worth living|cut himself again|attempted|tried to jump|end it|end it all|end things|dying by suicide|does not want to be here|no reason to live|better off dead|wishes she was dead|wishes he was dead|wish he was dead|wish she was dead]
[my|a|this|one of my] .. <person> .. [picked|chose|set|has|planned|planning|knows|chosen|decided|told me|bought|wrote|gave|giving|saying|left] .. [a date|the date|the day|which day|a day|how|a plan|her plan|his plan|the rope|a rope|a gun|goodbye|a note|letters|everything away|her stuff away|his stuff away|her things away|his things away|on friday|monday|sunday|tonight|when and how] [.. do it|$|to do it|to die|.. end|and i|to me|to everyone|.. kill|.. gone|.. now]
[my|a|this] .. <person> .. [do it|end it|be gone|do something] [on|this|next|tonight|tomorrow|friday|saturday|sunday|monday|after|before|to himself|to herself|to themselves]
[she|he|they] [has|have|picked|set|chose|told me|said] .. [a date|the date|a plan|already a plan|the pills|pills saved|picked a day|picked a date] [$|and|to|already|.. do it|.. die]
[my|a|our|this|his|her|someone|one of my|one of our|an|girl|guy|somebody] .. <person> .. [wants to|want to|going to|is going to|said|says|told|talks|talking|talked|keeps|texted|texting|sent|threatened|threatening|tried|trying|thinking|thinks|is|has|posts|posting|wrote|writes|might|may|attempted|mentioned|posted|cuts|cutting|hurts|hurting|started|swallowed|took|planning|plans|wishes|feels|asked|keep|been|admitted|confessed|joked|jokes|does|will|left] .. [die|kill himself|kill herself|kill themselves|kill themself|killing himself|killing herself|killing themselves|ending it|ending it all|end it|end it all|ending things|ending her life|ending his life|end her life|end his life|suicide|suicidal|hurt himself|hurt herself|hurting herself|hurting himself|hurt themselves|self harm|self harming|self harms|cutting|cuts herself|cuts himself|cut herself|cut himself|goodbye|goodbye messages|overdose|overdosed|overdosing|all the pills|jump|not be here|not wake up|not be alive|alive anymore|be dead|was dead|were dead|disappear|live anymore|exist|unalive|unalive himself|unalive herself|harm herself|harm himself|hang himself|hang herself|taking her own life|taking his own life|take his life|take her life|dying|better off without her|better off without him|better off without them|a burden|suicide note|goodbye note|cutting herself|cutting himself|arms]
[he|she|they] [said|says|told me|keeps saying|texted me|keeps talking|is talking|talks|wants|threatened|tried|is going|thinks] .. [kill himself|kill herself|kill themselves|killing himself|killing herself|killing themselves|ending it all|end it all|end her life|end his life|suicide|hurt herself|hurt himself|unalive|cutting herself|cutting himself|wants to die|want to die|to die|wants to be dead]
[how|what] .. [help|do|say|tell|talk|stop] .. [someone|friend|friends|brother|sister|mum|dad|person|her|him|them] .. [suicidal|suicide|wants to die|want to die|kill himself|kill herself|self harm|self harms|end it|cuts|cutting|kill themselves]
[someone|friend|brother|sister|classmate|girl|boy|guy|she|he] .. [is|are|seems|might be|sounds|be] suicidal
[found|saw|seen|noticed|discovered] .. [cuts|scars|blades|razor|suicide note|goodbye letter|goodbye note|rope] .. [on|her|his|their|in|by|from] .. [arm|arms|wrist|wrists|room|thighs|backpack|brother|sister|friend|legs|drawer|bag]
[worried|scared|afraid] .. [friend|brother|sister|boyfriend|girlfriend|she|he|mum|dad|roommate|they|son|daughter] .. [might|will|could|going to|is going to|would] .. [do something|hurt|kill|end|harm|suicide|not be here]
`,
  otherAges: `
[until|till|before|after] <N>
[at|when i was] [your|my|his|her|that|this] age
[teach|teaching|teacher|tutor|coach|taught|teaches|subbing|substitute] .. [grade|graders|grader|year <N>|high school|middle school|freshmen|kids|class|school|<N>]
[was|were|when|since|at|around|from|by|aged|age of|used to be|felt like|back at|been|like i was|if i was|if i were|when i turned|when i was like|like im|feel|feels|act like|look|looked|look like|mentally|acting] [i was|i am|i|about|only|age|like]? <N>
[my|our|his|her|their|a|the|these|those] .. [son|daughter|kid|kids|brother|sister|nephew|niece|cat|dog|car|child|boy|girl|girls|boys|students|student|cousin|grandson|granddaughter|stepson|class|pupils|kiddo|oldest|youngest|eldest|twins|horse|house|phone|laptop|whisky|teenager|teens|nephews|nieces|goddaughter|godson|friend|friends|wife|husband|marriage|company] [is|are|was|turns|turned|turning|will be|just turned|just|who is|at|of|about|since]? [only|just|now|about|like|almost|a|the|turning|already|age]? <N>
[my|our|the|his|her] <N> [year]? [old|yr|yo|years]
<N> [minute|minutes|min|mins|hours|hour|hrs|h|days|day|weeks|week|months|month|seconds|sec|percent|pounds|lbs|kg|kgs|km|miles|mile|meters|m|cm|inches|feet|ft|stops|pages|points|levels|level|wins|times|people|dollars|bucks|euros|th in|th place|th time|th floor|th of|st in|nd in|rd in|years in|years into|years sober|years clean|years of|years ago|years now|years later|years experience|years married|years apart|years deep|hundred|thousand|percent|episodes|chapters|emails|games|rounds|goals|reps|out of|of us|of them|in line|late|away|behind|short|down|up|ahead|over|under|pm|am|oclock|handicap|and counting|tickets|cats|dogs|k|grand]
[level|lvl|number|room|page|chapter|episode|season|bus|gate|size|floor|row|iphone|version|flat|apartment|top|rank|ranked|seat|day|week|round|stage|ps|windows|channel|route|platform|line] <N>
[i|we] [have|got|bought|ate|need|want|see|own|played|watched|ran|did|made|spent|lost|won|read] <N>
`,
  age: `
[being|be] <N> [sucks|is|and|fr|years|$|in]
[as|being] a <N>
[just]? a kid .. i am <N>
i am <N> and
i am [only|like|about|almost|a|currently|turned|barely|nearly|around|exactly|gonna be honest|so|officially|only like]? <N>
[i have turned|i turned|i recently turned] <N>
^[i]? turned <N> [today|yesterday|last|this|in|on|a|and|$]
^<N> [yo|y o|yr old|yrs old|years old|year old|yrs|yr|y|years|f|m|girl|boy|female|male|here|you|wbu|hbu|and you|how about you|what about you|and female|and male|from|u|near|from the]
^[f|m|girl|boy|female|male|age|aged] <N> [$|from|here|uk|us|usa|you|and|hbu|wbu|california|texas|london|canada|near|in|looking|bored|single]
<N> [f|m|female|male] [here|$|from|uk|us|usa|you]
[me|as|being|only|am|i am|yes|yeah|yep|nah|no] [a|an|only]? <N> [yo|y o|year old|yr old|years old|yrs old|year old girl|year old boy]
my age is <N>
[age|asl|a s l] <N>
[i am|am] a <N> [year|yr|yo]
`,
  birthday: `
[only]? [two|three|four|five|one|couple|few|<N>] more [years|months|year] [until|till|to|and] [i am|i turn|i hit|im]? <N>
<N> in [<N>|a|one|two|three|four|five|few|couple] .. [years|year|months|weeks] [$|so|and]
[when|until|till|til|before|once] i [am|turn|hit|get to be|become] <N>
[i am|i will be|i will|am]? [turning|turn|gonna be|going to be|will be|be turning|going to turn|almost] <N> [in|next|on|this|soon|tomorrow|later|after|before|when|$]
[i am turning|i turn|i will be|i am going to be|i will turn] <N>
my <N> [th]? [birthday|bday|b day] [is|in|next|on|tomorrow|was]
`,
  school: `
[i am|am|i|^|still|going into|starting|start|entering|finished|finishing|just started|me] .. [in|into|starting|start|to|the|finished|a]? [the]? <N> [th|st|nd|rd]? grade
[i am|am|im|^] .. <N> [th|st|nd|rd]? grader
[i am|am|i|^|still|starting|going into|entering] .. [in]? grade <N>
`,
  schoolYear: 5,
  born: `
[i was|i am|^|im|was|me] born [in|on|back in|like]? .. <Y>
[birth year|year of birth|birthdate|dob|born] [is|was|in]? <Y>
^<Y> [kid|baby] here?
[i am|from] [a]? <Y> [kid|baby|born]
`,
  minors: [
    [
      13,
      `
[i am|i go to|am|i|still|^|start|started|starting|hate] [still]? [in|go to|at|to|attend]? [middle school|junior high|primary school|elementary school|elementary]$
[i am|i go to|still|^|i|starting] [still]? [in|go to|at|attend]? [middle school|junior high|primary school|elementary school] [and|so|rn|right|now|with|but|in]
[i am|am|^] .. [middle schooler|sixth grader|seventh grader|eighth grader]
[i am|am|i|^|still] .. [sixth|seventh|eighth|fifth] grade
[i am|am|i|^|still] [only]? in? year [7|8|9|6|5]
`,
    ],
    [
      16,
      `
[i am|am|i|^|still] .. [ninth|tenth|eleventh|twelfth] grade
[i am|am|i|^|still] [only]? in? year [10|11|12]
[i am|am] [a|still a|only a]? [freshman|sophomore|junior|senior] in [high school|hs|highschool]
[high school|hs|highschool] [freshman|sophomore|junior|senior] here?
[freshman|sophomore|junior|senior] [in|at] [hs|high school|highschool]
[i am|am|i|^|still] [still|currently]? [in|go to|at|attend] [high school|hs|highschool|secondary school|sixth form] [$|and|so|right|now|with|but|in|you|rn]
[i am|am] [a|still a]? [high schooler|highschooler|high school student]
[doing|studying for|got|have|taking|revising for] my [gcse|gcses|a levels|mock gcses]
[i am|am|im|technically|still|because i am|legally] [a|still|still a|only a|just a|technically a|technically]? [minor|underage|under age|under 18|not 18|not 18 yet|below 18|kid|child|teen|preteen|tween|young teen|not an adult|not legal|not legal yet|jailbait]
[not|i am not] [yet]? [18|an adult|old enough|legal] [yet]
[i am|am] too young [for this|to be here|to be on here|for this app|for this site]
[until|till|til|before|once|when|wait until|cant wait till] i [am|turn|hit] 18
[year|years|months|month] .. [until|till|til|before|from] .. [18|adult|legal]
[i turn|i will be|turning] 18 [in|next]
[my|having|planning|for my] [sweet 16|sweet sixteen|quince|quinceanera|bar mitzvah|bat mitzvah|confirmation]
[i am|am|^|my] .. [tenth|eleventh|ninth|twelfth] grader
[my|in|skipping|hate|bunk] [homeroom|8 th grade|recess|prom|school dance|detention|hall pass] [teacher|today|class|again|is|dress|date|tomorrow]
[i am|^i|im|am] .. [freshman|sophomore] [$|and|at|this year|year|so]
[my mum|my dad|my parents] [will not let|does not let|do not let|do not know i|took my phone|grounded me|check my phone|monitor my]
[i am|am] grounded
[doing|do|on] my [homework|spelling|ks3|sats]$
[primary 7|primary 6|first year of high school|s1|s2|s3|key stage 3|form 3|6 th form|year seven|year eight|year nine|year ten|year eleven]
[supposed to be|have to be|need to be|must be] 18 .. [but|and] .. [not|younger|lied]
lied about my age
`,
    ],
  ],
  contact: `
[add|follow|find|hit|message|dm|text|call|ring|facetime|snap|pm|email|whatsapp|hmu|skype] me [on|at|up|later|back|in|over|here|$|there|tonight|my|when|privately]?
[what is|whats|gimme|give me|send me|can i have|can i get|could i have|may i have|drop|do you have|you have|you got|got|have|want|share|tell me|trade|swap|exchange|switch to|move to|go to|talk on|chat on|let us talk on|lets talk on|on|is|take|here is|heres|add] [a|an|my|your|you on|any|the|our|me on|his|their]? <app>
[i am on|im on|my] <app> [is|$|name|too]
[my] [snap|insta|ig|discord|number|phone|email|address|cell|whatsapp|tiktok|telegram|roblox|gamertag] .. [is|its|it is|user|name]
you [on|got|have|use] <app>
[meet|meeting|hang out|hangout|hanging out|link up|linkup|get together|meetup|meet up|come over|come by|visit|pick me up|go out|see each other|see you] .. [in person|irl|up|sometime|tomorrow|tonight|this weekend|saturday|sunday|friday|someday|me|you|with me|after school|at|in|for real|for a|one day|real life|my house|my place|your place|face to face|soon|$|together]
[can|could|should|shall|will|want to|would you|do you want to|wanna|lets|let us|let|when|where|why dont] [we|you|i|us]? .. [meet|meet up|hang out|hangout|link up|come over|pick me up|see each other|go on a date|date me|visit me|call me|video call|facetime|voice call|call|video chat]
[where|which] [do you|you|u|city do you|town do you|school do you|street do you]? [live|go to|stay|located|from exactly]
[i live|my address|my house|my school] [is|at|on|in|near] [the|a|number|<N>|called]
[i live at|my address is|my school is|i go to .. school in|my house is]
[home alone|parents are out|parents are not home|parents are away|no one is home|no one home]
[video call|video chat|voice call|webcam|cam together|on cam|facetime]
[go out|on a date|date] with [me|you]
[be|wanna be|want to be|become|are you] my [boyfriend|girlfriend|bf|gf|sugar daddy|sugar mummy]
how far are you from [me|here]
[my|heres my|here is my|its my|this is my|take my|got] [number|phone|cell|address] [is|just]? [0|00|<N>|555|07|$]
[you can|can|come|just|u can|feel free to]? [find|reach|text|add|call|hit up] me [at|on|under|by|through] .. [$|name|is|handle|<app>|same]
[same name|same handle|same user] on <app>
[let us|lets|can we|want to|we should|we could|could we|should we|rather] [talk|chat|move|text|speak|continue|switch|go] .. [privately|somewhere else|another app|other app|off here|on <app>|elsewhere|private|there|on the phone]
[i can|i could|i will|can i|could i] [come|drive|take the bus|take a train|walk|visit|skip school] .. [to you|your|over|see you|meet|to your]
`,
  sexual: `
[send|show|share|trade|swap|see|post|want|wanna see|give|buy|sell|got|have|sending|take] [me|you|some|your|my|any|us|a few]? [some|your|my|a|any|the|more]? [nude|nudes|noods|tits|titties|boobs|dick pic|dick pics|dick picture|dick pictures|dick|cock|pussy|naked pictures|naked picture|nude pictures|ass|asshole|genitals|sexy pictures|sexy picture|hot pictures|underwear pictures|dirty pictures|feet pictures|butt]
[want to|going to|would like to|lets|let us|can we|can i|could i|may i|will you|would you|do you want to|i would|let me|need to|wish i could|i will|could we] [have]? [fuck|bang|screw|smash|bone|shag|sex|hook up|hookup|sext|make love|cum|suck|lick|finger|cyber|jerk off|masturbate|wank|touch your|touch you|grope|undress you|see you naked|ride you|ride your|taste you|do you from behind|breed|spank you|eat you out|get laid|roleplay sexually|erp]
[have|having|had|like|love|want|wants|need|about|for|phone|oral|anal|cyber|into|rough|up for|down for|some|do] sex$
[have|having|want|need|like|love|some|oral|anal|phone|cyber|rough|first|do you like|for|hot|wild|good|down for|into|up for|had|about] sex [with|now|together|chat|tonight|right|toys|on|talk|me|you|for|in|rn|positions|position|again|before|yet]
[i am|am|so|super|im|are you|you|feeling|get|getting|gets|makes me|make me|you make me|been|mega|feel|a bit|very] [so|really|very|super|feeling|getting|a bit|a little]? [horny|turned on|wet for|hard for|aroused|wet right|hard right|hornyyy]
[talk|say|tell|speak|be|something|whisper] [me|to me|something|stuff|things|some]? [dirty|nasty|naughty|kinky|filthy|sexy|freaky] [to me|talk|things|stuff|with me|$|for me]
dirty talk
[suck|lick|ride|stroke|rub|touch|grab|squeeze|spank|taste] [on]? [my|your|ur|me|his|her|these] [dick|cock|pussy|balls|tits|boobs|ass|nipples|clit|body|penis|vagina|off|butt|breasts|cum]
[suck|lick|ride|eat] me [off|out|$|dry|baby]
[my|your|her|his] [dick|cock|pussy|clit|boner|erection|tits|penis|vagina|nipples] [is|are|so|in|inside|hard|wet|big|size|right|looks|feels|would|wants|needs|pic|picture|pictures|now|tastes]
how [big|long|large|thick|wet|tight|hard] [is|are] [your|ur|you|my] [dick|cock|boobs|tits|pussy|penis|breasts|ass|bra|cup|down there|right now]?$
[what are|are] you wearing [right now|under|underneath|to bed|$|in bed|babe|sexy]
[are you|you|get|lie|lying|sleep|sleeping|stand|imagine you|picture you|see you|want you|i am|im] [completely|totally|fully|all]? [naked|nude]
[take|taking|get|strip] [off]? [your|ur|my|those] [clothes|shirt|bra|panties|pants|underwear|top|dress|trousers] [off]?
[strip|undress|cum|twerk|masturbate|moan|strip tease|get naked|get undressed] for me
[i am|im|are you|you|do you|i|was|been|while i|watch me|watching me|love to|like to|lets|let us|me] [touching myself|masturbate|masturbating|jerking off|jerk off|fingering|touch yourself|touching yourself|wank|wanking|cumming|stroking|rubbing one out|rub myself|finger yourself|finger myself|play with yourself|playing with myself]
[fuck|fucking|bang|pound|breed|rail] [me|you] [hard|now|tonight|baby|daddy|harder|please|right|in|so|from|all|senseless|$|raw|like|up against|deep]
[sit|sitting] on my [face|lap|dick|cock]
[cum|nut|come] [in|on|inside|all over] [my|your|me|you|her]
[blowjob|blow job|handjob|hand job|bj|footjob|rimjob|deepthroat|threesome|gangbang|creampie|orgasm|doggy style|bdsm|69 with|boobjob|titjob] [me|now|from|with|$|please|for|together|right|tonight|you]
[want|give|need|love|like] .. [blowjob|blow job|handjob|head|orgasm|threesome|rimjob]$
[sexy|hot|horny|naughty|dirty|kinky] [chat|roleplay|talk|pictures|time|fun|girl here|boy here|rp|stuff together]
[sex chat|sexting|sext|sexy time|sexy times|cybersex|cyber sex|erotic roleplay|onlyfans|friends with benefits|fwb|netflix and chill with me|one night stand|your fetish|my fetish|favourite position|favorite position|sexual fantasies|sexual fantasy|your kinks|my kinks]
[sex|nudes|sexting|cum|pussy|horny|tits|boobs|dick|cock]$
[are you|you|am i|i am] [a]? [virgin|kinky|into bdsm|good in bed|a top or|submissive in|dominant in]
[want|wanna|want to see|would you like|need] [me|you]? [to]? [see|show]? [my|your]? [naked|nude|body naked|naked body|me naked|you naked]
[in|into] [bed|the shower|the bath] with [me|you] [naked|tonight|and|baby|$]
`,
  intimate: `
[have you|did you|you|u] [ever]? [done it|had sex|did it|do it|kissed|been with|slept|lost it|hooked up|gone all the way|tried it|fingered|masturbated|seen|sent] [with|before|yet|anyone|a|someone|nudes|porn|$]
[how far|what base|first base|second base|third base] .. [gone|been|with|$]
[picture|pictures|video|selfie|pic] of [me|my|you|your|yourself|myself|ur] 
[send|show|see|want|wanna see|trade|share|take|give] .. [picture|pictures|selfie|selfies|video|face|body|legs|feet|belly|bikini]
[in|wearing|without|my|your|only] [my|your|only|a|any]? [underwear|bra|panties|bikini|clothes|boxers|lingerie|thong|shirt off|top off|bath|shower|towel|pyjamas]
[kiss|kissed|kissing|cuddle|cuddling|make out|made out|making out|hug me|french kiss|hickey] [me|you|with|a|someone|before|anyone|$|together|girl|boy|him|her|on|and]
[am i|do you think i am|you think i am|think im|i am|are you|you are|youre|you look|i look] [so|really|very|too|a]? [hot|sexy|pretty|cute|attractive|beautiful|fuckable|flat|curvy|thick]
[sex|sexy|sexual|sexually|virgin|virginity|horny|naked|nude|porn|period|puberty|boobs|breasts|penis|vagina|condom|masturbate|masturbation|masturbating|make love|sleep with|sleeping with|slept with|first time with|lose my virginity|boner|erection|orgasm|birth control pill|pregnant|touch me|touched me|touches me|touching me|older boyfriend|body count|crush on you|love you|in love with you|flirt|flirting|turn you on|turns you on|bra size|strip|undress|get undressed|kinky|send me something hot|dirty]
[do you have|you have|have you got|ever had|want|got|looking for|i want|i need|need] a? [boyfriend|girlfriend|older guy|older man|daddy|sugar daddy|older woman]
[be|you be|become] my [boyfriend|girlfriend|daddy|valentine|bf|gf]
[age gap|older guys|older men|older girls|older women]
`,
};
