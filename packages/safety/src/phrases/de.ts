import { DE_DANGER } from "./de/danger.ts";
import type { Phrases } from "./phrases.ts";

export const DE: Phrases = {
  fillers:
    "einfach nur echt halt wirklich irgendwie eigentlich manchmal oft schon eh mal ganz so auch doch eben ja haha lol xd digga alter bro ehrlich gesagt wohl vielleicht langsam gerade grad grade immer noch voll bloss bitte dann jetzt bald_mal gar wieder sehr total ziemlich ey tbh",
  synonyms:
    "hab:habe|hb:habe|ne:eine|n:ein|nen:einen|ner:einer|nem:einem|aufm:auf dem|ausm:aus dem|aufn:auf den|vorn:vor den|iwie:|ned:nicht|net:nicht|nich:nicht|nix:nichts|nimmer:nicht mehr|kei:kein|bring:bringe|seh:sehe|will:will|wär:waere|ware:waere|waer:waere|wars:war es|gehts:geht es|gibts:gibt es|hats:hat es|ists:ist es|wirds:wird es|ichs:ich es|machs:mache es|mach:mache|moechte:mochte|moecht:mochte|mocht:mochte|koennte:konnte|konnt:konnte|wuerde:wurde|wurd:wurde|wunschte:wunsche|wuenschte:wunsche|wuensche:wunsche|wunscht:wunsche|ueberdosis:uberdosis|bruecke:brucke|uebrig:ubrig|fuer:fur|waren:waren|umbring:umbringe|suizit:suizid|suicid:suizid|schluß:schluss|dreizehn:13|vierzehn:14|fuenfzehn:15|funfzehn:15|sechzehn:16|siebzehn:17|achtzehn:18|zwolf:12|zwoelf:12|elf:11|zehn:10|neunzehn:19|bf:bff|freundinn:freundin|wiviel:wieviel|wieviele:wie viele|wieviel:wie viel|tabs:tabletten|nr:nummer|handynr:nummer|handynummer:nummer|telefonnummer:nummer|tele:telegram|whatsi:whatsapp|whats:whatsapp|wa:whatsapp|insta:instagram|ig:instagram|snapchat:snap|pic:bild|pics:bilder|foto:bild|fotos:bilder|selfie:bild|mutter:mama|mum:mama|vater:papa|mutti:mama|oma:oma|schlafen:schlafen|tot:tot|todt:tot|geh:gehe|komm:komme|werd:werde|denk:denke|fuehl:fuhle|fuhl:fuhle|fuehle:fuhle|glaub:glaube|verletz:verletze|ritz:ritze|schneid:schneide|haette:hatte|hatt:hatte|spuer:spure|spur:spure|lass:lasse|nehm:nehme|hass:hasse|steh:stehe|stell:stelle|schaff:schaffe|halt's:halte es|halts:halte es|ertrag:ertrage",
  ...DE_DANGER,
  groups: {
    ...DE_DANGER.groups,
    app: "[whatsapp|instagram|snap|telegram|discord|tiktok|facebook|messenger|skype|nummer|handy|mail|email|adresse|kontakt|user|username|roblox|zoom|signal|insta|kik|twitter|gmail|profil|account]",
  },
  otherAges: `
[unterrichte|unterrichten|lehrer|lehrerin|gebe nachhilfe|nachhilfe|referendar] .. [klasse|<N>]
in [deinem|ihrem|seinem|eurem|dem|meinem] alter
<N> jahre [berufserfahrung|erfahrung|ehe|beziehung|garantie|firma|arbeit|pause|knast|spater|her]
[war|als|mit|seit|vor|ab|bis|um|wurde|wo|damals|von|zwischen|unter|uber|fast|wie|waren|nach|wenn|hatte|gegen|alle|nur mit] [ich|ihr|wir|ca|circa|etwa|noch|so|rund|knapp]? <N>
<N> [war|waren|gewesen]
[mein|meine|meiner|ihr|sein|seine|unser|unsere|der|die|das|dein|deine|ihre] .. [sohn|tochter|bruder|schwester|neffe|nichte|hund|katze|kind|kinder|enkel|enkelin|kater|auto|cousin|cousine|kleine|kleiner|jungste|alteste|grosse|grosser|junge|madchen|schuler|zwillinge|freund|freundin|patenkind|stiefsohn|wellensittich|haus|klasse|pferd|madels|jungs] .. <N>
<N> [minuten|min|minute|stunden|std|tage|tagen|wochen|monate|euro|km|kilo|meter|grad|prozent|seiten|punkte|kinder|katzen|leute|spiele|sekunden|uhr|mal|jahre verheiratet|jahre dabei|jahre zusammen|jahre in|jahre junger|jahre alter|jahren|stuck|runden|tore|level|kg|cm|mm|m|folgen|bucher|bugel|jahrige|jahriger|schuler|kollegen|prozent|haltestellen|etagen|stock|wochen schwanger|liter|stockwerke]
[level|lvl|zimmer|nummer|seite|kapitel|folge|linie|gleis|platz|runde|staffel|bus|grosse|stufe|tor|hausnummer|iphone|top|kw|tag|woche] <N>
`,
  age: `
[bin|binn|bn] [ich]? [erst|fast|knapp|14|weiblich|mannlich|gestern|heute|letzte woche|seit gestern|w|m|ein|eine|auch|jz|selber|selbst|momentan|aktuell]? <N> [$|jahre|j|und|aber|w|m|geworden|du|aus|also|wie|jungs|jahr|aber|weil|deshalb|darf|kann|lenze|gehe|hbu|hab|habe|jahrig|ich]
^[ich]? <N> [w|m|weiblich|mannlich|und du|und selbst|und selber|jahre alt|jahre|j|aus|wbu|hbu|du|und dir]
<N> jahre? [alt|jung]$
[ich bin|bin|als] [ein|eine]? <N> [jahrige|jahriger|jahriges|jahrig]
^[w|m|weiblich|mannlich] <N>
[werde|wurde|geworden] .. [gestern|heute|letzte woche|letzten monat] <N>
[mein alter|alter] [ist]? <N>
bin [w|m|weiblich|mannlich] <N>
[madchen|junge|w|m] <N> [$|aus|jahre|und]
`,
  birthday: `
[erst|noch]? in .. [jahren|jahr|monaten|monate] .. <N>
[werde|werd] [ich]? .. [in|im|am|ende|anfang|nachste|nachsten|morgen|diesen|dieses|heuer|bald|mai|juni|juli|august|september|oktober|november|dezember|januar|februar|marz|april|woche|monat|jahr|ubermorgen|den|montag|freitag|samstag|sonntag]? [in|im|am|monat|woche|jahr|mai|juni|juli|august|september|oktober|november|dezember|januar|februar|marz|april|tagen|wochen|monaten|samstag|sonntag|den]? <N> [$|jahre|im|in|am|und|nachste~|morgen|bald|endlich]
[mein|meinen|zu meinem|feiere|habe] <N> geburtstag
<N> geburtstag [von mir|feiern|ist|habe ich]
`,
  school: `
[gehe|bin|geh|komme|^|mache|besuche|wir sind|sind|ich] .. [in|die|der|eine]? <N> [te|ten|er]? klasse
[klasse|klassenstufe|jahrgangsstufe|stufe] <N> [$|gymnasium|realschule|und|hauptschule|gesamtschule]
[bin|gehe|komme|ich bin] .. [in|die] [der|die]? <N> [a|b|c|d|e]$
`,
  schoolYear: 5,
  born: `
[bin|ich bin|wurde|^|ich wurde|wurd] .. <Y> geboren
[jahrgang|baujahr|geboren|geburtsjahr] [ist|im jahr|in|im]? .. <Y>
`,
  minors: [
    [
      12,
      `
[gehe|bin|komme|^|ich|mache|in] .. [funfte|funften|sechste|sechsten|siebte|siebten|siebente|achte|achten|unterstufe|grundschule] [klasse|$]
[gehe|bin|ich] .. [mittelschule|grundschule|unterstufe]$
`,
    ],
    [
      15,
      `
[gehe|bin|komme|^|ich|mache|in] .. [neunte|neunten|zehnte|zehnten|elfte|elften] klasse
[bin] .. [neuntklassler|neuntklasslerin|achtklassler|achtklasslerin|siebtklassler|siebtklasslerin|zehntklassler|zehntklasslerin|sechstklasslerin|sechstklassler]
[gehe|bin|muss] .. [zur schule|in die schule|auf die realschule|aufs gymnasium|auf dem gymnasium|auf die gesamtschule|auf die hauptschule|auf der realschule|aufs gym|in der mittelstufe|auf die oberschule|auf der hauptschule|in der schule] [$|und|aber]
[bin] .. [schuler|schulerin|konfi|konfirmandin|konfirmand|minderjahrig|nicht volljahrig|kein erwachsener|keine erwachsene|unter 18|unter achtzehn|nicht 18|keine 18|ein kind|teenager|teenie|jugendlich~|teen|zu jung fur|zu jung]$
[minderjahrig|nicht volljahrig] [$|aber|und|sorry]
in .. [jahren|jahr|monaten] .. [18|volljahrig]
[meine|nachste|zu meiner|auf meine] [konfirmation|jugendweihe|firmung]
[mache|schreibe] .. [realschulabschluss|mittlere reife|hauptschulabschluss|msa|abschlussprufung der]
`,
    ],
  ],
  contact: `
[gib|gibst|schick|schickst|hast|habe|kriege|kann|meine|deine|was ist|wie ist|tauschen|add|adde|schreib|folg|auf|uber|bei|dein|mein|nenn|sag|willst|kannst|hier ist|bekomme|darf ich|wie heisst|per|nimm|hier] [mir|du|ich|mich|deine|dein|meine|mein|ist|auf|mal|bitte|uber|doch|bei|wir|deinen|meinen|dir|an|haben]? [deine|dein|meine|mein|auf|uber|eine|deinen|meinen|haben|wir|bei|dich|kein]? <app>
[add|adde|addest|ruf|schreib|kontaktier|folg] mich [$|auf|an|bei|mal|privat|in]
[ruf|rufst|anrufen|telefonieren|videochat|videocall|videoanruf|facetime|videotelefonieren|anruf|sprachnachricht|zoomen|skypen|calln|callen] [mich|du|wir|an|$|mit|mal|heute]
[schreib|schreibst] mir .. [privat|auf|direkt|uber|persohnlich]
[treffen|treffe|trefft|triffst|treffn|sehen|besuchen|besuch|vorbeikommen|vorbei kommen|verabreden|verabredung|date|abholen|kennenlernen|chillen|rausgehen|ausgehen|abhangen|ubernachten] [$|wir|uns|mich|in|am|im|mal|mit|morgen|heute|und|persohnlich|irgendwo|zusammen|bei|kannst|konnen|und|oder|um|dich]
[wollen|konnen|sollen|lasse|willst|wann|wo|kannst|mochtest|wurdest|lust|kommst|holst|komme|komm] [wir|uns|du|mich|dich|zu]? .. [treffen|sehen|kennenlernen|vorbeikommen|vorbei|vorbei kommen|zu mir|verabreden|besuchen|abholen|rausgehen|chillen|ab|dich zu treffen|mich zu treffen|ubernachten|bei mir]
[komm|kommst|komme] .. [zu mir|vorbei|zu dir|mich holen|rum|mich besuchen]
wo [wohnst|lebst|kommst|genau] [du|wohnst]
[ich wohne|wohne|meine adresse|meine schule|ich gehe auf die|mein haus] .. [strasse|str|weg|platz|heisst|hausnummer|nahe|neben|gegenuber]
[sturmfrei|eltern nicht da|eltern sind weg|allein zuhause|allein zu hause|eltern weg|alleine zuhause|alleine zu hause]
[willst du|mochtest du|wirst du|bist du|werde] .. [mein freund|meine freundin|mit mir zusammen|mit mir gehen|mein daddy|mit mir ausgehen]
`,
  sexual: `
[schick|zeig|schicke|zeige|will|willst|sehen|bilder|bild|tausch~|hast|habe|schickst|zeigst|mochte|kriege|verkaufe|sende] .. [nudes|nude|nacktbild|nacktbilder|titten|schwanz|dickpic|dickpics|muschi|fotze|arsch|pimmel|penis|dich nackt|mich nackt|nackt|bruste|mops~|hupen|unterwasche|slip|hoschen|bh|tanga|nacktfoto|nacktfotos|hintern|popo]$
[nudes|nacktbild|nacktbilder|dickpic|dickpics|nacktfotos|nacktfoto] 
[will|willst|lust|wurde|mochte|lasse|konnen|wollen|kann|bock|mag|darf|hatte|hast] .. [ficken|bumsen|vogeln|poppen|sex|blasen|lecken|mit dir schlafen|mit mir schlafen|sexting|wichsen|schlafen mit|liebe machen|cybersex|rummachen|fingern|fummeln|fisten|knattern|nageln|durchnehmen|entjungfern|flachlegen|spritzen|abspritzen|in dir kommen|dich ausziehen|dich anfassen|versohlen]
[bin|machst|macht|werde|bist|warst|macht mich|machst mich|du|ich] [ich|mich|du|dich]? .. [geil|horny|notgeil|feucht|nass zwischen|spitz|erregt|rollig|scharf auf dich|hart wegen|latte|standig geil|wuschig]$
[bin|machst mich|macht mich|bist] .. [geil|horny|notgeil|rollig|rattig|wuschig] [auf|erzahl|und|erzähl|lass|komm|was|wegen|schreib|sag|drauf|dich]
[erzahl|sag|schreib|red|rede|flustere|was|etwas] .. [versautes|dreckiges|schmutziges|schweinisches|geiles|perverses|dirty|schweinereien|sauereien|unanstandiges|versaut|schmutzig]
[blas|lutsch|leck|fick|wichs|reite|reit|blase|lecke|ficke|streichel] .. [mir|mich|meinen|meine|dich|deinen|deine|dir|ihn|einen] [$|schwanz|muschi|hart|fotze|durch|richtig|jetzt|bitte|titten|arsch|eier|runter|pimmel|einen|heftig|von hinten|nachher]
[mein|dein|meinen|deinen|meine|deine|seinen] [schwanz|pimmel|muschi|fotze|titten|kitzler|standerl~|latte|penis|eier|nippel|bruste|mops|vagina] [ist|in|sind|steht|lutsch~|$|hart|feucht|will|wird|tief|sehen|kneten|lecken|lutschen]
[wie] [gross|lang|feucht|dick|hart|eng] [ist|sind|bist] [dein|deine|du|er] [schwanz|penis|titten|pimmel|bruste|$|untenrum|bh|da]
[was] [hast|tragst] [du] .. [an|drunter|drunter an|darunter] [$|im bett|untenrum]
[welche|welches] [bh|korbchengrosse|unterwasche|hoschen]
[zieh|ziehst|ausziehen] .. [dich aus|aus fur mich|dein shirt aus|deine hose aus|bh aus|hose runter|nackt aus|slip aus]
[masturbier~|selbstbefriedig~|wichse|wichst|wichsen|fingere|befriedige mich|hole mir einen runter|holst du dir einen|mach es mir selbst|mache es mir selbst|mach es dir selbst|besorg es mir|besorge es dir|spritze|abspritzen|kommst du wenn|orgasmus|stohne|stohnen]
[sex|oralsex|telefonsex|cybersex|sexchat|sexting|analsex|dreier|ons|blowjob|blowie|onenightstand|bdsm] [mit|haben|machen|$|jetzt|am|chat|schreiben|heute|oder|bitte|per]
[bist du|ich bin|bin|warst du] .. [jungfrau|unterwurfig|devot|dominant im bett|nackt|gut im bett|versaut]$
[liebste|lieblings] [stellung|fetisch|sexstellung]
[lieblingsstellung|fetisch|sexfantasie~|sexuelle fantasie~]
[hattest|hast] .. [schon]? .. [sex|dein erstes mal|geschlechtsverkehr|mal was mit einem mann|mit jemandem geschlafen]
[heisses|heisser|geiler|erotischer|versauter|schmutziger] [chat|rollenspiel|bilder|gesprach|sex]
`,
  intimate: `
[bild|bilder|video|nackt~] .. [von mir|von dir|ohne|im bikini|in unterwasche|schicken|schick|sehen|deinem|meinem|deine|meinen]
[schick|schicken|schicke|zeig|zeigen|sehen|schickst|willst|soll] .. [bild|bilder|video|korper|gesicht|beine|fusse|bikini|bauch]
[ohne|nur in|in] [shirt|klamotten|kleidung|unterwasche|bikini|bh|hose|slip|handtuch|oberteil|schlafanzug|dusche|badewanne|was an]
[kuss|kussen|kusst|kusse|gekusst|kuscheln|kuschel|knutschen|rumknutschen|umarmen|streicheln|anfassen|angefasst|beruhren|fummeln|zungenkuss|beruhrt] 
[bin ich|findest du mich|bist du|siehst du|du bist|seh ich|ich bin|findest du ich bin|sehe ich] .. [hubsch|sexy|heiss|suss|schon|attraktiv|geil|hasslich|sexy aus|gut aus|susse|flach]
[sex|sexy|sexuell|jungfrau|nackt|porno|pornos|periode|pubertat|bruste|penis|vagina|kondom|kondome|selbstbefriedigung|erstes mal|schlafen mit|mit jemandem schlafen|mit ihm schlafen|mit mir schlafen|pille danach|schwanger|geil|ich liebe dich|verliebt in dich|verknallt|flirten|korbchengrosse|erektion|orgasmus|verhutung|bh grosse]
[hast du|willst du|suchst du|suche|will|brauche|hattest du] .. [einen freund|eine freundin|freund|freundin|alteren mann|sugar daddy|daddy|altere manner]$
[altere|alteren|altere~] [manner|jungs|typen|mann|madchen]
`,
};
