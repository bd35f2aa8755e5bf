import type { Phrases } from "./phrases.ts";

export const IT: Phrases = {
  fillers:
    "davvero proprio veramente semplicemente sinceramente letteralmente sempre ancora anche pure magari forse tipo cioe haha ahah ahahah ahahaha xd lol raga bro fra zio boh ormai gia onestamente spesso ogni_tanto tanto troppo cazzo praticamente comunque insomma solo soltanto addirittura bene_o_male penso_che",
  synonyms:
    "nn:non|nnn:non|ke:che|k:che|xke:perche|xche:perche|perke:perche|xk:perche|pk:perche|x:per|cmq:comunque|qst:questo|qlc:qualcosa|qlcn:qualcuno|qualc1:qualcuno|ness1:nessuno|nex:nessuno|tt:tutto|anke:anche|sn:sono|so:so|voglia:voglia|vojo:voglio|vogl:voglio|vorei:vorrei|nemmeno:neanche|neppure:neanche|manco:neanche|dm:domani|dom:domani|m:mi|c:ci|d:di|nulla:niente|wapp:whatsapp|wa:whatsapp|whats:whatsapp|wzp:whatsapp|insta:instagram|ig:instagram|snapchat:snap|tel:telefono|cell:cellulare|cel:cellulare|num:numero|foto:foto|tredici:13|quattordici:14|quindici:15|sedici:16|diciassette:17|diciotto:18|dodici:12|undici:11|dieci:10|mamma:madre|papa:padre|babbo:padre|pillole:pastiglie|pasticche:pastiglie|compresse:pastiglie|farmaci:pastiglie|medicine:pastiglie|tavor:pastiglie|xanax:pastiglie|migliore_amica:amica|tipa:ragazza|tipo:ragazzo|suicidiarmi:suicidarmi|amazzarmi:ammazzarmi|amazzo:ammazzo|uccidere_me:uccidermi|ccp:capito|risp:rispondi|ho14:ho 14",
  groups: {
    voglio:
      "[voglio|vorrei|volevo|voglia di|ho bisogno di|desidero|desidererei|penso di|penso a|sto per|pensato di|pensando di|pensare di|pensando a|preferisco|preferirei|provato a|tentato di|deciso di|sto pensando di|spero di|spero|magari|idea di|pronto a|pronta a|cerco di|dovrei|meglio|mi piacerebbe|intenzione di|bisogno di|merito di|sogno di|immagino di|ho provato ad|potrei|andare a|vado a]",
    morire:
      "[morire|essere morto|essere morta|sparire|scomparire|non esistere|smettere di esistere|smettere di vivere|non svegliarmi|non risvegliarmi|non svegliarmi piu|non esserci|non vivere|dormire per|addormentarmi e|addormentarmi per|non essere nato|non essere nata|non essere mai nato|non essere mai nata|farla finita|finirla|finirla qui|chiudere con|chiuderla qui|andarmene per|lasciare questo mondo|riposare per|annullarmi|dissolvermi|crepare|svanire|essere sottoterra]",
    uccidermi:
      "[uccidermi|ammazzarmi|suicidarmi|togliermi la vita|togliermi di mezzo|impiccarmi|tagliarmi le vene|spararmi|avvelenarmi|affogarmi|buttarmi giu|buttarmi dal|buttarmi dalla|buttarmi sotto|buttarmi da|buttarmi di|lanciarmi dal|lanciarmi sotto|lanciarmi nel|gettarmi dal|gettarmi sotto|gettarmi nel|porre fine alla mia|porre fine a tutto|mettere fine alla mia|mettere fine a tutto|farla finita con|mi ammazzo|mi uccido|mi impicco|mi suicido|mi butto sotto|mi butto dal|mi butto dalla|mi butto giu|mi sparo|mi tolgo la vita|saltare dal ponte|saltare giu|saltare dal balcone|mi taglio le vene|farmi fuori|mi faccio fuori|unaliving]",
    male: "[tagliarmi|farmi del male|farmi male|autolesionarmi|ferirmi|punirmi|bruciarmi|graffiarmi]",
    persona:
      "[amico|amica|amici|amiche|fratello|sorella|figlio|figlia|madre|padre|ragazzo|ragazza|fidanzato|fidanzata|cugino|cugina|compagno|compagna|migliore|marito|moglie|zio|zia|ex|vicino|vicina|nipote|alunno|alunna|qualcuno|conoscente|nonna|nonno|collega|fratellino|sorellina|coinquilino|coinquilina|studente|studentessa|cognata|cognato]",
    app: "[whatsapp|instagram|snap|telegram|discord|tiktok|facebook|fb|messenger|skype|numero|telefono|cellulare|mail|email|indirizzo|contatto|nick|profilo|twitter|kik|roblox|zoom|signal|social|gmail]",
  },
  harmless: `
[muoio|morire|morendo|morto|morta|morti|morivo|moriamo|muore|crepo|crepare|schiatto] [di|dal|dalla|dallo|da] [ridere|risate|fame|sonno|caldo|freddo|sete|voglia|curiosita|noia|vergogna|paura|invidia|stanchezza|imbarazzo|gelosia|amore|ansia|dolcezza|crepacuore|freddo|risata]
morire dalla voglia
[mi|ti|ci|vi] [uccide|uccidono|ammazza|ammazzano|uccidi|ammazzi|uccidera|ammazzera|sta uccidendo|sta ammazzando|stanno uccidendo|fa morire|fai morire|fa morire dal]
[ucciderei|ammazzerei|ucciderei] per
[stanco|stanca|stanchi|stanche] mort~
[ammazzare|ammazzo|ammazziamo|uccidere|uccidiamo] [il|la|lo|i|gli|un|una|tempo|zombie|mostri|zanzare|ragni]
[batteria|telefono|cellulare|pc|computer|macchina|wifi|server|pianta|gruppo] .. [mort~|morendo]
[non]? ha [nessun|alcun]? senso [comprarlo|comprare|pagare|aspettare|il film|questo film|la serie|discutere|andare|spendere|fare la|il finale|questa frase|chiamare|ridipingere|aggiustare|correre]
[farla finita|finirla|chiudere] con [questo|questa|questi|il|la|le|lo] [lavoro|progetto|studio|compiti|tesi|esame|dieta|pulizie|trasloco|esami|relazione|settimana|capitolo]
[finirla|smetterla] [di|con] [urlare|scherzare|parlare|ridere|fare|prendere|il|le|la]
non [ce la faccio|ne posso|sopporto] piu? [di|del|dal|con|il|questo|questa|piu|a mangiare] [caldo|freddo|ridere|traffico|rumore|vicino|capo|vicini|pioggia|prof|lavoro|musica|canzone|zanzare|ascoltare|mangiare|compiti]
non voglio [morire|uccidermi|ammazzarmi]$
[sparire|scomparire] [dall|dal|dalla|per|in] [ufficio|lavoro|riunione|vacanza|una settimana|ferie|social|instagram|festa|twitter]
[suicide|suicida] [squad|mission]
missione suicida
[preferisco|preferirei|piuttosto] [morire|muoio|crepare] [che|piuttosto|piuttosto che]
piuttosto [muoio|morirei]
overdose di [cioccolato|caffe|zuccheri|dolci|serie|carboidrati|tenerezza|zucchero|panettone|pizza|nutella]
[regalato|dato via|regalo] .. [mercatino|trasloco|cantina|pulizie|non mi stanno|spazio|riordin~]
[morto|morti|morta] [nel|in|al] [gioco|livello|boss|film|serie|minecraft|missione]
`,
  stories:
    "[canzone|canzoni|testo|ritornello|film|libro|romanzo|poesia|personaggio|personaggi|gioco|videogioco|livello|boss|minecraft|fortnite|serie|stagione|episodio|puntata|anime|manga|scena|protagonista|cattivo|documentario|podcast|tema|articolo|romeo|amleto|netflix|teatro|partita|opera|leopardi|werther|ortis|foscolo|lezione di storia|notizia]",
  selfHarm: `
[sistemato|sistemata|sistemo|organizzato|pagato|preparato|messo a posto] [tutto|tutte le|ogni cosa] .. [posso andare|andarmene|posso andarmene|posso riposare|addio|per quando|cosi posso|posso partire]
<voglio> <morire>
<uccidermi>
[penso|pensato|pensando|pensare|pensieri|idea|idee|immagino|parlo|sogno|fantastico] .. [suicidio|morte$|morire|di sparire|suicidarmi|alla morte|di farla finita|di uccidermi]
[pensieri|idee|tendenze|istinti] [suicidi|suicide|suicidari|di morte|suicida]
[suicidio|suicida] [e|sarebbe|mi|sembra|$]
[vorrei|magari|preferirei|avrei preferito|spero|prego|desidero|sarebbe meglio] .. [essere mort~|morire nel sonno|non essere nat~|essere nat~|non essere mai|non svegliarmi|non mi svegliassi|che mi investisse|che una macchina|che un camion|non esistere|non esserci|che tutto finisse|finisse tutto|addormentarmi|dormire per sempre|morissi|fossi mort~|non fossi nat~|non fossi mai|di non svegliarmi|di morire|sparire|di non risvegliarmi|tutto finisca|dio mi prend~|che finisse]
[se|e se|quando|il giorno che] [domani|un giorno|io|mi]? .. [non mi svegliassi|non mi sveglio|non ci fossi|non ci sono|morissi|muoio|sparissi|sparisco|non esistessi|mi ammazzassi|mi uccidessi|scomparissi|scompaio|non fossi mai nat~|me ne andassi|non ci saro|saro mort~|fossi mort~|mi suicidassi]
[nessuno|qualcuno|chi|a nessuno|a qualcuno] .. [accorgerebbe|accorgera|accorge|mancherei|manchero|importerebbe|piangerebbe|noterebbe|fregherebbe|verrebbe al mio funerale|importa] .. [se|di me|$|mia|sparissi|morissi|quando|io]
[mancherei|manchero] a [nessuno|qualcuno]
[addormentarmi|dormire|addormentare|chiudere gli occhi] e [non|mai] [svegliarmi|risvegliarmi|svegliarsi|riaprirli|mi|svegliarmi mai]
# No more.
[non|neanche|mai] [voglio|vorrei|volevo|riesco a|posso|ho voglia di|ho piu voglia di|ho la forza di|merito di|dovrei|ho motivo di|ho motivi per|ha senso|vale la pena|sopporto di|ho intenzione di|so se voglio|vedo perche|trovo motivi per|ho piu motivi per] piu? [vivere|esistere|esserci|svegliarmi|andare avanti|stare qui|continuare|essere qui|stare al mondo|essere viv~|restare|alzarmi|di vivere|respirare|essere nat~|piu vivere|continuare a vivere|essere al mondo|di esserci|lottare|esser viv~]
non [ce la faccio|ne posso|riesco|voglio|resisto|reggo|sopporto] piu [$|a vivere|di vivere|questa vita|la vita|la mia vita|niente|a vivere cosi|esserci|vivere|andare avanti|ad andare avanti|di niente|di questa vita|stare qui|questo dolore|cosi|ad alzarmi|svegliarmi|e|di tutto|essere qui|soffrire|a sopportare|a stare al mondo]
[stanco|stanca|stufo|stufa|esaust~|sfinit~] [di|della] [vivere|esistere|vita|questa vita|tutto$|lottare|soffrire|essere viv~|mia vita|stare al mondo|fingere di stare bene|respirare|andare avanti|esserci]
[odio|detesto] [la]? [mia vita|vivere|esistere|essere viv~|la vita|essere nat~|mia esistenza|svegliarmi]
mi odio
[perso|senza|non ho|passata|manca] [la|piu|mi]? .. [voglia|gioia|motivazione] di vivere
[non] [vedo|trovo|ha|c|ho|sento|vedere] [e|avere|mi]? piu? [il|un|nessun|alcun|senso|nessuna|alcuna|via|piu]? [senso|scopo|motivo|futuro|ragione|uscita|speranza|via d uscita|di uscita] [di|in|a|nella|per|alla]? [niente|vivere|vita|andare avanti|$|me|continuare|mia vita|esistere|tutto|alzarmi|svegliarmi|esserci|uscita|tutto questo]
[vita|vivere|niente|tutto|esistere|nulla|alzarsi] .. [non ha|senza|perso|non vale|ha piu|non serve|ha senso] .. [senso|pena|scopo|valore|niente|$]
[a che serve|a cosa serve|che senso ha|perche|a che scopo|che ci faccio|ha senso|per cosa] [ancora]? [vivere|vivo|continuare|esisto|sono nat~|svegliarmi|alzarmi|andare avanti|sono viv~|la vita|sono ancora|esistere|sono qui|continuo a vivere|a questo mondo|al mondo|devo vivere|vivo ancora|la mia vita]
[non c e|senza|nessuna] [via d uscita|speranza|futuro|via di uscita] [$|per me|e|dalla|da]
[unica|migliore|sola] [soluzione|via|opzione|uscita] .. [morire|morte|sparire|uccidermi|farla finita|suicidio|andarmene]
[mi arrendo|mollo tutto|mi lascio andare] [$|con la vita|alla|e basta]
[che|voglio che|vorrei che] [tutto|questo dolore|il dolore|la sofferenza|tutto questo] [finisca|finisse|si fermi|smetta|smettesse|passasse|si spegnesse|si fermasse]
[fa]? male [vivere|esistere|essere viv~]
[pesa|faticoso|difficile] .. [vivere|esistere|restare viv~|essere viv~]
# Burden.
[sono|essere|sento|fossi|sembro|saro] [di essere|come]? [solo|un|una|che]? [un|una]? [peso|fardello|zavorra|palla al piede|intralcio|parassita|errore]
[meglio|felici|felice|tranquilli|sollevat~|bene|sereni|piu facile] [tutti]? [senza di me|senza me|se non ci|se morissi|se muoio|se sparissi|se sparisco|se non esistessi|quando non ci|se me ne and~|se io non|quando saro|se non fossi]
[so|faccio|porto|creo] .. [guai|problemi|male a tutti|soffrire] .. [mort~|sparire|senza di me|non ci fossi]
non [merito|meritavo] [di]? [vivere|esistere|essere viv~|la vita|stare al mondo|esserci]
non [dovrei|sarei dovut~|dovevo|avrei dovuto] [esistere|nascere|essere viv~|essere qui|essere nat~|esserci]
non [servo a niente|servo a nessuno|valgo niente|conto niente|interesso a nessuno|faccio per questo mondo|sono fatt~ per questo mondo|sono fatt~ per vivere]
[vuot~|mort~] dentro
# Leaving.
[lettera|lettere|biglietto|biglietti|messaggio|messaggi|video] [di|d|da|per] [addio|addii|suicidio|quando non ci|dopo la mia]
[scritto|lasciato|scrivo|scrivendo|lascio|preparato|scrivere|registrato] .. [lettera|lettere|biglietto|testamento|messaggio|video] .. [genitori|madre|famiglia|sorella|fratello|figli|tutti|troveranno|tavolo|cassetto|quando|leggeranno|$|per dopo|padre|ciascuno|amici|cuscino|trovera]
[dico|detto|dire|do|dare|salutare|saluto|salutato] [addio|l ultimo saluto|per l ultima volta|tutti per l ultima] [a tutti|$|per sempre|al mondo|alla|ai miei|alla mia|alla vita]?
addio [mondo|per sempre|a tutti|$|vita|mondo crudele|amici]
[e|questa|oggi|sara|stasera|stanotte] [e|sara]? [la|il|l] [mia|mio]? ultim~ [notte|giorno|messaggio|sera|volta|compleanno|conversazione|natale|chat] [$|qui|viv~|che|della|per me|su|con voi|mio|mia|insieme]
[regalato|dato via|regalando|dato|donato|ho dato|distribuito] .. [mie cose|il mio cane|il mio gatto|tutto|tutte le|miei vestiti|la mia chitarra|mie robe|miei libri|la mia collezione|la mia play|i miei giochi|la mia bici] [.. non|$|a mia|a mio|perche|.. servir~|alla|al|ai]?
[non|neanche] [mi]? [serviranno|servira|servono] [piu|dove|a niente]
[quando|dopo che|una volta che|se] [io]? non [ci saro|ci fossi|ci sono|saro|esistero] piu
[quando|dopo che] [saro mort~|me ne saro andat~|non ci saro|sono mort~|moriro]
[prenditi cura|prendetevi cura|occupati|bada|di|dite|dille|digli|abbraccia] .. [quando non|se non ci|quando me ne|quando saro|che le voglio|che gli voglio|che li amo|che mi perdon~|per me un ultima|se mi succede]
[presto|domani|oggi|stasera|stanotte|questa notte|fra poco|tra poco|venerdi|questa settimana|questo weekend] .. [finira tutto|tutto finira|sara tutto finito|finisce tutto|non ci saro|saro in pace|la faccio finita|mi ammazzo|saro liber~|me ne vado per|e finita|tutto finito|non saro|smetto di soffrire|tutto sara finito|avro pace|finira la|mi uccido|chiudo tutto|mi butto|sparisco]
[non] [ci saro|arrivo|arrivero|vedro|credo di arrivare|so se arrivo|vivro|passo|passero|so se ci saro|penso di arrivare|supero|superero|so se passo] .. [domani|natale|ai 18|la notte|a lungo|settimana|anno|compleanno|mattina|molto|estate|piu|alba|maturita]
[tutto] .. [sistemato|pronto|a posto|in ordine|sistemata|organizzato|deciso] .. [andarmene|andare|quando|dopo|addio|salutare|per dopo|me ne vado|in pace]
[scelto|deciso|fissato|trovato] .. [data|giorno|posto|metodo|modo|luogo] [$|per morire|in cui|per farla|per finirla|per andarmene|dove|per farlo]
# Methods.
[quante|quanti|quanto|quale|che|quanta] .. [pastiglie|paracetamol|tachipirina|tachipirine|sonniferi|dose|insulina|gocce|antidepressivi|ibuprofene|valium|barbiturici|veleno|oki|en|lexotan|ansiolitici] .. [morire|non svegliarsi|svegliarsi|servono|serve|bastano|letale|mortale|uccide~|prendere|non svegliarmi|devo|ci vogliono|per non|pericolos~|basta|dormire per]
[preso|prendere|prendo|ingoiato|ingoiare|mandato giu|buttato giu|ingerito|bevuto] .. [tutte|un sacco|troppe|scatola|intera|20|30|40|venti|trenta|<N>|tutta|boccetta|blister|manciata|mucchio] .. [pastiglie|tachipirina|tachipirine|sonniferi|antidepressivi|gocce|scatola|intera|oki|insieme|blister|moment|lexotan] [$|insieme|e|di|stasera|ieri|intera|fa|in una volta]?
[pastiglie|sonniferi|blister|scatola di pastiglie|gocce] .. [da parte|nascost~|conservat~|tenendo|davanti a me|guardo|fisso|cassetto|in mano|accumul~|tutte insieme|messo via|fissando|conto]
[tengo|metto|messo|tenendo|nascondo|guardo|fisso|guardando|fissando|accumulo|accumulando|conto|comprato|ho] .. [pastiglie|sonniferi|corda|lametta|lamette|pistola|coltello|rasoio|blister|fucile|cappio|taglierino] [da parte|$|e|nascost~|da|sul|in|nel|sotto|sopra|pront~|di mio|davanti|accanto]
overdose
[corda|lametta|lamette|pistola|coltello|rasoio|fucile|cappio|taglierino] .. [cassetto|in mano|pront~|in camera|al collo|polso|polsi|di mio padre|sulla pelle|armadio|davanti|braccio|garage|vicino|che mi guarda|comodino|cantina]
[modo|maniera|metodo|morte] .. [indolore|senza dolore|veloce|rapido|facile|piu rapido|meno doloroso|senza soffrire] .. [morire|uccidersi|farla finita|suicidarsi|andarsene|ammazzarsi|andarmene|$|per me]
come [si]? .. [morire|uccidersi|suicidarsi|impiccarsi|fa un cappio|ammazzarsi|fare un cappio|farla finita] [senza|velocemente|con|$|in modo|in fretta|dolcemente]
[fa male|dolore|si soffre] .. [morire|impiccarsi|annegare|buttarsi|saltare|morendo|impiccat~]
[ponte|tetto|binari|balcone|finestra|cornicione|terrazza|scogliera|banchina|treno|viadotto|precipizio] .. [facile|saltare|salto|buttarmi|cadere|penso|pensando|lasciarmi|finire|un passo|lanciarmi|immagino|vuoto|basterebbe|guardo giu]
[sto|sono|fermo|ferma|seduto|seduta|affaccio|affacciat~|guardo] .. [ponte|tetto|binari|balcone|cornicione|terrazza|viadotto|parapetto] [$|e penso|e|a pensare|pensando]
[schiantarmi|sterzare|lanciarmi|andare a sbattere|accelerare] .. [macchina|muro|albero|camion|guardrail|auto|contro]
# Injury.
mi [sto|sono|autolesiono]? [taglio|tagliata|tagliato|faccio del male|tagliando|tagliavo|ferisco|faccio male da sol~|brucio con|autolesiono|procuro dei tagli|faccio dei tagli|graffio|faccio i tagli|fatta del male|fatto del male|punisco|ritaglio] [$|da|le braccia|il braccio|le gambe|per|quando|con|di nuovo|di nascosto|e|perche|i polsi|le cosce|sulle|ogni|la pelle|volontariamente|apposta|a volte|sul|sui|la|nelle|alle|al|in bagno]
[ricominciato a|ripreso a|voglia di|bisogno di|iniziato a|cominciato a|smettere di|smesso di|penso di|pensando di] <male> [$|di nuovo|per|e|ancora|ogni|con|quando]?
[autolesionismo|autolesionist~|autolesion~]
[tagli|cicatrici|ferite|segni|lividi] .. [braccio|braccia|polso|polsi|cosce|gambe|maniche|manica|coscia|nascondo|nascondere|avambraccio]
[vedere|vedo] .. sangue .. [sollievo|calma|scorrere|bene]
[paura] .. [di me stess~|di quello che potrei|di cosa potrei|di farmi del male|di fare una cazzata|di farmi qualcosa|di fare qualcosa di brutto]
fare una [cazzata|sciocchezza|pazzia] [$|stasera|con|se|e]
[voce|voci|testa] .. [dice|dicono|ordina|ordinano|sussurra] .. [morire|uccidermi|ammazzarmi|saltare|tagliarmi|farla finita|farlo|buttarmi]
[ricaduta|ricascat~|ricadut~] .. [tagli|lametta|autolesion~|tagliarmi]
# Understated.
[non mi importa|non mi interessa|mi e indifferente|non mi importerebbe|non mi dispiacerebbe|me ne frego|uguale|non me ne frega|che differenza fa] .. [vivere|morire|muoio|viv~|morissi|mi investe|mi investissero|mi sveglio|svegliarmi|vivo o|investisse|domani|vivo]
[morte|morire] .. [sarebbe|sembra|e] .. [sollievo|meglio|pace|soluzione|liberazione|piu facile|bello|dolce|riposo]
[unico|unica] [motivo|ragione|cosa] .. [viv~|qui|in vita|andare avanti|tiene]
[niente|nessuno|motivo|nulla] .. [per cui vivere|mi trattiene|mi tiene qui|da vivere|per vivere|per cui restare|per cui andare avanti|per andare avanti|mi tiene in vita|tiene in vita]
[raggiungere|raggiungerla|raggiungerlo|seguirla|seguirlo|stare con|andare da|rivedere|andare con|riabbracciare|ritrovare] .. [nonna|nonno|madre|padre|fratello|sorella|lei|lui|moglie|marito|figli~|in cielo|lassu|cane|$] [in cielo|lassu|in paradiso|nella tomba|di la|li dove|nell aldila|$]
[da quando] .. [mort~|non c e|se n e andat~|mancat~|manca] .. [voglio|vorrei|raggiunger~|senso|vivere|seguir~|andare da|morire|con lei|con lui]
[quasi|a un passo] .. [mi buttavo|mi ammazzavo|lo facevo|mi sono buttat~|mi uccidevo|dal buttarmi|dal farla finita|dal farlo]
[provato|tentato|tentativo] .. [uccidermi|suicidarmi|suicidio|togliermi la vita|ammazzarmi|farla finita|morire]
[al|arrivat~ al] [limite|capolinea|fondo] [$|e]
[dormire|sonno|addormentarmi|riposare] [per sempre|eterno|eternamente]
[andarmene|sparire|scomparire|partire] [per sempre|e non tornare|da questo mondo|da questa vita|per non tornare|definitivamente|nel nulla]
[voglio|vorrei|voglia di] [sparire|scomparire|morire|svanire]
`,
  other: `
[mio|mia|un|una|nostra|nostro] .. <persona> .. [si taglia|si fa del male|vuole morire|vuole uccidersi|vuole ammazzarsi|uccidersi|suicidarsi|ammazzarsi|suicida|vuole farla finita|farla finita|si autolesiona|ha preso pastiglie|non vuole piu vivere|non vuole vivere|togliersi la vita|si ferisce|autolesionist~]
[mio|mia|un|una] .. <persona> .. [scelto|deciso|fissato|ha gia|pianificato] .. [giorno|data|metodo|piano|modo|quando] [$|per|e|in|di]
[mio|mia|un|una|i|la|il|miei|mie|sua|suo|l|nostra|nostro] <persona> .. [vuole|dice|detto|parla|pensa|minaccia|provato|tentato|sta|scritto|scrive|si|continua|vorrebbe|manda|posta|va|confessato|raccontato|ha|crede|confidato|progetta|preso|sembra|non|mi|fa] .. [morire|uccidersi|ammazzarsi|suicidarsi|suicidio|farla finita|togliersi la vita|si taglia|tagliarsi|autolesion~|suicida|sparire|vivere|addio|impiccarsi|buttarsi|esistere|farsi del male|fa del male|pastiglie|tagli|esserci|svegliarsi|un peso|meglio senza|mort~|si ammazza|si uccide|la vita|buttarsi giu|suicidi|scomparire]
[lei|lui] .. [dice|vuole|detto|parla|minaccia|pensa|scritto] .. [morire|uccidersi|ammazzarsi|suicidarsi|farla finita|togliersi la vita|si taglia|si ammazza|si uccide]
[come|cosa|che] .. [aiuto|aiutare|faccio|dico|dire|fare] .. [qualcuno|amic~|sorella|fratello|persona|madre|lui|lei|chi|cugin~] .. [suicid~|morire|si taglia|uccidersi|ammazzarsi|farla finita|autolesion~|farsi del male]
[trovato|visto|scoperto] .. [tagli|lamette|lametta|lettera d addio|cicatrici|pastiglie|lettera di addio] .. [braccio|braccia|camera|sorella|fratello|amic~|figli~|zaino|suo|sua|polsi|cassetto|ragazz~]
`,
  otherAges: `
[insegno|insegnante|prof|professoressa|professore|maestra|maestro|do ripetizioni|ripetizioni] .. [media|medie|elementare|elementari|liceo|superiore|superiori|terza|seconda|prima|<N>]
[alla|all] [tua|sua|vostra|mia]? eta
[avevo|aveva|quando avevo|a|dai|da|ai|con|fra|tra|per|circa|oltre|dopo|fino a|fino ai|sui|verso i|sono|ha|hanno|compie|avra|erano|compiuti|di anni|un|intorno ai|avessi|prima dei|sembro|come se avessi|dagli] [i|miei|quasi|piu di|gia|passati]? <N>
<N> anni [di] [esperienza|matrimonio|carriera|servizio|lavoro|fidanzamento|relazione|differenza|contributi|garanzia|mutuo|vita|amicizia|azienda|onorata|patente]
<N> anni [che|fa|dopo|prima|insieme|qui|in piu|in meno|sposat~|che lavoro|che vivo|buttati]
<N> [minuti|minuto|min|ore|ora|h|giorni|settimane|mesi|euro|gatti|cani|figli|fratelli|cugini|gradi|pagine|punti|km|chili|kg|metri|secondi|partite|volte|persone|alunni|libri|per cento|mila|milioni|messaggi|episodi|sorelle|nipoti|esami|paia|gol|tentativi|cose|crediti]
[mio|mia|miei|mie|suo|sua|nostro|nostra|il|la|i|tuo|tua] [figlio|figlia|figli|figlie|fratello|sorella|nipote|cane|gatto|gatta|cugino|cugina|macchina|bambino|bambina|bimbo|bimba|alunni|piccolo|piccola|grande|maggiore|minore|amica|amico|gemelli|sorellina|fratellino|casa|moto|figlioccio|nipotino|nipotina|primogenit~] .. <N>
[livello|pagina|capitolo|episodio|stagione|linea|numero|stanza|piano|iphone|taglia|binario|vagone] <N>
`,
  age: `
[ho] [quasi|appena|circa|fatto|compiuto|compiuti]? <N> [$|anni|annetti|e|ma|tu|annini|appena|compiuti|e tu|anni e]
[ho] [appena]? [compiuto|fatto] [gli|i]? <N>
[ne ho|ne ho fatti|ne ho compiuti] <N>
^[si|no|ciao|io]? <N> [anni|annetti] [$|e tu|tu|f|m|di|e|da]
^<N> [e tu|tu|f|m|te|e te|e tuoi]
[sono] [una|un]? [ragazza|ragazzo|ragazzina|ragazzino|bambina|bambino|adolescente|tipa|studente|studentessa|femmina|maschio] [di] <N>
[la]? mia eta [e]? <N>
eta <N>
[f|m|ragazza|ragazzo] <N> [$|anni|di|da|roma|milano]
[sono] [una|un] <N> [enne]
[sono] [una|un]? [13enne|14enne|15enne|16enne|17enne|12enne]
con i miei <N> anni
[a] <N> anni [non posso|i miei non|mia madre non|non ho|non mi]
`,
  birthday: `
[faccio|compio|faro|compiro|ne faccio|ne compio|sto per compiere|vado per i|sto per fare|quasi] [gli|i]? <N> [$|a|anni|tra|fra|il|in|domani|settimana|mese|questo|quest|la]
[miei|i miei|per i miei] <N> anni [sono|il|a|tra|fra|in]
`,
  school: "",
  schoolYear: 0,
  born: `
[sono|^] [nat~] [nel|in|il]? .. <Y>
sono [del|classe|di classe] <Y>
classe <Y>
`,
  minors: [
    [
      12,
      `
[faccio|sono|vado|frequento|^|sto|passo|inizio|andro|entro|ho finito] .. [la|in|alla|di|a]? [prima|seconda|terza|1|2|3|1a|2a|3a] media
[faccio|sono|vado|frequento|^|sto] .. [le|alle|alla|in] [medie|elementari|scuola media|quinta elementare|scuole medie|media]
[ho|devo fare|preparando|faccio] .. esame di terza media
`,
    ],
    [
      15,
      `
[faccio|sono|vado|frequento|^|sto|passo|inizio|andro] .. [prima|seconda|terza|quarta|quinta|primo|secondo|terzo|quarto|quinto|1|2|3|4|5] [anno]? [superiore|liceo|di liceo|del liceo|superiori|delle superiori|classico|scientifico|linguistico|itis|di ragioneria|dell itis|al liceo|alberghiero|anno di liceo]
[faccio|sono|vado|frequento|^] .. [il|al|in|alle|le|l] [liceo|superiori|scuole superiori|itis|ginnasio|biennio|istituto tecnico|alberghiero|scientifico|classico|artistico|linguistico] [$|e|a|di|ma|ancora|scientifico|classico|artistico|linguistico]
[sono|ancora] [un|una]? [minorenne|minore|adolescente|bambina|bambino|ragazzina|ragazzino]$
minorenne [$|ma|e|quindi]
non [sono|ho] [ancora]? [maggiorenne|18|18 anni|adult~]
[maggiorenne|18 anni|18] [tra|fra] .. [anni|mesi|anno]
[mancano|manca] .. [ai|per i|ai miei] 18
[ho] [la|gli|l] [maturita|esame di maturita|esami di maturita] [quest|a|fra|tra|$|il|l]
`,
    ],
  ],
  contact: `
[dammi|dai|passami|passi|mandami|qual e|hai|aggiungimi|seguimi|il mio|il tuo|tuo|scambiamoci|scrivimi|ti do|ti passo|su|via|chiamami|contattami|mi dai|mi passi|cercami|sentirci|ci sentiamo|sentiamoci|usi|vuoi|segnati|ecco|ti lascio|parliamo|trovi|mi trovi|aggiungermi|ti aggiungo|chiedimi] [il|mi|un|l|su|tuo|mio|al|il tuo|il mio|per|tu|lo|a|anche|ti]? [tuo|mio|un|il|su|profilo|l]? <app>
[aggiungimi|seguimi|chiamami|scrivimi|contattami|videochiamami|ti chiamo|ti aggiungo|mi chiami|mi aggiungi|mi segui|ti seguo|scrivimi in privato|scriviamoci]
[videochiamata|videochiamiamo|videochiamarci|videochiamata|in video|in chiamata|vocale|in call] [$|con|insieme|stasera|domani|io|ora|facciamo|su|ti|noi|per]
[ci vediamo|vederci|incontrarci|incontriamoci|vediamoci|incontriamo|conoscerci|conosciamoci|usciamo|uscire|vedersi|vederti|incontrarti|vieni|venire|appuntamento|beccarci|ci becchiamo|trovarci|ci incontriamo] [$|a|al|in|di|sabato|domani|domenica|oggi|dal|per|insieme|con|da me|un|stasera|qualche|dopo|prima|a casa|fuori|me|qui|venerdi|se|quando|alla|casa|davvero|da|noi|questo]
[vuoi|ti va|possiamo|potremmo|quando|dove|posso|che ne dici|vorrei|voglio|mi piacerebbe|ti andrebbe|dai|puoi] .. [vederci|incontrarci|incontrarti|vederti|conoscerci dal vivo|uscire|venire da me|venire a casa|venirmi a prendere|vederci dal vivo|beccarci|passare a prendermi|vieni da me|chiamarmi|chiamarti|chiamarci|vedermi|incontrarmi|conoscerti dal vivo]
dove [abiti|vivi|stai di casa|abiti di preciso|vivi di preciso]
[in che|di che] [citta|via|zona|paese] [abiti|vivi|sei]
[abito|vivo|la mia scuola|il mio indirizzo|la mia casa|vado a scuola|casa mia] [in|al|e|alla|si chiama|a] [via|viale|piazza|numero|<N>|scuola|corso]
[sola|solo|da sola|da solo] [in|a] casa
casa libera
[miei|genitori|mia madre] .. [non ci sono|sono via|escono|fuori|partiti|non c e|via]
[vuoi|vorresti|sii|diventa|ti metti|ti va di] .. [mio ragazzo|mia ragazza|con me insieme|fidanzat~|essere il mio|essere la mia]
`,
  sexual: `
[manda|mandami|mostrami|mostra|fammi vedere|voglio vedere|vuoi vedere|foto|invia|inviami|hai|voglio|scambiamo|vedere|mando|vendo|fai vedere|ti mando|vederti|vorrei vedere] .. [nude|nudes|nuda|nudo|tette|cazzo|figa|fica|culo|pene|mutande|mutandine|reggiseno|senza vestiti|pacco|seno|perizoma|cazzo duro|tettine|intimo|lingerie|culetto|sedere]$
[nude|nudes|foto hot|foto intime|foto di nudo] 
[voglio|vuoi|voglia di|facciamo|vorrei|posso|lascia che ti|ti va di|mi va di|potremmo|ho voglia di|fammi|dai|sogno di] .. [scopare|scoparti|scopiamo|sesso|fare l amore|fare sesso|leccarti|succhiarti|fottere|fotterti|trombare|chiavare|venire in|leccarmi|segarmi|una sega|un pompino|sexting|toccarti tutta|masturbarmi|pompino|venirti|farmi venire|farti venire|incularti|spogliarti|limonare dur~|sculacciarti|ditalino|montarti|toccarti le|venirti dentro]
[sono|mi fai|sto|mi sento|sei|mi hai fatto|mi rendi|mi stai facendo|divento|mi fa] .. [arrapat~|eccitat~|bagnat~|eccitare|in calore|ingrifat~|duro per te|arrapare|vogliosa|voglioso|horny|bagnare|infoiat~|arrapatissim~]
[dimmi|parlami|raccontami|dici|scrivimi|sussurrami|dire] .. [sporc~|porc~|zozz~|sconc~|spint~|porcate|porcherie|hot|eccitanti|volgari|maialate|oscen~]
[succhia|lecca|scopa|fotti|tocca|cavalca|succhiami|leccami|scopami|fottimi|segami|inculami|montami|spogliami|prendimi] [mi|melo|il|la|le|me lo|tutto|tutta|$|forte|adesso|qui|i|da dietro|con]? [cazzo|figa|fica|tette|culo|palle|$|forte|tutta|tutto|capezzoli|qui|piano|ora]?
[mio|tuo|mia|tua|tue|mie] [cazzo|figa|fica|tette|culo|pene|uccello|clitoride|capezzoli|pisello|vagina|culetto|seno|pisellino] [e|duro|bagnat~|$|in|vuole|grosse|sono|sodo|tutto|grande|nel|sul]
quanto .. [ce l hai|lungo|grosso|grande] [lungo|grosso|$|duro|grande]
che [taglia|misura] .. [reggiseno|seno|porti di reggiseno|tette]
[cosa|che] [indossi|hai addosso|porti sotto] [sotto|adesso|ora|$|a letto]
mi [tocco|masturbo|sto toccando|sto masturbando|sego|faccio una sega|sditalino|faccio un ditalino|sgrilletto] [$|pensando|per|mentre|con|tutta|sempre|ogni|a|la sera|da|insieme]
[ti] [masturbi|tocchi|seghi|sditalini] [$|spesso|mai|pensando|per me|la|mentre|quante]
[sesso|sexting|pompino|orgasmo|orgia|trombata|scopata|sega|sveltina|cosa a tre|sessantanove] [con|orale|anale|virtuale|$|insieme|stasera|al|adesso|telefonico|adesso|selvaggio|sfrenato|di gruppo]
[spogliati|spogliarti|togliti|apri] [per me|la maglietta|le gambe|i vestiti|le mutande|il reggiseno|$|tutta|adesso|la maglia|tutto|gli slip]
[sei|sono|saresti] [vergine|sottomess~|dominante|nuda|nudo|porca|porco|zoccola a letto|passiv~|attiv~]$
[posizione|fantasia|feticcio|fantasie|feticismo] [preferita|sessuale|preferito|sessuali|erotic~]
[chat|chattata|conversazione|chiacchierata|gioco|rp] [hot|erotica|sporca|porca|piccante|spinta|bollente|erotico]
`,
  intimate: `
foto .. [mia|tua|di me|di te|del tuo|senza|in costume|in intimo|delle|dei miei]
[manda|mandami|mostra|vuoi|voglio|vedere|mando|inviami|invia|mandarti|manderesti] .. [foto|video|selfie|corpo|viso|gambe|piedi|bikini|costume|pancia]
[senza|in] [vestiti|maglietta|maglia|mutande|intimo|costume|bikini|reggiseno|asciugamano|pigiama|doccia|boxer|slip|vasca|lingerie]
[baciare|baciarti|bacio|baci|baciata|baciato|baciarmi|coccole|abbracciarti|limonare|toccarmi|toccarti|mi tocca|mi ha toccat~|pomiciare|bacetto|accarezzarti|palpeggiat~|limone] 
[sono|sei|mi trovi|credi che sia|pensi che sia|ti sembro] .. [bella|bello|sexy|carina|carino|bona|bono|attraente|figa|figo|brutta|gnocca|piatta]$
[sesso|sessuale|sexy|vergine|verginita|nuda|porno|ciclo|puberta|tette|seno|pene|vagina|preservativo|masturb~|fare l amore|andare a letto con|prima volta con|pillola del giorno|incinta|ti amo|innamorat~ di te|flirtare|eccitat~|mi piaci un sacco|cotta per te|reggiseno|erezione|profilattico]
[hai|vuoi|cerchi|cerco|voglio|hai mai avuto|mi serve] .. [fidanzato|fidanzata|ragazzo|ragazza|uomo piu grande|uno piu grande|sugar daddy|moroso|morosa|un tipo|una tipa]$
[uomini|ragazzi|ragazze|donne|uomo|ragazzo] piu [grandi|grande|maturi|vecchi|adult~]
`,
};
