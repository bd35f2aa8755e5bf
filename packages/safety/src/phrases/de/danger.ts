import type { Phrases } from "../phrases.ts";

/** What is said of danger, and what only sounds like it. */
export const DE_DANGER: Pick<Phrases, "groups" | "harmless" | "stories" | "selfHarm" | "other"> = {
  groups: {
    nieMehr: "[nicht mehr|nie mehr|nie wieder|nimmer|nicht langer|nicht]",
    tot: "[sterben|tot sein|tot|nicht mehr leben|nicht mehr da sein|nicht da sein|nicht mehr hier sein|nicht mehr existieren|nicht mehr aufwachen|nie mehr aufwachen|nie aufwachen|nicht aufwachen|nicht existieren|verschwinden|weg sein|unter der erde|nie geboren|nicht geboren|nicht mehr dasein|nicht leben|fur schlafen|ewig schlafen|fur ewig schlafen|krepieren|verrecken|nicht hier sein|bei den toten]",
    person:
      "[freund|freundin|kumpel|bruder|schwester|mama|papa|tochter|sohn|cousin|cousine|kollege|kollegin|mitschuler|mitschulerin|nachbar|nachbarin|oma|opa|onkel|tante|frau|mann|ex|klassenkamerad|klassenkameradin|beste|bester|bff|kind|partner|partnerin|mitbewohner|mitbewohnerin|jemand|neffe|nichte|schuler|schulerin|bekannter|bekannte|freunde|bruderchen|freundes]",
    um: "[bringe ich mich um|bringe mich um|mich umbringe|mich umbringen|mich umzubringen|mich umgebracht|mich tote|mich toten|mich selbst toten|mich zu toten|mich selber toten|mich erhangen|erhange mich|mich aufhangen|hange mich auf|mich erschiessen|erschiesse mich|mich erschiesse|mich vergiften|vor den zug|vor die bahn|vor einen zug|vor die u bahn|vom dach springen|von der brucke|von einer brucke|aus dem fenster springen|mir das leben nehmen|nehme mir das leben|mir mein leben nehmen|mir das leben nehme|meinem leben ein ende|allem ein ende|dem ganzen ein ende|dem ein ende|mein leben beenden|beende mein leben|mein leben zu beenden|beende alles|alles beenden|alles zu beenden|dem leben schluss|mit allem schluss|mit dem leben schluss|schluss mit allem|schluss mit dem leben|mit meinem leben schluss|selbst umbringen|mich selbst umbringen|mir die pulsadern|pulsadern aufschneiden|pulsadern auf|mir die kugel|mich weghangen|suizid begehen|selbstmord begehen|mich abmurksen|mich abstechen|mich wegmachen|mir was antun|mir etwas antun|mich ertranken|mich uberfahren lassen|mich unaliven|unaliven]",
  },
  harmless: `
[du|ihr|sie|er] [hast|habt|hat|haben] mich .. umgebracht
[kochen|rasieren|basteln|schnitzen|gemuse|zwiebel|papier|glas|dose] .. geschnitten
[beim|am] [ausmisten|aufraumen|umzug|entrumpeln|flohmarkt] .. [verschenkt|weggegeben|gespendet]
[brief|zettel|nachricht] .. [vermieter|finanzamt|amt|bank|nachbarn|chef|versicherung|weihnachtsmann|firma]
lach~ .. [tot|schlapp|kaputt]
[sterbe|sterben|gestorben|stirbt|sterb|verrecke|krepiere|umkommen|eingehen|gehe ein|tot] .. [vor|aus] [lachen|hunger|hitze|langeweile|scham|durst|neugier|kalte|angst|peinlichkeit|mudigkeit|lange|schmerzen beim|aufregung|freude|neid]
[vor] [lachen|hunger|hitze|langeweile|scham|durst|neugier|kalte|peinlichkeit|lange|mudigkeit|aufregung] .. [sterbe|sterben|gestorben|tot|umkommen|sterb|verrecke]
[bringt|bringen|brachte|toten|totet|killt|killen|macht|machen] mich .. [um|fertig|tot|irgendwann]?$
[stau|hitze|arbeit|chef|job|klausur|wetter|verkehr|training|rucken|kopfschmerzen|muskelkater|larm|hausaufgaben|mathe|er|sie|es|das|der|die|du|warten|nachbar] [bringt|bringst|bringen|totet|killt|macht] mich
[bringe|bringt|bringst|toten|tote|killen|kille] [dich|euch|ihn|sie|den|die|uns] [um]?
mama .. mich um$
[totmude|todmude|totlachen|totgelacht|totarbeiten|todlangweilig|todsicher|tot mude]
[akku|handy|laptop|pc|auto|server|internet|hose|chat|lobby|party|pflanze|motor|leitung|stimmung] .. [tot|gestorben|stirbt]
[morden|toten|sterben|umbringen] fur [eine|ein|einen|die|das|den|diese|diesen]
fur .. [morden|toten|sterben|umbringen]$
[schluss|feierabend] [fur] [heute|jetzt]
[schluss] [gemacht|machen|mit ihr|mit ihm] [mit]? [meinem|meiner|ihm|ihr|seiner|ihrem] [freund|freundin|partner]?
mit [meinem|meiner|seinem|seiner|ihrem|ihrer|ihm|ihr] [freund|freundin|partner|ex|beziehung]? schluss
[kann|konnte|konnten] nicht mehr .. [vor lachen|essen|satt|platze|lachen]
[vor lachen] .. nicht mehr
[keinen|kein|keine|wenig|kaum] sinn .. zu [reparieren|kaufen|fahren|streichen|warten|diskutieren|lernen|gehen|bezahlen|putzen|fragen|nehmen|bestellen|wechseln|starten|schreiben|machen|kochen|waschen|streiten]
[film|serie|text|satz|aufgabe|frage|regel|plan|witz|handlung|ende|spiel] .. keinen sinn
keinen sinn .. [film|serie|text|satz|aufgabe|regel|drucker|auto|handlung|update]
[zug|bus|bahn|flug|wecker|termin] .. verpasst
[lieber|eher] [sterbe|wurde ich sterben|sterben] als
[suizid|selbstmord] [kommando|kommandos|aktion|mission|squad]
[uberdosis] .. [kaffee|schokolade|zucker|koffein|serotonin|glitzer|vitamin|kitsch|cute|susses|memes|vitamine]
[tot|tod|sterben|stirbt|gestorben] .. [im|in dem|in der|ingame] [spiel|game|film|serie|buch|level|folge|minecraft]
`,
  stories:
    "[lied|song|songs|songtext|refrain|film|filme|buch|roman|gedicht|figur|charakter|spiel|game|level|endboss|boss|minecraft|fortnite|serie|folge|staffel|anime|manga|szene|hauptfigur|doku|podcast|aufsatz|referat|artikel|romeo|hamlet|werther|faust|netflix|runde|theater|krimi|tatort|oper|geschichtsunterricht|schlagzeile]",
  selfHarm: `
[hauptsache|endlich|nur noch|bitte] .. [ist es vorbei|es ist vorbei|vorbei ist|ist vorbei]
[bald|endlich] [seid|bist|sind|ist] [ihr|du|alle] mich [los|endlich los]
[gehe|geh|fahre|will|stehe|laufe|bin] .. [heute|heut|nacht|abends|nachts|spater|heute nacht|morgen] .. [auf die brucke|zur brucke|zu den gleisen|an die gleise|aufs dach|auf das dach|zum bahnhof und]
[auf die brucke|zur brucke] [und|$|zum springen]
[sag|sagt|richte] .. [dass ich sie lieb|dass ich sie liebe|dass ich ihn lieb|dass es mir leid|dass ich euch lieb|ich liebe sie|ich habe sie lieb]
[alles] .. [geregelt|erledigt|vorbereitet|geklart] [ich kann|kann ich|jetzt kann|und kann|damit]
[tausende|viele] .. nicht mehr ertrag~
[wurde|will|mochte] .. [lieber]? [gar]? nicht .. [leben|existieren|auf der welt sein]$
[ende|schluss] [meines|mit meinem] [lebens|leben]
[will|wollte|mochte|wurde|muss|kann|konnte|wunsche|wunsch|willst] [ich|gerne|gern|am liebsten|lieber|mir|es]? .. <tot>
[ich|^] .. [will|mochte|wurde|wunsche|wollte|muss|konnte] .. [sterben|verschwinden]$
[lieber|besser|am liebsten|gerne|gern|wunsche ich|ich wunsche|ich] [ware|waere|ich|wurde] [ich]? .. [tot|nicht mehr da|nicht da|weg|gestorben|nie geboren|nicht geboren|nicht mehr hier|unter der erde|nicht mehr am leben]
[ich]? [waere|wunsche] [ich]? .. [tot|nie geboren|nicht geboren|nie auf die welt gekommen|nicht mehr da|gestorben|nicht mehr am leben]$
<um>
[gedanken|denke|nachgedacht|nachdenken|denk|gedacht|fantasiere|trau~|rede|idee|plan|plane|traume] [ich]? .. [suizid|selbstmord|umzubringen|sterben|an den tod|ans sterben|mich zu toten|es zu beenden|alles zu beenden|schluss zu machen|zu springen|zu verschwinden]
[suizidgedanken|selbstmordgedanken|suizidal|suizidgefahrdet|lebensmude|suizidversuch|selbstmordversuch|selbstmordgefahrdet|todessehnsucht|suizidplan]
[suizid|selbstmord|freitod] [ist|ware|waere|als|$|machen|versuch|begehen]
[was|wie] .. [ware|waere|wenn] .. ich .. [nicht mehr|nie|weg|tot|nie mehr|nicht] .. [aufwache|aufwachen|aufwachte|da|hier|existier~|ware|waere|bin|gabe|aufgewacht|leben]
[wenn|falls|sobald] ich .. [nicht mehr aufwach~|weg ware|weg waere|weg bin|tot ware|tot waere|tot bin|nicht mehr da|nicht mehr bin|nicht mehr ware|nicht mehr waere|sterbe|sterben wurde|verschwinde|verschwinden|verschwunden|nicht mehr lebe|nicht mehr hier|gestorben|morgen nicht|nie mehr|nicht aufwach~|nicht ware|nicht waere|morgen tot]
[keiner|niemand|jemand|irgendwer|irgendjemand|wer|keinem|niemandem|euch|jemandem] .. [vermissen|vermisst|merken|bemerken|auffallen|merkt|bemerkt|interessieren|interessiert|stort|storen|weinen|fehlen|trauern|beerdigung|auffiele|merkte|weint] .. [wenn|ob|weg|tot|mich|mir|nicht mehr|ich]
[wurde|wird|werdet|wurden] .. [vermissen|merken|auffallen|weinen|bemerken|kummern] .. [wenn ich|ware ich|waere ich|mich]
[mich|ich] .. [niemand|keiner|keinem|niemandem] .. [vermissen|fehlen|vermisst]
[schlaf~|einschlaf~|einzuschlafen] .. [nie|nicht] [mehr|wieder]? [aufwach~|aufzuwachen|aufwachen]
[hoffe|hoff|hoffentlich|wunsche|wunsch|bete|gehofft] .. [nicht mehr aufwach~|nicht aufwach~|nie aufwach~|nie mehr aufwach~|aufzuwachen|dass ich sterbe|dass es vorbei|nicht aufgewacht]
[am liebsten|will|mochte|kann|wurde|lieber|morgens|morgen] .. [nie|nicht] [mehr]? [aufwachen|aufstehen wollen]
# No more.
[will|mag|mochte|kann|wollte|willst|konnte] [ich]? nicht mehr [$|leben|da sein|hier|existieren|weiter|weiterleben|weitermachen|atmen|sein|aufwachen|dasein|kampfen|auf dieser welt|am leben|und|ich|mit|das|es|alles|durchhalten|so]
nicht mehr [leben|weiterleben|existieren|am leben sein|auf der welt sein|aufwachen|leben wollen|auf dieser erde|da sein wollen] [wollen|will|mochte|konnen|kann|$|und|mussen]
[habe|hatte] .. [keine|kein|keinen|null] [lust|bock|kraft|grund|willen|motivation|hoffnung] mehr? [mehr]? [zu leben|am leben|aufs leben|auf leben|auf das leben|auf mein leben|weiterzuleben|weiterzumachen|weiter zu leben|zum leben|zu existieren|auf dieses leben|fur das leben|auf die welt|weiter zu machen|weiter zu kampfen|$]
[keinen|kein|null|welchen|ohne] [sinn|grund|ausweg|zukunft|hoffnung] [mehr]? [$|in|im|am|zu leben|weiterzuleben|hier|weiterzumachen|aufzustehen|mehr|fur|da|dahinter|daran|darin|des|morgens|noch zu|zum leben|warum|zu existieren|an allem]
[keine] [zukunft|hoffnung|perspektive] [mehr]? [fur mich|$|mehr|in meinem|und]
[sehe|seh|finde|hab|habe|erkenne|hat|ergibt|macht] [ich|mein leben|das leben|alles|das alles|es]? .. [keinen sinn|keinen ausweg|keine zukunft|keinen grund|kein licht] [mehr|im|in|zu leben|am|fur mich|hier]
[alles|leben|nichts|das ganze] .. [sinnlos|keinen sinn|hoffnungslos|keinen wert|egal geworden|wertlos|umsonst]
[wozu|warum|wofur|fur was|weshalb] [noch]? [leben|lebe ich|weiterleben|weitermachen|bin ich|das alles|aufstehen|existiere ich|aufwachen|ich|lohnt|stehe ich] [noch|ich|$|auf der welt|hier|mich|lebe|da|am leben|uberhaupt|noch da]?$
[leben|alles] .. [nicht|nichts] .. [lebenswert|wert|sinn|lohnt]
[nicht|nichts] wert [zu leben|gelebt|am leben]
[satt|mude|leid|mude vom|uberdrussig|erschopft vom|mude zu] .. [leben|lebens|existieren|kampfen|am leben|zu sein]
[ich habe|habe|hab|bin] .. [das leben|vom leben|mit dem leben|mit allem] .. [satt|mude|fertig|abgeschlossen|durch|genug]
[hasse] [ich]? [mein leben|das leben|es zu leben|zu leben|zu existieren|meine existenz|am leben]
hasse [ich]? mich [$|selbst|dafur dass ich lebe|und|selber]
[ertrage|halte|schaffe|pack|packe|kann] [ich]? [es|das|das alles|alles|das leben|mein leben|den schmerz|ihn] .. nicht mehr [aus|$|lange|weiter|und]
[ich gebe|gebe|geb ich|geb] [auf|es auf|alles auf|mich auf] [$|und|hat keinen|es hat]
[will|soll|moge|mochte|wunsche] .. [dass]? [alles|es|der schmerz|das|das alles] .. [aufhort|vorbei ist|endet|endlich vorbei|aufhoren|ein ende hat|endlich ruhe|zu ende]
[endlich|nur noch|einfach] [ruhe|frieden|erlosung] .. [haben|finden|fur immer|tod]
# Burden.
[last|belastung|burde|klotz|ballast|zumutung] [fur|am] [alle|euch|meine|andere|die|bein|jeden|dich|familie|mich|sie|ihn]
[bin|falle|falle ich|war] .. [allen|jedem|meiner familie|meinen eltern|euch|anderen|nur]? .. [last|belastung|burde|ballast] [$|fur]
[falle|liege] .. [allen|jedem|meiner familie|meinen eltern|anderen] .. zur last
[ohne mich|wenn ich weg|wenn ich tot|wenn ich nicht|wenn es mich nicht|waere ich weg|ware ich nicht|gabe es mich nicht] .. [besser|glucklicher|leichter|einfacher|schoner|erleichtert|ruhe|froh]
[besser|glucklicher|leichter|einfacher|schoner|erleichtert|ruhe|froh] [dran|gehen|waere|fur alle|fur]? .. [ohne mich|wenn ich weg|wenn ich tot|wenn ich nicht mehr|wenn es mich nicht|ohne meine existenz]
[welt|familie|alle|eltern|kinder] .. [ohne mich] .. [besser|glucklicher|dran]
[verdiene|verdient|verdien] [ich|habe]? .. [nicht] .. [zu leben|leben|am leben]
[sollte|hatte|durfte] .. [nicht|nie] .. [existieren|geboren|leben|am leben sein|auf der welt]
[niemand|keiner|keinen] .. [braucht mich|wurde mich vermissen|vermisst mich|will mich hier]
[gehore] .. nicht .. [auf diese welt|in diese welt|hierher|hier hin]
[bin|fuhle mich] .. [wertlos|hoffnungslos|innerlich tot|innerlich leer|leer und]
# Leaving.
[abschiedsbrief|abschiedsbriefe|abschiedsvideo|abschiedsnachricht|abschiedsworte]
[brief|briefe|zettel|testament|nachricht] .. [geschrieben|hinterlassen|hinterlasse|liegt|liegen|schreibe|fertig|auf dem tisch|fur meine|an meine|fur danach|finden werden|findet ihr] .. [$|eltern|mama|familie|tisch|wenn|papa|schwester|bruder|alle|jeden|danach|freunde|kinder]
[alles|sachen|sache|meinen hund|meine katze|hund|klamotten|gitarre|sammlung|konsole] .. [verschenkt|weggegeben|verschenke|weggeben|abgegeben|verschenken] [$|weil|brauch|brauche|die|ich|habe]?
[brauche|brauch] [ich|es|das|die]? .. [nicht mehr|nichts mehr] [lange|wo ich|da wo|$|bald]
[verabschied~|sage tschuss|tschuss sagen|lebewohl|abschied] [mich|ich]? .. [von allen|fur immer|von der welt|von euch|von meiner|fur alle zeit|genommen|leben]
[tschuss|leb wohl|lebt wohl|machs gut|adieu] [welt|fur immer|an alle|alle]
[das|heute|dies] .. [mein|meine|der|die] letzt~ [nacht|tag|abend|nachricht|mal|geburtstag|worte|brief|weihnachten|chat] [$|hier|auf|am leben|sein|fur immer|dass|bevor]
[wenn] ich [nicht mehr|weg|tot|nimmer] [bin|da bin|lebe|hier bin|da|ware|waere]
[pass|passt|kummer|kummert|kummere|kummern|sorg|gib|sagt|sag|grusst|gruss|futter|passen] .. [auf|um|meine~|fur|euch] .. [wenn ich|falls ich|wenn mir]
[sag|sagt|richte|gruss|grusst|grusse] .. [mama|papa|eltern|schwester|bruder|familie|kindern|allen|oma] .. [lieb habe|liebe|geliebt|lieb hatte|leid tut|danke fur alles|nicht schuld|verzeih~|letztes mal]
[bald|heute|heute nacht|heute abend|morgen|ubermorgen|am wochenende|am freitag|diese woche|diese nacht] .. [ist es vorbei|alles vorbei|ist alles|nicht mehr da|weg fur immer|habe ich ruhe|hat es ein ende|mache ich schluss|ist schluss|mache ich es|erlost|habe ich es geschafft|bin ich weg|bin ich nicht mehr|bin ich tot|ende ich es|beende ich|bin ich frei|tue ich es|bin ich erlost|sterbe ich|frieden]
[werde|werd|erlebe|erlebt|will|schaffe] [ich]? .. [nicht mehr|nicht|kaum] .. [da sein|erleben|hier sein|geben|uberleben|aufwachen|leben|schaffen] 
[gibt es mich|gibt mich|gibts mich|bin ich] .. [nicht mehr|nimmer] [$|lange|auf]
[alles] .. [geregelt|erledigt|vorbereitet|bereit|geklart|geordnet] .. [gehen|danach|fur den tag|kann ich|fur immer|wenn ich|abschied|ruhe|leicht]
[datum|tag|ort|stelle|methode|plan|termin] .. [ausgesucht|steht fest|gewahlt|festgelegt|rausgesucht|uberlegt|steht] .. [$|sterben|ende|es tue|springen|beenden|gehe|es mache]
# Methods.
[wie viele|wie viel|welche|ab wie|genug|reichen|reicht|wieviel] .. [tabletten|schlaftabletten|paracetamol|ibuprofen|pillen|aspirin|dosis|insulin|antidepressiva|diazepam|schlafmittel|ibus|gift|xanax|tavor|alkohol und] .. [sterben|schluss|tot|todlich|nicht mehr aufwach~|reicht|braucht|brauche|brauch|ist|nehmen|muss|zum|bis|gefahrlich|vorbei|stirbt|reichen|hinuber|fur immer|uberdosis|umbringen|auf einmal]
[habe|nehme|nahm|schluck~|genommen|geschluckt|gefressen] .. [alle|ganze|packung|zu viele|20|30|40|50|zwanzig|dreissig|<N>|handvoll|haufen|viele] .. [tabletten|schlaftabletten|paracetamol|pillen|ibuprofen|aspirin|packung|antidepressiva|schlafmittel|ibus|xanax|tavor] [genommen|geschluckt|intus|auf einmal|$|und|gefressen]
[tabletten|schlaftabletten|pillen|paracetamol|medikamente] .. [gesammelt|sammle|gehortet|horte|versteckt|aufgehoben|liegen vor mir|bereit|vor mir|starre|schaue|gucke|anstarren|in der hand|gespart|zusammen]
[tabletten|schlaftabletten|pillen|packung] .. [alle auf einmal|alle zusammen|auf einmal|genommen und|geschluckt und]
uberdosis
[messer|klinge|klingen|rasierklinge|rasierklingen|strick|seil|pistole|waffe|gewehr] .. [liegt|liegen|in der hand|vor mir|bereit|hangt|gekauft|besorgt|schrank|starre|schaue|gucke|anstarren|am hals|am arm|an der haut|schublade|keller|hals|ansehen|angucke|sehe ich an|dachboden]
[starre|schaue|gucke|sehe] .. [messer|klinge|rasierklinge|strick|seil|pistole|waffe|tabletten|pillen|gewehr] [an|$|und]
[schmerzlos~|schnellste|einfachste|leichteste|sicherste|schmerzfrei~|schnell und schmerzlos] .. [sterben|umbringen|tod|methode|art|weg|umzubringen|suizid|gehen|zu gehen]
[wie|wo] .. [knotet|knupft|bindet|binde|knote|bekomme] .. [strick|schlinge|galgenknoten|henkersknoten|waffe|pistole]
[tut|schmerzt] .. [weh|sehr] .. [sterben|erhangen|ertrinken|verbluten|springen]
[wie] .. [hoch|tief] .. [springen|brucke|sterben|fallen|stirbt|sprung]
[stehe|stand|sitze|sass|gehe|stehen|schaue|steh ich|geh ich] .. [brucke|dach|gleisen|gleise|bahnsteig|balkon|abgrund|fensterbrett|klippe|hochhaus|bahngleise|rand] .. [denke|springen|springe|leicht|fallen|einfach|vorbei|nach unten|schritt|gelander|loslassen|uberlege|stell|wie|runter|vorstell~]
[ein schritt|ein sprung] .. [vorbei|weg|ruhe|genug]
[auto|motorrad|lenkrad] .. [gegen|in] .. [baum|wand|gegenverkehr|mauer|brucke] [fahren|lenken|setzen|steuern|zu fahren|fahre]
# Injury.
[ritze|ritzen|geritzt|ritzt|schneide|schnitt] [ich]? mich
mich .. [ritze|ritzen|geritzt|schneide|geschnitten|verletze|verletzt|selbst verletze|schneiden|zu ritzen|zu schneiden|selbst verletzen|selbst verletzt|verbrenne|bestrafen|bestrafe|zu verletzen|verletzen|schlage] [$|weil|um|und|damit|wenn|seit|heimlich|jeden|mit|aus|muss|will|selber|selbst|habe|an|am]
[ritzen|selbstverletzung|svv|selbstverletzendes|geritzt|selbstverletzen]
[verletze|verbrenne|bestrafe|schneide|schlage] [ich]? mich [selbst|selber|mit absicht|absichtlich|heimlich|$|damit|weil|um zu]
[narben|schnitte|wunden|pflaster|schnitten] .. [arm|armen|unterarm|unterarmen|beinen|oberschenkel|armel|armeln|handgelenk|versteck~|verdeck~]
[arm|arme|armen|beine|handgelenk|unterarm|oberschenkel] .. [auf geschnitten|aufgeschnitten|aufschneiden|blutig|schneide|ritze|geschnitten|zerschnitten]
[spure] .. [mich|was|etwas|wenn] .. [blut|schneide|blute|schmerz]
[ruckfall|ruckfallig] .. [ritzen|klinge|geritzt|schneiden|svv|verletzt]
[angst] .. [vor mir selbst|mir was antue|mir etwas antue|was ich mir|dass ich mir was|vor mir selber|dass ich es tue|was ich tun]
[stimme|stimmen|kopf] .. [sagt|sagen|befehlen|flustert|flustern] .. [mich umbringen|sterben|springen|es tun|umbringen|toten|tun]
# Understated.
[egal|gleichgultig|nichts ausmachen|nicht schlimm|nicht storen] .. [ob|wenn] ich .. [lebe|sterbe|tot|aufwache|leben|sterben|uberfahren|uberfahrt|angefahren|morgen|nicht mehr|gestorben|vom auto]
[tod|sterben|tot sein|totsein] .. [besser|erlosung|erleichterung|leichter|einziger|einzige|ausweg|losung|schon|friedlich|schlimm nicht]
[einziger|einzige|bester|beste] [ausweg|losung|weg] .. [tod|sterben|suizid|verschwinden|zu gehen|umbringen|springen|mich]
[kein|keinen|keine] [anderen]? [ausweg|losung|weg] [mehr|aus|raus|$|fur mich]
[weiss nicht|glaube nicht|keine ahnung] .. [ob|dass|wie lange] [ich|es]? .. [morgen|noch da|uberleb~|durchhalte|noch leben|noch lebe|weiterleben|noch hier|schaffe|diese nacht|die nacht|das jahr] 
[nichts|niemanden|niemand|nix|keinen grund] [mehr|noch]? .. [halt mich|halten|wofur es sich|zu leben|am leben|hier halt|hier halten|weiterleben|leben lohnt|fur das ich lebe|wofur ich lebe]
[bei|zu] [meiner|meinem|ihr|ihm] [oma|opa|mama|papa|frau|mann|bruder|schwester|kind|hund|tochter|sohn|freundin|freund]? [sein|gehen|im himmel|im jenseits|da oben|wieder sein|nach] [$|wollen|im himmel|oben|ins grab|dort]
[folge|folgen|nachfolgen|hinterher|ihr nach|ihm nach|nachgehen|zu ihr|zu ihm] .. [grab|in den tod|himmel|jenseits|gestorben|tot|ihr|ihm]
[seit] .. [gestorben|tot|weg|verstorben|tod] .. [will ich|mochte ich|nicht mehr leben|auch nicht mehr|bei ihr|bei ihm|zu ihr|zu ihm|hinterher|folgen|nachgehen]
[fast|beinahe|beinah|fast schon] .. [gesprungen|umgebracht|getan|genommen|es getan]
[habe]? .. [versucht|versuchte] .. [mich umzubringen|mir das leben zu nehmen|umbringen|zu sterben]
[bin] .. [am ende|am boden] [$|meiner kraft|meiner krafte|mit meiner kraft|und]
[kann|konnte] .. [einfach]? .. [vor einen|vor den|vor das] [lkw|auto|zug|bus] [laufen|springen|gehen|werfen]
[weg|fort] von dieser welt
[raus|gehen|weggehen] [aus]? [diesem leben|dieser welt|fur immer] 
`,
  other: `
[mein|meine|ein|eine|unsere|seine|ihre] .. <person> .. [ritzt sich|sich ritzt|sich umbringen|sich umzubringen|verletzt sich|sich verletzt|will sterben|sterben will|schneidet sich|suizidal|selbstmordgefahrdet|nicht mehr leben|sich das leben nehmen|sich umbringt|bringt sich um|sich was antun|tabletten geschluckt|ritzt|nicht mehr leben will]
[mein|meine|ein|eine] .. <person> .. [tag|datum|termin|plan|methode|seil|strick] .. [ausgesucht|festgelegt|gewahlt|rausgesucht|besorgt|gekauft|geplant]
[mein|meine|ein|eine|meiner|meinem|unsere|unser|meinen|sein|seine|ihre|ihr|einer] <person> .. [will|sagt|schreibt|redet|meint|hat|denkt|droht|mochte|wollte|spricht|erzahlt|sich|ist|postet|wurde|plant|ritzt|verletzt|nimmt|schrieb|sagte|erzahlte|hatte|gesagt|geschrieben|wunscht|glaubt|kann|braucht] .. [umbringen|sterben|suizid|selbstmord|nicht mehr leben|das leben nehmen|leben nehmen|ritzt|suizidal|beenden|verletzt sich|sich was antun|umzubringen|tot sein|antun|nicht mehr da sein|abschiedsbrief|verschwinden|lebensmude|suizidgedanken|selbstmordgedanken|tabletten|springen|ritzen|geritzt|nehmen will|erhangen|schluss machen mit|nicht mehr aufwachen|aufzuwachen|tot waere|tot ware|tot wäre|das leben|ein ende|uberdosis|last fur|verabschiedet|umgebracht|leben mag|mehr leben]
[er|sie|ihm|ihr] .. [sagt|schreibt|meint|droht|will|redet|hat|sagte|schrieb|mochte|denkt|gesagt] .. [sich umbringen|sich umzubringen|sich das leben|sich umbringt|sterben will|suizid|selbstmord|nicht mehr leben|sich was antun|sich umgebracht|sich ritzt|sich toten|sich was antut|sterben mochte|dem ein ende|nicht mehr leben will]
[wie|was] .. [helfen|helfe|tun|sagen|mache|mach|soll] .. [jemand~|freundin|freund|bruder|schwester|person|mama|kumpel|sohn|tochter|ihm|ihr] .. [suizid~|selbstmord~|sterben|umbringen|ritzt|nicht mehr leben|selbst verletzt|sich verletzt|das leben nehmen]
[gefunden|entdeckt|gesehen|bemerkt|fand|sah] .. [schnitte|klingen|abschiedsbrief|narben|rasierklingen|tabletten] .. [arm|armen|zimmer|schwester|bruder|freundin|tochter|sohn|ihrem|seinem|rucksack]
[schnitte|klingen|abschiedsbrief|rasierklingen|narben] .. [arm|armen|zimmer|schwester|bruder|freundin|tochter|sohn|ihrem|seinem|rucksack|schublade] .. [gefunden|entdeckt|gesehen|bemerkt]
`,
};
