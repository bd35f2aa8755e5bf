import type { Phrases } from "../phrases.ts";

/** What is said of danger, and what only sounds like it. */
export const FR_DANGER: Pick<Phrases, "groups" | "harmless" | "stories" | "selfHarm" | "other"> = {
  groups: {
    veux: "[veux|voudrais|aimerais|envie de|envie d|besoin de|vais|pense a|pense|souhaite|souhaiterais|prefere|prefererais|prete a|pret a|songe a|essaye de|essaie de|essaye|tente de|j ai tente de|compte|decide de|rever de|reve de|voulais|veut|l idee de|veuille|hate de|faut que je|devrais|ferais mieux de|merite de|m endormir et|force de|sur le point de|pourrais|aurais du|aurais prefere|imagine|plus qu a|pensees de|attends de|aspire a|desire|l envie de|tente de|tentee de|reve que d|cherche a|hesite a|projette de|planifie de|reflechis a|demande qu a|resolu a|plutot|parle de|aimais]",
    mourir:
      "[mourir|crever|etre mort|etre morte|disparaitre|exister plus|plus exister|etre plus la|plus etre la|plus vivre|plus me reveiller|plus me lever jamais|pas me reveiller|jamais me reveiller|me reveiller jamais|pas etre nee|pas etre ne|jamais etre ne|jamais etre nee|dormir pour toujours|m endormir pour toujours|m endormir et plus|en finir|d en finir|partir pour toujours|partir pour de bon|quitter ce monde|tout arreter|tout terminer|m effacer|que tout s arrete|que ca s arrete|que tout s arrete|etre au ciel|partir rejoindre|rejoindre|cesser d exister|arreter d exister|arreter de vivre|m eteindre|y rester|en terminer|crever la|plus respirer|arreter de respirer|m evaporer|y mettre fin|abreger|monter au ciel|sauter le pas|faire le grand saut|que tout soit fini|que ce soit fini|que ca finisse|etre sous terre|etre enterre|etre enterree|sortir de la vie|quitter la vie|quitter cette vie|quitter cette terre]",
    tuer: "[me tuer|me suicider|suicider|m ouvrir les veines|m ouvrir les poignets|me trancher les veines|me tailler les veines|me pendre|me jeter sous|me jeter du|me jeter par|me jeter d un|me jeter dans le vide|me foutre en l air|foutre en l air ma vie|me flinguer|me noyer|m empoisonner|me defenestrer|mettre fin a mes jours|mettre fin a ma vie|mettre un terme a ma vie|mettre fin a tout|en finir avec la vie|en finir avec ma vie|en finir avec tout|finir avec tout|sauter du pont|sauter d un pont|sauter par la fenetre|sauter du toit|sauter sous le train|sauter sur les rails|passer sous un train|passer a l acte|me faire sauter la cervelle|me tirer une balle|m oter la vie|m enlever la vie|me donner la mort|me supprimer|me passer la corde|me crever|me faire disparaitre|me degager de ce monde|me balancer par|me balancer du|me balancer sous|me laisser mourir|me laisser crever|sauter du balcon|sauter par dessus|sauter dans le vide|sauter sous|sauter de la falaise|sauter du haut|me laisser tomber dans le vide|me foutre une balle|me mettre une balle|m etrangler|me saigner|m immoler|m euthanasier|me faire euthanasier|me tuerai|me tuerais|me suiciderai|me suiciderais|me suicide|me pends|me pendrai|me flinguerai|me jetterai|me jetterais|me raterai pas|me louperai pas|me flingue|foutre en l air|quitter ce monde]",
    mal: "[me faire du mal|me couper|me scarifier|me mutiler|me bruler|me taillader|m automutiler|me punir|me blesser]",
    moi: "[je|j|me|m|moi|mon|ma|mes]",
    arme: "[corde|cordes|noeud|lame|lames|rasoir|rasoirs|cutter|couteau|couteaux|fusil|flingue|revolver|pistolet|arme|arme de service|balle|gaz|javel|poison|mort aux rats|insuline|cachets|xanax|lexomil|paracetamol|tramadol|valium|antidepresseurs|anxiolytiques|neuroleptiques|morphine|boites de cachets|plaquette|plaquettes|poutre|ceinture|ciseaux|compas|veines|poignets]",
    bord: "[pont|ponts|toit|toits|rails|rail|voie ferree|voies|passage a niveau|quai|quais|falaise|falaises|vide|balcon|fenetre|viaduc|rambarde|parapet|rebord|corniche|barrage|etage|precipice|train|trains|rer|metro|camion|camions|riviere|lac|seine|mer|ravin|platane|tgv]",
    dessein:
      "[pense|penser|pensais|pensant|pensees|songe|songer|imagine|m imagine|regarde|regarder|fixe|contemple|saute|sauter|sauterai|sauterais|finir|finit|fini|finirait|suffirait|suffit|suffira|m appelle|m appellent|m attire|m attirent|me tente|m attend|m attendent|prete|pret|prets|hesite|courage|facile|simple|soulage|soulager|soulagement|me calme|m apaise|cette nuit|ce soir|derniere fois|plus jamais|adieu|tout arreter|laisser tomber|laisser glisser|me laisser|mourir|mort|morte|mortel|mortelle|me tuer|en finir|disparaitre|lacher|me lancer|m obsede|obsession|y pense|reve|j y vais|envie|fait de l oeil|passage a l acte|d un coup|passer|me jeter|me mettre|m arreter|devant moi|a portee|sous la main]",
    personne:
      "[entraineur|coach|patron|ado|gamin|gamine|patient|patiente|inconnu|inconnue|streamer|abonne|mecs|pote|prof|belle soeur|beau frere|maman|papa|papi|agriculteur|binome|chef|petit frere|petite soeur|colocataire|amis|filleul|filleule|ami|amie|amis|meilleur|meilleure|frere|soeur|mere|pere|fille|fils|cousin|cousine|collegue|camarade|copain|copine|mec|meuf|mari|femme|ex|voisin|voisine|tante|oncle|neveu|niece|eleve|quelqu un|connaissance|bff|best|grand mere|petit ami|petite amie|coloc|bestie|proche|mamie|compagne|compagnon|conjoint|gars|crush]",
  },
  harmless: `
[coupe|coupee|brule|brulee|blesse|blessee] .. [cuisinant|cuisine|bricolant|jardinant|au foot|rasant|cheveux|ongles|le doigt|un doigt|four|sport]
[mort|morte|morts|meurs|mourir|mourais|creve|crever|meurt|mourrais] [de|d] [rire|faim|soif|chaud|froid|fatigue|envie|honte|ennui|peur|trouille|sommeil|impatience|jalousie|amour|curiosite|stress|fou rire|rire]
[meurs|mourir|creve|crever] d envie
[me|te|nous|m|l] [tue|tuent|a tue|ont tue|as tue|tues|acheve]$
[boulot|travail|chaleur|prof|chef|taf|trafic|bouchons|dos|pieds|mere|pere|il|elle|ca|tu|elles|mes parents|circulation|attente|suspense|sport|meteo] [me|m|va me|vont me|vas me] [tue|tuer|tuent|achever|acheve|tues]
[tuerais|tuerai|tuer] pour
tuer le temps
[batterie|portable|telephone|pc|ordi|voiture|plante|serveur|wifi] .. [mort|morte|claque]
[mort|morte] de
[envie d|envie de|hate d|veux] en finir avec [ce|cette|ces|le|la|les] [dossier|examen|exam|travail|rapport|travaux|semaine|these|projet|partiels|cours|demenagement|jeu|niveau|chapitre|menage|bac|lecon|stage|hiver|annee]
[aucun|pas de|pas|plus] sens .. [film|serie|phrase|jeu|fin|scenario|livre|regle|question|texte|intrigue|decoration|histoire]
[film|serie|phrase|jeu|scenario|livre|regle|question|texte|histoire|fin|intrigue] .. [aucun|pas de|pas] sens
[pas|aucun|plus] interet [a|de] [payer|acheter|attendre|repeindre|reparer|discuter|aller|appeler|regarder|venir|repasser|nettoyer|courir]
[en peux|peux] plus [de|d|avec|des|du] [rire|ce|ces|mon|cette chaleur|cette pluie|cette prof|chaleur|bruit|voisin|voisins|boulot|prof|hiver|froid|pluie|attendre|manger|j ai trop mange|travaux|mes collegues|la chaleur|la pluie|l hiver|moustiques]
[suicide|suicidaire] [squad|mission|collectif de|commercial|politique|au volant]
mission suicide
[plutot|preferer|prefere|preferais] [mourir|crever] [que|plutot]
overdose de [chocolat|cafe|sucre|fromage|films|noel|series|mignon|mignonnerie|vitamines|raclette|bonbons|travail|info|infos|culture]
[disparaitre|partir] [en vacances|du bureau|de la reunion|a la campagne|de twitter|des reseaux|de cette soiree]
[tue|tuer|meurs|mourir|mort] [dans|au] [le|ce|un|niveau] [jeu|film|niveau|serie|livre]
[donne|donner|donne] .. [brocante|vide grenier|vide dressing|emmaus|tri|trier|trop petits|trop petites|demenagement]
# Negations, and what is overcome.
[pas|jamais|aucune|aucun|sans|ni] [l|d|de|une|des|la moindre]? [envie|idee|idees|pensee|pensees|intention|intentions|pulsion|pulsions|penchant|penchants] [de|d|du]? [suicidaire~|noires|mourir|crever|en finir|me tuer|me suicider|suicide|me faire du mal|disparaitre]
[suis|etais|es|est|rassure~] [pas|jamais|plus] [du tout]? [suicidaire|depressif|depressive|en danger]
[veux|voudrais|compte|vais|ai|pense|pourrais|souhaite|songe|voulais|aimerais|envisage|ferai|ferais] [pas|jamais] [du tout|envie de|a|pense a|pense au|voulu|songe a|songe au|en|penser a]? [mourir|crever|me tuer|me suicider|en finir|suicide|au suicide|disparaitre|de betise|de connerie|me faire du mal]
[veux|voulais|ai] plus [envie de]? mourir [$|maintenant|depuis|du tout|et]
[ferais|ferai|fais|ferrai|fait|ferait] [jamais|pas|plus] [de|du] mal
jamais [je me ferais|je me ferai|me faire|je me suis fait] [du|de] mal
me [couperais|tuerais|suiciderais|scarifierais|suiciderai|tuerai] [jamais|pas]
[avant|epoque|ado|jeune|autrefois|jadis|adolescent|adolescente|lycee|college|annees|ans|passe] .. [voulais|pensais|songeais|avais|etais|ai voulu|ai pense|ai fait] .. [mourir|suicide|en finir|me tuer|suicidaire|idees noires|ts|pensees noires|tentative de suicide|tentative]
[survecu|depasse|surmonte|vaincu|sorti|sortie|gueri|guerie] .. [suicide|tentative|depression|scarification|idees noires|pensees noires]
[suicide|tentative|depression|scarification|automutilation|idees noires] .. [c est fini|derriere moi|fait partie du passe|du passe|il y a longtemps|je m en suis|je vais mieux|gueri|guerie]
[ai|ans|jours|mois] [arrete|sans] [de]? [me scarifier|me couper|me mutiler] [depuis|fier|fiere|je suis fier|je suis fiere|et je|$|trop]
peur [de|d] [mourir|la mort|crever]
[cru|failli|crois|croyais] [mourir|crever|y rester|m evanouir]
# Grief over a suicide of the past.
[s est|s etait|se sont] [suicide|suicidee|suicides|pendu|pendue|tue|tuee|jete~|donne la mort|ote la vie|defenestre~|flingue]
[a|avait|ont] mis fin a [ses|leurs] jours
[mort|morte|deces|perdu~|decede~] [par|d un|de|dans un] suicide
# Figures of speech.
[robe|beau|belle|bon|bonne|drole|triste|vue|dessert|gateau|est|tarte|chiant|s ennuyer|m ennuie|ennuyeux|cher] .. a [mourir|crever]
[va|vont|finira par|finiront par] [me|m|nous] [tuer|achever|rendre fou|rendre folle]
[c est|c etait|serait|etait|est] du suicide
[taux|prevention|formation|these|article|debat|etude|sociologie|durkheim|journee|asso|assos|association|campagne|statistiques] .. [suicide|suicides|suicidaire|suicidaires]
suicide [collectif|commercial|politique|professionnel|social|squad|economique|fiscal]
[mail|pot|discours|message|mot|cadeau|fete|repas|carte|apero|gouter] [d|de] [adieu|adieux|depart] .. [collegue~|boulot|bureau|boite|equipe|taf|prof|nounou|chef|stage|retraite|correspondant~|voisin~]
dernier~ [jour|soir|soiree|nuit|fois|message|journee|semaine] .. [boulot|taf|travail|bureau|cours|classe|vacances|stage|lycee|camping|hotel|ici a|dormir|ferie|soldes|rando|hiver]
plus [vivre|habiter|rester] [chez|en ville|a paris|en coloc~|en france|ensemble|dans cet appart~|dans cette maison|dans ce quartier|dans cette ville|a la campagne|seul|seule|en location|a l hotel]
plus vivre avec [lui|elle|eux|mes parents|mon ex|ma soeur|mon frere|des colocs|mes colocs|un coloc|mon mec|ma mere|mon pere|mon mari|ma femme|mes beaux]
[plante|plantes|basilic|cactus|orchidee|ordi|pc|telephone|voiture|script|tablette|batterie|chien|chat|hamster|poisson|poissons|lapin|papi|mamie|cochon|oiseau|moteur|langue|commerce|centre ville|abeilles|arbre|arbres|serveur|imprimante|pile|piles|pneu|pneus|ballon|abces|bouton] .. [meurt|meurent|mourir|mort|morte|morts|crever|creve|rendre l ame|suicider|euthanasier]
[reunion|consigne|exo|exercice|reforme|loi|polemique|debat|prix|facture|argument|mail|tweet|code|fonction|notice|choix|decision|horaires|planning|emission|cours|procedure|article|message|traduction|schema] .. [aucun|pas de|plus de|pas] [sens|interet]
[donne|confie|laisse|file|prete] .. [chat|chien|affaires|cles|poussette|guitare] .. [pour le week end|pour les vacances|pour la semaine|ce week end|le temps|pendant|emmaus|brocante|bonne cause|croix rouge|garde|en pension]
cachets [pour|contre] [l|la|le|mon|ma|mes|les|des]? [allergie~|grippe|mal|tension|dos|gorge|rhume|tete|chien|chat|thyroide|cholesterol|maux|migraine~|fievre|sinusite|lave vaisselle|toux|digestion]
[boite|tablette|paquet|sachet] de [chocolat~|bonbons|gateaux|cookies|biscuits|macarons|mouchoirs]
[corde|cordes] [a sauter|d escalade|de guitare|a linge|de rappel|vocale~|de violon|raide|pour|de basse]
[lame|lames] .. [marque|parquet|terrasse|scie|barbe|raser|rasage|essuie]
[j en]? finis [avec lui|avec elle|avec mon|avec ma|avec ce]
[en finir|en finis|finissons en|y mettre fin|mettre fin|mettre un terme] [avec|a|au] [cet|cette|ces|ce|le|la|les|lui|elle|mon|un|abonnement|notre|une|contrat] [abonnement|relation|contrat|couple|mariage|histoire|dispute|conversation|debat|bail|travaux|toxique|rhume|allergies|mon ex|poux|fourmis|cafards|punaises|$]
[personne|qui] .. [pleurerait|remarquerait|regretterait] .. si [cette|ce|le|la|les|on]
coup de [volant] pour eviter
passer a [autre chose|table]
[dormir|dormirais] [pour toujours|pour l eternite|cent ans|mille ans] [avec|par|sous|ce|$]? [ce temps|ce matin|cette pluie|la couette|cette chaleur]?
[exces|overdose] de [pub|pubs|reunions|mails|foot|politique|paillettes|sport|memes|visio|soleil]
[personnage|heros|heroine|acteur|actrice|chanteur|chanteuse|boss|zombie|perso|sim|sims|mario|mechant] .. [veut mourir|se tue|se suicide|meurt|mourir|suicide|donne la mort|disparait|disparaitre]
[lundi|dimanche|reveil] .. [envie de mourir|mourir|crever]
[pendre|pendu] [la cremaillere|la lessive|le linge|au telephone]
[jeter|jette|jetterai] [sur|un oeil|l eponge|a l eau]
sauter [de joie|le repas|un repas|sur l occasion|en parachute|a la corde|une classe|des lignes|a l elastique|le dejeuner]
[tuer|buter|defoncer] [le|la|les|un|des|ce] [temps|boss|moustique~|zombie~|guepe|araignee|mouche|mouches|dragon|monstre]
[lame|lames|rasoir|couteau|ciseaux] .. [barbe|legumes|cuisine|rasage|papier|tissu|jambes|maillot|coiffeur|parquet|aiguiser|pain|steak]
[cachets|paracetamol|xanax|antidepresseurs|antidepresseur|anxiolytiques|insuline|morphine|tramadol] .. [medecin|ordonnance|prescrit~|fatigue|pharmacien~|pharmacie|effet|effets|allergie~|matin midi|posologie|dent|dents|tete|regles|avant ou apres|mamie|papi|repas|diabete|grossesse|marche bien|m aident|efficace]
[train|metro|rer|quai|bus|tgv] .. [retard|retarde~|greve|sncf|ratp|annule~|correspondance|rate|billet|bonde|covoit~|voyageurs|climat~|place]
[pont|toit|balcon|fenetre|falaise|quai|etage] .. [vue|mai|tuiles|fuite|ascenseur|tomates|plantes|photo|photos|rando|terrasse|soleil|barbecue|ouvert|ouverte|courant d air|repeindre|jardiniere~|panneaux|marcher]
[pont] de [mai|l ascension|la pentecote|noel|bois]
[mer|lac|riviere|plage] .. [vacances|baigner|nager|peche|week end|soleil]
[la mort] [dans l ame|de mon|de ma|de son|de sa|du|de l|d un|d une|de notre|de]
[mort|morte|morts|mortes] [de|d|a]
[mort|morte] [aujourd hui|hier|ce matin|cette nuit|l an dernier|il y a|en <Y>|dimanche|paisiblement|subitement]
[peine|point|ange|langue|nature|saison|temps|feuille|ville|eau|bras|angle|poids] [mort|morte|mortes]
[c est|c etait|cest|trop|soiree|concert] [de la balle|mortel|la mort qui tue]
[mourir|mort|crever] [de|d] [rire|faim|soif|chaud|froid|fatigue|envie|honte|ennui|peur|trouille|sommeil|impatience|jalousie|amour|curiosite|stress|vieillesse]
[on|tout le monde|nous|il faut] .. [va|vont|doit|devra|allons] .. mourir [un jour|tous]
`,
  stories:
    "[chanson|chansons|paroles|refrain|film|films|livre|roman|poeme|personnage|personnages|jeu|niveau|boss|minecraft|fortnite|serie|saison|episode|anime|manga|scene|heros|mechant|documentaire|podcast|dissertation|expose|article|romeo|hamlet|bovary|netflix|la partie|une partie|parties|theatre|opera|stromae|rap|detox numerique|karaoke|chorale|se marie|me marie|mariage|formation|prevention|benevole|benevolat|infirmiere|sos amitie|statistiques|taux|au jt|aux infos|en philo|dissert|conference|scenario|script|parolier|paroliere|papier cadeau|papier toilette|demande sa main|retraite|pot de depart|croissants|loin derriere moi|derriere moi maintenant|c est du passe|m en suis sorti|m en suis sortie|sorti d affaire|sortie d affaire|j aime ma vie|j aime la vie|adore ma vie|content d etre en vie|contente d etre en vie|heureux d etre en vie|heureuse d etre en vie|tiens a la vie|et ma vie|canape|burger|fortnite|spawn|skin|gta|zelda|mangas|cours d histoire|musee|bd]",
  selfHarm: `
[dis|dites|direz|diras] [a]? .. [mere|pere|parents|famille|soeur|frere|enfants|tous|eux] .. [que je]? [l aime|les aime|l aimais|suis desole|pardon|c etait pas sa faute|pas leur faute|les aimais]
[c est] [mon|ma] dernier~ [soir|nuit|jour|soiree|message|fois] [$|ici|sur terre|en vie|avec vous]
[soir|nuit|jour] dernier~ de ma vie
<veux> <mourir>$
<veux> [mourir|crever|disparaitre|plus vivre|plus exister|plus etre la|etre plus la|etre mort|etre morte|plus me reveiller|pas me reveiller|jamais me reveiller|quitter ce monde|tout arreter|dormir pour toujours|m endormir pour toujours] 
[veux|peux|voudrais|sais|ai|avais] plus [envie|la force|le courage|de force|l envie|aucune envie|vivre|exister|etre la|etre ici|continuer|etre en vie|d etre la|rester en vie|me reveiller|de vivre|etre de ce monde|etre|avancer|lutter|me battre|le gout|gout a] [de|d|a]? [vivre|exister|continuer|rien|etre la|la vie|me lever|avancer|ici|etre en vie|me battre|comme ca|$|vivre comme|me reveiller|demain|lutter|rester]
<tuer>
[envie|besoin|idee|idees|pensees|penser|pense|pulsion|songe] .. [suicide|mort$|suicidaires|suicidaire|noires|en finir|d en finir|crever|disparaitre|mourir|plus vivre|sauter|me pendre|la mort]
[suicidaire|suicidaires|tendances suicidaires]
[le|mon|du|au|un] suicide [est|comme|$|me|serait|parait]
[tentative de suicide|fait une ts|fais une ts|ma ts|faire une ts|ma derniere ts]
[j aimerais|je voudrais|aurais prefere|prefererais|je prefere|je souhaite|j espere|je prie|aurais voulu] .. [etre mort|etre morte|pas etre nee|jamais etre nee|etre jamais nee|jamais naitre|pas exister|pas me reveiller|plus me reveiller|jamais me reveiller|mourir|qu un camion|qu une voiture|que tout s arrete|m endormir|plus exister|plus etre|etre pas nee|que ca s arrete|disparaitre|ne plus|etre plus la]
[si|et si|quand] je [mourais|meurs|crevais|disparaissais|disparais|me reveillais|suis|serai|serais|etais|creve|pars|me reveille|partais|me tuais|me tue|me suicide|me foutais|sautais] .. [pas|plus|personne|demain|mort|morte|quelqu un|vous|changerait|manquerai|manquerais|mieux|$|la|rien|remarquerait|tranquilles]
[personne|quelqu un|qui|vous|ils|elle|il] .. [remarquerait|remarquera|rendrait compte|rendra compte|manquera|manquerait|pleurerait|pleurera|manquerais|apercevrait|enterrement|triste|remarquerais|s en foutrait|verrait] .. [si|pas|sans|la|mon|je|$]
[je] manquerai~ [a]? .. [personne]
[m endormir|dormir|me coucher|fermer les yeux] .. [pas|plus|jamais] .. [me reveiller|reveiller|les ouvrir]
# No more.
[vois|trouve|y a|a|as|ai|comprends|sens|cherche|voit] [je]? .. [plus|pas|aucun|aucune|quel] .. [interet|sens|raison|but|issue|avenir|espoir|utilite|solution|point] [de|d|a|en|dans|pour]? [rien|vivre|la vie|continuer|ma vie|exister|tout ca|me lever|moi|$|etre la|rester|me reveiller|rester en vie|tout|etre en vie|l avenir]
[sans|plus de|plus d|plus aucun|aucun|pas d|pas de] [espoir|avenir|raison de vivre|issue|raison d etre|raison de rester|raison de continuer|futur|but dans la vie] [$|pour moi|de vivre|dans ma vie|et]?
[a quoi bon|a quoi ca sert|pourquoi|quel est le but|ca sert a quoi|ca sert a rien|quel interet|a quoi sert] [de|d]? [vivre|continuer|exister|me lever|etre la|je vis|je suis la|je continue|je suis nee|rester|rester en vie|la vie|je suis en vie|me battre|j existe|je reste|ma vie|avancer|de me lever|je suis encore]
[ma vie|la vie|vivre|rien|tout|exister|mon existence] .. [aucun sens|pas de sens|plus de sens|plus aucun sens|plus rien|rien|pas la peine|sans interet|inutile|n a plus|fini~|foutu~|pas le coup|vain] [$|d etre vecu~|la peine|etre|pour moi|n a|sans|valu]?
[vaut|vaux] [pas|plus|rien] [la peine|le coup] [de|d|$] [vivre|etre vecu~|continuer]?
[marre|fatigue~|ras le bol|epuise~|lasse|las|degoute~|saoule~|peux plus|assez|plein le dos] [de|d] [vivre|la vie|exister|cette vie|etre en vie|ma vie|tout$|me battre|lutter|souffrir|etre la|continuer|faire semblant d aller]
[en peux|peux] plus [$|de vivre|de la vie|de cette vie|d etre|de souffrir|d exister|de tout|de moi|je veux|et|vivre|faut|continuer|supporter|comme ca|j arrete]
[supporte|tiens|tiendrai|supporterai|tenir] plus [$|la vie|de vivre|ma vie|longtemps|cette vie|d etre en vie|rien|tout ca|le coup]
[tiendrai|tiens|tiendrais|passerai] [pas|plus] [longtemps|jusqu|la nuit|l annee]
[deteste|hais|degoute] [ma vie|vivre|exister|d exister|etre en vie|la vie|mon existence|etre nee]
je me [deteste|hais|degoute] [$|tellement|et|moi|de vivre|a mort]
[abandonne|j abandonne|je lache|baisse les bras] [$|la vie|tout|avec la vie]
[perdu|plus|pas] .. [gout|envie|joie] [a|de] [la vie|vivre]
[que|pour que] [tout|ca|la douleur|cette douleur|ma vie|mes souffrances] [s arrete|se termine|cesse|finisse|s arretent|prenne fin|se finisse]
[plus|trop] [mal|dur|penible|lourd] [de|d|a] [vivre|exister|etre en vie|continuer|etre la|porter]
# Burden.
[suis|etre|que|qu|rien|reste|serai] .. [un|le|qu un|une|de] [poids|fardeau|boulet|charge|parasite|erreur|gene]
[mieux|tranquille~|heureux|heureuse|soulage~|bien|plus simple|plus facile|plus leger|plus legere] [sans moi|si j etais plus|si j etais mort~|si j existais|si j etais pas|quand je serai plus|si je mourais|si je disparaissais|si je partais|si j etais jamais|si j suis plus|si je suis plus|quand j suis|une fois que je|si moi]
[merite|meritais|mérite] pas [de|d] [vivre|etre la|exister|etre en vie|la vie]
[devrais|aurais du|aurais pas du] [pas|jamais]? [exister|etre nee|naitre|etre en vie|mourir|crever|vivre|etre mort~]
[sers|manque|sert|utile|manquerai] [a]? [rien|personne] [$|sur cette terre|a personne|sur terre|ici|dans cette vie|dans ce monde]
[personne] .. [besoin de moi|tient a moi|regretterait|me regretterait|regrettera|veut de moi sur]
[pas|aucune] .. [ma place|de place] [sur cette terre|dans ce monde|ici bas|sur terre|nulle part]
[vide|mort|morte] [a l interieur|de l interieur|en dedans]
# Leaving.
[lettre|lettres|mot|message|messages|video|mots] [d|de|pour] [adieu|adieux|depart|quand je serai|apres ma mort|mon depart|quand je serais|suicide]
[ecrit|ecris|laisse|laisserai|fini|redige|prepare|poste] .. [lettre|lettres|mot|testament|message] .. [parents|mere|famille|soeur|frere|tous|table|trouver~|enfants|pere|liront|lira|quand|apres|chacun|bureau|oreiller|ma chambre|partir|$]
[adieu|adieux] [$|tout le monde|a tous|monde|la vie|ce monde|pour toujours|les amis|a ma famille|a mes]
[dit|dis|dire|faire|fais|fait] [au revoir|adieu|mes adieux|aurevoir] [a tout le monde|pour toujours|a tous|a ma famille|a mes|a la vie|a vous tous|definitivement]
[c est|cette|ce sera|voici] [mon|ma|la|le] dernier~ [nuit|soir|soiree|jour|message|fois|journee|anniversaire|conversation|noel] [$|ici|sur|en vie|que|avec|vivant~|ensemble|de ma vie]
[donne|donné|distribue|legue|offert] .. [mon chien|mon chat|toutes mes affaires|mes affaires|tout ce que|mes vetements|ma guitare|mes jeux|ma console|mes livres|ma collection|tout] [.. plus|.. besoin|$|a ma|a mon|je n en|a mes]
[aurai|aurais|ai] [plus|pas] besoin [la ou|bientot|de rien|$|de tout ca|dans|apres]
[quand|une fois que|lorsque|si] [je] [serai|serais|suis] [plus la|plus de ce monde|mort~|partie pour|parti pour|plus|mort|morte]
[occupe~|prends|prenez|veille~|dis|dites|embrasse~] .. [mon chat|mon chien|ma soeur|mes enfants|ma mere|mon frere|mes parents|ma famille] .. [quand|si je|apres moi|quand je serai|plus la|pardon|que je l aime|que je les aime|pour moi une derniere]
[bientot|demain|ce soir|cette nuit|ce week end|vendredi|cette semaine|dans quelques jours] .. [tout sera fini|ce sera fini|je serai plus|plus la|c est fini|tout est fini|j en finis|j arrete tout|je pars pour|serai libre|en paix|je me tue|sera termine|je le fais|je serai mort|je serai morte|disparu|c est la fin|je saute|je passe a]
[serai|sera|suis|verrai|vivrai|fêterai|passerai|arriverai|fait] .. [plus|pas] .. [la|demain|noel|mes 18|longtemps|l annee|le printemps|ete|de ce monde|la semaine]$
[tout] .. [regle|pret|range|en ordre|prepare|prevu] .. [partir|peux partir|depart|pour apres|m en aller|le jour ou|soulage|au revoir|quand je]
[choisi|fixe|prevu|trouve|decide] .. [date|jour|endroit|methode|moyen|lieu] [$|pour mourir|pour en finir|pour partir|ou je|pour le faire|de ma mort|pour passer]
# Methods.
[combien|quelle|quel|assez|quels|ca suffit] .. [cachets|paracetamol|xanax|dose|insuline|lexomil|aspirine|antidepresseurs|boites|efferalgan|valium|poison|tramadol] .. [mourir|plus se reveiller|se reveiller|pas se reveiller|faut|mortelle|tuer|crever|danger~|suffit|pour que|dormir pour|plus me reveiller|prendre|fatale|letale|overdose]
[avale|avalé|avaler|pris|prends|prendre|gobe|bu|prise|avaler|ingere] .. [tous|toute|boite|boites|plaquette|tube|trop|plein|20|30|40|vingt|trente|<N>|une vingtaine|poignee] .. [cachets|boite|xanax|paracetamol|lexomil|tramadol|antidepresseurs|d un coup|plaquette|aspirine] [d un coup|et|$|ce soir|la|hier|y a|de|j ai]
[cachets|xanax|lexomil|boite de cachets|paracetamol] .. [stocke|garde|cache|mets de cote|accumule|tiroir|devant moi|regarde|fixe|dans la main|sous la main|compte|economise|d un coup]
[stocke|garde|cache|mets de cote|accumule|economise|fixe|regarde] .. [cachets|xanax|corde|lame|couteau|fusil|arme|flingue|rasoir|boites] [$|et|devant|depuis|pour|en|dans|du|de mon|sur]
overdose
[corde|lame|lames|fusil|arme|couteau|rasoir|flingue|cutter] .. [sous la main|dans le tiroir|achete~|prete|pret|dans ma chambre|dans la cave|cou|poignet|poignets|veines|ma peau|dans le placard|sous mon|devant moi|a portee|regarde|a la main|dans le garage|avant bras]
[facon|moyen|methode|maniere|mort] .. [sans douleur|indolore|rapide|facile|plus simple|sure|moins douloureu~|sans souffrir] .. [mourir|suicider|en finir|partir|crever|se tuer|me tuer|$]
[comment] .. [mourir|se suicider|se pendre|en finir|se tuer|crever|faire un noeud coulant] [sans|rapidement|vite|avec|facilement|$|doucement]
[ca fait mal|douloureux|ca fait|souffre] .. [mourir|se pendre|se noyer|se jeter|pendaison|noyade|sauter]
[noeud coulant|noeud de pendu]
[pont|toit|rails|quai|voie|balcon|fenetre|falaise|voies|bord|rebord|parapet] .. [facile|sauter|saute|tomber|tombe|pense|laisser|pas a faire|fini|vide|un pas|pousser|imagine|jeter]
[debout|assis~|monte~|penche~|regarde|reste] .. [pont|toit|rails|quai|balcon|falaise|fenetre|vide|parapet] [$|et je|a me|en me|je pense|en pensant|et]
[foncer|rouler|voiture|volant|moto] .. [dans un arbre|contre un mur|un mur|un arbre|dans le decor|le ravin|platane|dans le mur]
# Injury.
[me|m] [scarifie|coupe|mutile|taillade|automutile|suis scarifie~|suis coupe~|suis mutile~|fais du mal|fait du mal|faisais du mal|suis fait du mal|brule|blesse expres|punis|suis recoupe~|recoupe|griffe] [$|depuis|les bras|le bras|les cuisses|la peau|en|quand|pour|les poignets|les veines|le soir|avec|tous|chaque|encore|et|volontairement|expres|les jambes|a|hier|parce|car|a nouveau|mais|y a|le poignet|les avant]
[envie|besoin|recommence|commence|veux|arrete|arreter|peux|pense|repris|retombe~|vais] .. <mal> [$|encore|de nouveau|pour|les|et|la|avec]?
[scarification~|automutilation~|scarifier|automutiler]
[cicatrices|coupures|marques|traces|pansements|entailles|plaies] .. [bras|poignets|cuisses|manches|poignet|cache|avant bras|jambes]
[voir|vois] .. [sang] .. [couler|soulage|calme|bien]
[peur] .. [de moi meme|de ce que je pourrais|de ce que je peux me|de me faire quelque|de me faire du mal|de faire une betise|de passer]
faire une [betise|connerie] [$|ce soir|avec|si]
[voix|tete] .. [dit|disent|ordonne|pousse] .. [mourir|tuer|sauter|en finir|me couper|de le faire|me faire]
[retombe~|rechute|replonge] .. [scarif~|lame|coupures|me couper]
# Understated.
[m en fous|m en fiche|m est egal|est egal|derange~ pas|derangerait pas|m en ficherais|importe|m importe] .. [mourir|vivre|vivant~|creve|renverse|meurs|mort|vis|reveille|disparaitre|vive|me reveiller|pas me reveiller|demain]
[mort|mourir|crever] .. [serait|semble|est|parait] .. [soulagement|mieux|solution|paix|delivrance|issue|liberation|repos|plus simple|plus doux|belle]
[seule|unique|meilleure] [solution|issue|option|sortie] .. [mourir|mort|suicide|partir|en finir|disparaitre|me tuer|sauter]
[sais|crois|pense] [pas] .. [si je serai|que je serai|que je vais|si je vais|combien de temps|si je] .. [la demain|tenir|survivre|passer|demain|encore la|vivre|reveiller|en vie]
[rien|personne|plus rien] .. [me retient|me rattache|me garde|pour vivre|a perdre|m attend|retient ici|pour qui vivre|me retenir|m accroche]
[raison de|raison pour] [vivre|rester|continuer|me lever] 
[rejoindre|retrouver|suivre|etre avec] .. [mamie|papi|mere|pere|frere|soeur|lui|elle|la haut|grand mere|mari|femme|fils|fille|paradis|ciel] [$|au ciel|la haut|au paradis|dans la tombe|la|de l autre|maintenant|dans la mort]
[depuis] .. [mort|partie|parti|decede~|partis|morte|deces] .. [veux|envie|rejoindre|suivre|vivre|plus la force|partir]
[failli|presque|a deux doigts de] .. [sauter|le faire|en finir|tout avaler|passer a|me tuer|saute|mourir]
[pret|prete] a [partir|mourir|tout lacher|m en aller|en finir|tout quitter|faire le grand saut] [$|pour|je]
[partir|m en aller|quitter] [pour de bon|definitivement|pour toujours|loin de cette vie|et jamais revenir|et plus revenir|ce monde|cette terre|cette vie]
[besoin|envie] [de|d] [dormir|sommeil] [eternellement|pour toujours|a jamais|eternel]
[au bout|a bout] [du rouleau|de ma vie|de mes forces]
[disparaitre] [$|a jamais|pour toujours|et|sans laisser|definitivement|de la surface|de cette]
[vouloir|voudrais|veux|envie] .. [crever|creve|mourir]
# Nothing of it is left.
a quoi bon [$|demain|tout|continuer|vivre|lutter|rester|me lever|essayer|tout ca|s accrocher|faire semblant|se battre|exister|me soigner|attendre]
[plus|pas|aucune] [la|de|le|l|d]? [force|courage|energie|foi|volonte] [de|d|pour]? [continuer|vivre|me battre|rien|lutter|avancer|faire semblant|tenir|affronter|exister|me relever|respirer|me lever le|la vie]
[ai] [plus|pas] [la|de|le] [force|courage|forces] [$|et|je|ni]
tout essaye .. [rien|reste|psy|medecins|therapie|traitements|m en aller|mieux|medocs]
reste [plus|rien]? qu [a|une] [m en aller|partir|mourir|disparaitre|issue|solution|sortie|en finir|la mort|porte|chose a faire|tirer]
[qu une|une seule|seule|qu un|qu|plus qu une|autre] [issue|sortie|solution|facon|maniere|moyen|option|porte de sortie] [et tu sais|la corde|la mort|pour moi|d arreter|pour que|et c est|d en finir|que|me reste|la tombe|possible|reste|pour arreter|mourir|partir|disparaitre]
[pas|plus|aucune|aucun] [d]? autre [choix|solution|issue|sortie|option] [$|que de mourir|que la mort|que de partir|que d en finir|pour moi|pardon~]
[pas|plus|aucune] [d]? [issue|porte de sortie|lumiere au bout|lendemain|demain pour moi|place pour moi|horizon]
[ce qui|quoi|rien|personne|qu est ce qui|pas ce qui|quelque chose] .. [me retient|me retiens|me rattache|me raccroche|m accroche|me garde en vie|me maintient]
[sais] [pas|plus] [a]? quoi .. [m accrocher|raccrocher|me raccrocher|sers|vivre]
[lutte~|resist~|tenir|combattre|bats] [plus longtemps]? [contre|face a|a] [ces|les|mes|cette|des|ma]? [pensees|idees|envies|envie|voix|pulsion|pulsions|demons|tete]
[pensees|idees|envies|pulsions] [noires|sombres|morbides|de mort|d en finir|qu avant|dangereuses|intrusives|qui me font peur|qui reviennent|macabres]
[pensees|idees|envies|envie] [reviennent|sont revenues|sont de retour|revient|qui revient]
[arrive|arriverai|arrivais|reussis|sais|parviens] [pas|plus] a [vivre|exister|etre en vie|rester en vie|me supporter|continuer a vivre|trouver une raison]
lache pour [vivre|mourir|me tuer|le faire|en finir|sauter|passer]
[ose|oserai|oserais|courage|cran|force|couilles|cran] [pas|de|d]? [mourir|me tuer|le faire$|sauter|en finir|me suicider|passer a l acte|appuyer sur la]
pas une vie .. [fin|mourir|finir|partir|plus]
[sortir|descendre|demissionner|conge|desabonner|desinscrire|deconnecter|m echapper] de [la|cette|ma|l] [vie|existence]
[bouton off|bouton eteindre|touche supprimer]
[m eteindre|me desinstaller|me debrancher|me deconnecter|me desactiver|m effacer|me supprimer] .. [pour toujours|definitivement|a jamais|pour de bon|de la carte|de ce monde|de la surface]
[arreter|arrete|cesser|cesse] d exister
[arreter|cesser] de [vivre|respirer]$
[aspire|soupire|languis|reve] .. [a la fin|la mort|ma fin|ma mort|delivrance|repos eternel|neant|a l oubli|au repos|a la paix|du neant]
[attends|attend|hate] [plus]? [que]? [de|d|la|ma|mon|que ca|le]? [mort|delivrance|le rejoindre|la rejoindre|les rejoindre|fin de ma vie|tour de mourir|mourir|d etre mort~|que ca finisse]
delivrance .. [attends|voila|mort|vie|mourir|enfin la]
[libere~|delivre~|debarrasse~] .. [moi|me] .. [de cette vie|de la vie|de ce corps|de ce monde|de mes souffrances|de cette souffrance]
[liber~|delivr~] de cette vie
[dieu|seigneur|ciel|allah|la mort|la faucheuse] .. [me rappelle~|me prenne|me reprenne|vienne me|m emporte|me delivre|m emmene|me chercher|m oublie|pas de moi]
[se donner|se donne|se donnent|me donner|me donne] la mort
[suisse|belgique|dignitas|euthanasie] .. [mourir|depression|en finir|pour moi|pour de bon|dernier voyage|finir mes jours]
[espere|voudrais|aimerais|prie|souhaite|reve|arrangerait|veux] .. [un cancer|le cancer|tomber malade|maladie mortelle|maladie grave|accident mortel|avoir un accident|infarctus|avc|me percut~|m ecras~|me renvers~|me fauch~|m emport~|qu on en finisse|qu on m acheve|que mon coeur s arrete|mon coeur lache|seront mauvais|plus jamais ouvrir|rupture d anevrisme]
[voiture|camion|bus|train|metro|avion|bagnole|chauffard|foudre|poids lourd|tram] .. [m ecras~|me renvers~|me percut~|me fauch~|me passe|m emport~|me roul~|me rentre|se crash~|tombe sur moi|me tomb~] 
[mort|mourir|crever|tombe|neant] [a l air|semble|parait|est|serait|serai|m appelle|m attire|me semble|me parait|ca doit etre|doit etre|me fait] .. [tranquille|doux|douce|paisible|calme|belle|envie|simple|facile|reposant|reposante|delivrance|amie|oeil|seule|bien|solution|mieux|soulagement|cadeau|liberation]
[beau|belle|bon|beau|parfait|parfaite|bonne] [journee|jour|nuit|moment|temps|endroit|soir] pour [mourir|en finir|sauter|disparaitre]
[imagin~|pense a|pense|reve de|planifi~|prepar~|organis~|ecris|choisi|vois|visualise|regle|paye] .. [mes funerailles|mon enterrement|mes obseques|ma tombe|mon cercueil|mon epitaphe|ma mort|ma propre mort|mon eloge|mon avis de deces|ma crémation]
[fait mon temps|assez vecu|vecu assez|mon heure est venue|mon tour de partir|plus rien a faire ici|plus rien a faire sur terre|plus ma place|rien a faire sur cette terre]
temps [pour moi de|que je] [partir|parte|m en aille|disparaisse|m en aller|disparaitre|tire ma]
[jour ou|quand|lorsque|des que|si] [il|elle|mon chien|mon chat|ma mere|mamie|ils|lui] [part|meurt|mourra|partira|sera plus la|s en va|disparait|s eteint] [je]? [pars|aussi|le suis|la suis|suivrai|le suivrai|la suivrai|le rejoins|la rejoins|plus rien]
[vis|tiens|reste|existe|respire|la|debout] [plus]? [que|uniquement|seulement] [pour|grace a] [mon|mes|ma|eux|lui|elle|maman|pas faire de]
[abreg~|ecourter] [ma vie|mes souffrances|moi|tout ca|mes jours|la souffrance|mon existence|l agonie]
[lacher prise|laisser aller|lacher la rampe|laisser couler|laisser partir] [et|pour]? [partir|pour de bon|$|mourir|dormir|couler]
^[pour toujours|definitivement|a jamais|pour de bon]$
[je veux|j ai besoin de|j aimerais|je voudrais|envie de|faut que je|je vais] [partir|m en aller|m enfuir] [loin de tout et|et plus|sans retour|pour ne plus|pour plus|au ciel|la haut|la ou|et jamais|rejoindre|dans mon sommeil|en silence|en paix]
[va te pendre|tue toi|suicide toi|va crever|va te tuer|va mourir|fous toi en l air] [$|peut etre|et|ils|tous|je]
[je veux|je voudrais|faut|que|pour que] [que]? [tout]? [ca|sa|tout|ma tete|le bruit|cette souffrance|la souffrance] [s arrete|sarrete|sarette|s arette|stoppe|cesse|se taise|s eteigne|disparaisse]
je suis [qu]? [un|une] [dechet|merde|erreur|rate|ratee|moins que rien|honte|parasite|monstre|echec|ratage|cas desespere|fantome|zombie vivant] [$|et|je|depuis|pour|qui]
[suis|me sens] de [$|partout|dans cette|sur cette|dans ce monde]
[devrais|aurais] pas [du]? etre [la|en vie|nee|ici|de ce monde] [$|sur terre|et]
supporte plus [moi|je|d etre moi|mon reflet|$|l idee de vivre|la vie|d exister|le monde]
[ressens|eprouve] plus rien
[survis|coquille vide|existe sans vivre|vis plus je|deja mort~ a l interieur|mort de l interieur|morte de l interieur|mort dedans|morte dedans]
[je] [meurs|creve] a petit feu
[plus|pas] envie [d etre|de] [la|de ce monde|demain|vivre|me reveiller|exister|lutter|continuer|rien|voir demain]
[envie|besoin] [de|que] [rien]? [d etre en vie|sauf mourir|sinon mourir]
# Burden.
[gache|pourris|ruine|empoisonne|complique|detruis|bousille|plombe|gene] [la vie|leur vie|vos vies|l existence|leurs vies|tout le monde]
je [leur|vous|te|lui]? [coute|pese] [cher|lourd|a|sur|que]
plus [a|besoin de|avoir a] [vous|te|s|m] occuper de moi
[debarrasse~|delivre~|libere~|soulage~|tranquille~|liberes|tranquilles|mieux|allege~] [de moi|de mon poids|sans moi|quand je serai|si je|une fois que je|le jour ou je]
[vaux|vaut|vaudrais|sers|servirais|rapporterais|rapporte|utile] .. [mort|morte] [que|qu]? [vivant~|en vie|vif|$]
[mort|morte] [je]? [servirais|vaudrais|rapporterais|serais|ferais|couterais|derangerais|generais]
[pas|plus] besoin de moi [$|et|ici|pour|de toute]
[assurance vie|assurance deces|assurance] .. [sauverait|sauvera|paierait|paiera|toucheront|toucherait|couvre|verse|versera|suffirait|touchera|reglerait|meme en cas de suicide|si je me]
[meritent|merite|meritez|merites|auraient] mieux qu [une|un|moi] 
mieux que moi [comme|pour] [mere|pere|fils|fille|eux|leur|ami|amie|elle|lui]
[manque|manquerai|manquerais|manqueraient] a personne
[si je|que je] [disparaisse|disparaissais|creve|crevais|meure|mourais|parte|partais] [ou pas|ca changerait|personne|qui|ca ferait|ils|vous|rien|tout|on]
[oublie~|oublieront|oublierait|oublierez] [vite|tous|en une semaine|au bout] 
tous [mieux|contents|soulages|heureux|tranquilles] [sans moi|quand|si je|apres]
# Means.
[achete|trouve|commande|emprunte|vole|sorti|prepare|noue|accroche|installe|recupere|choisi|attache|mis|repere|pris|fabrique|fait] [deja|tout|hier|enfin]? [une|la|ma|le|mon|un|des|les|assez de|de la|du] [corde|lame|lames|fusil|flingue|noeud coulant|cutter|opinel|cachets|poison|rasoir|revolver|pistolet|poutre|noeud|mort aux rats] [$|pour|et|ce|cette|hier|je|solide|sur|elle|qui|m attend|au|a la cave|dans|devant]
[arme de service|mon arme|fusil|revolver|pistolet|flingue|corde|poutre|lame|rasoir] .. [pense~|dit que|simple|tempe|bouche|charge|facile|fait de l oeil|m appelle|m attire|me tente|m attend|obsede|plus qu a|solution|sortie|soulag~|parle]
[regarde|fixe|pense a|pense au|pense|sorti|charge|caresse|sors|nettoie] .. [mon arme|arme de service|fusil|flingue|corde|poutre|lame|revolver|pistolet]
[pont|vide|balcon|cachets|train|rails|fenetre|toit|metro|riviere|mer|viaduc|falaise] .. [me fait de l oeil|m appelle~|m attire~|me tente~|m obsede~|m attend|y pense|en reve|m appelait|me parle]
cachets .. [de cote|de la maison|tous|en reserve|ca fait beaucoup|dans la main|au creux|sur la table|pour mourir|plus jamais|d un coup|assez|suffira~|suffirait]
[rassemble~|reuni~|compte~|aligne~|etale~|vide~|accumule~|recupere~|mis de cote|collectionne|planque|cache] .. [cachets|plaquettes|boites de cachets|armoire a pharmacie|pharmacie|anxiolytiques|antidepresseurs]
[il se passe quoi|que se passe t il|qu est ce qu il se passe|qu est ce qui se passe|on meurt|on en meurt|meurt on|ca tue|c est mortel|en combien de temps|on souffre|ca fait quoi|dangereux] .. [cachets|avale~|paracetamol|insuline|pont|veines|saute|sautant|pend|noie|javel|gaz|xanax|etage|hauteur|surdose|antidepresseurs|lexomil|mourir|pendu|monoxyde]
[meurt|mourir] .. [combien|vite|sans souffrir|a coup sur|en tombant|en sautant|du combientieme|quel etage|quelle hauteur]
[arrete|arretee|saute|prends plus|pris plus|prendrai plus] [mon|mes|ma|l|volontairement] [insuline|dialyse|chimio]
[pense|songe|reve|envie|imagine|idee] .. [ouvrir le gaz|le gaz|monoxyde|eau de javel|javel|barbecue dans]
[train|rer|metro|camion|bus|tgv|tram|voiture] [et]? [me mettre|me jeter|me coucher|sauter] [devant|dessous|dessus|sous]
[me mettre|me jeter|me coucher|m allonger|me foutre|passer|finir] [devant|sous|sur] [le|un|une|les|la|l] [train|rer|metro|camion|rails|voie|route|voies|voiture|tgv|bus|periph|autoroute]
[coup de volant|lacher le volant|lacher le guidon|fermer les yeux au volant] [et|pour|suffirait|suffit|c est|ce serait|dans|$|contre]
[monte|monter|montee|suis|retourne|vais|grimpe|grimper|assis|assise|debout|reste|remonte|perche|perchee|haut|bord] [sur|au|a|en|le|du|de|d] .. [toit|pont|parking|rambarde|parapet|falaise|rebord|tour|viaduc|balcon|corniche|quai|rails|barrage] .. [saut~|vide|fini|rentrer|redescendre|descendre|mourir|en bas|tomber|lacher|pas si je|un jour|adieu|tout arreter]
[un jour|ce soir|demain|bientot] je [sauterai|saute|le ferai|me lance|me jette]
saute~ [ou|sinon|si] .. [retenir|retient|reponds|personne]
# Injury.
me [griffe|tape|frappe|cogne|mords|arrache|pince|brule|plante|lacere|taillade|coupe|ouvre|entaille|charcute] .. [sang|contre le mur|tete|cheveux|peau|expres|punir|calmer|sentir|bleus|cuisses|poignet|poignets|compas|ciseaux|briquet|clope|cigarette|se taise|evacuer|cachette]
me suis [griffe~|tape~|frappe~|cogne~|mordu~|brule~|taillade~|coupe~|ouvert~|entaille~] .. [expres|volontairement|pour sentir|pour me punir|pour me calmer|avec une clope|clope|cigarette|briquet|compas|ciseaux|lame|cutter|rasoir|cuisses|cuisse|poignet~|veines|avant bras|hier soir|cette nuit|pour ressentir|pour evacuer]
sans [me|m] [couper|scarifier|mutiler|bruler|faire du mal|automutiler] .. [mais|craque~|rechute~|ce soir|dur|envie|compteur|rate|tenir|zero]
[coup|coups] que je me donne
[merite] [de|que] [souffrir|crever|mourir|avoir mal|la douleur|ca fasse mal|d avoir mal|d en baver]
[lame|lames|rasoir|cutter|compas|ciseaux|briquet] .. [m arreter|arreterai|peau|me calme|m aide|me soulage|m apaise|cette fois|poignet~|veines|sang|me manque|me manquent|sous mon matelas|sous l oreiller|coque]
pour [sentir|ressentir|me sentir] [quelque chose|un truc|vivant~|que je suis en vie|autre chose]
[douleur|sang|saigner|couper] .. [me fait du bien|me calme|me soulage|m apaise|me fait sentir|me vide la tete]
[cuisses|bras|poignets|jambes|avant bras] .. [cicatrices|coupures|marques|scarif~|brulures|traces|lacere~|bandes]
[manches longues|manches|bracelets|jogging] .. [pour cacher|pour pas qu|canicule|cache|caches|cacher|personne voie|traces|poignets]
[envie|besoin|manque|obsession] .. [de voir mon sang|de saigner|de sang|de ma lame|la lame|de lame|de douleur]
[mange|manger|bois] [plus|rien] .. [expres|mourir|m eteindre|disparaitre|partir|finir]
# Farewell.
pardonne~ moi [tous|d avance|pour ce que je|ce que je|un jour|je peux plus|de partir|si je pars|mes enfants|maman|papa]
[m en veuillez|m en voulez|en veuillez|m en veux|m en vouloir] pas [$|pour ce que|je vous|d accord|de partir|si je pars|quand je|maman|papa]
pas m en vouloir$
adieu .. [pardon~|aime~|veuillez|vous etiez|t etais|soyez|prenez soin]
tire ma reverence
[garde~|gardent|gardez|auras|aura|avoir|aient|reste~] .. [souvenir|souvenirs] de moi
[souvenez vous|souviens toi|rappelez vous|oubliez moi|oublie moi|m oublie] [de moi|pas|vite|$|comme]
[file|donne|distribue|legue|laisse|trie|range|partage|offert|revendu|vide|reparti|vendu|confie|prepare|jete] .. [affaires|play|console|guitare|jeux|bijoux|collection|cles|codes|mots de passe|chat|chien|chienne|compte|comptes|vinyles|livres|vetements|chambre|cartons] .. [souvenir|plus besoin|chacun|quand je serai|apres moi|en paix|plus la peine|servira plus|serviront plus|pour apres|partir|prendre soin|derniere fois|quelque chose]
[testament|papiers|comptes|mots de passe|affaires|obseques|volontes|assurance] .. [en ordre|pret~|regle~|signe~|fait~|redige|rediges] .. [peux partir|partir|tranquille|en paix|m en aller|c est bon|plus rien]
tout est [en ordre|regle|prevu|pret|range|planifie|organise|ecrit|note|decide] .. [je peux partir|peux m en aller|la lettre|l endroit|la corde|les cachets|pour apres|plus qu a|le lieu|mourir|partir en paix]
[lettre|lettres] .. [l endroit|l heure|la corde|le lieu|la methode|sur la table|sur le bureau|pour chacun|sous l oreiller|dans le tiroir|si jamais je|quand je serai|pour expliquer pourquoi]
[dis|dites|diras|direz|dire] [leur|lui|a maman|a papa|a mes|a ma] .. [les ai aime~|l ai aime~|les aimais|l aimais|pas sa faute|pas leur faute|de sa faute|de leur faute|y est pour rien|y sont pour rien|pardonner|pas coupable~|je les aime|fier~ d eux]
[personne est|c est la faute de personne|vous y etes pour rien|tu y es pour rien|ce sera pas votre faute|ce sera pas ta faute|c est pas votre faute] [coupable|responsable|$|si je]?
[plus|pas] [jamais]? [l occasion|le temps] de [la|le|les|te|vous] [faire|voir|revoir|remercier|gouter|dire|connaitre] [$|mais|avant]
[sache~|saura|saurez|sauront|comprendrez|comprendront|comprendras|sachez|sachent|saches|sache] pourquoi [je|j] [l ai|ai|suis parti|suis partie|pars|fais|le fais|l aurai|serai]
[quand|lorsque|si] [tu|vous|ils] [lirez|liras|lis|lisez|lisent|liront|trouverez|recevrez|recevras|verras|verrez|me trouverez] .. [serai|mort|morte|parti|partie|loin|ce message|ceci|cette lettre|ce mot|tard|plus la]
merci pour tout .. [adieu|pardon|tu as fait|vous avez fait|tu m as|au revoir|vous avez ete|tu as ete]
[vis|vivez|soyez|sois|continuez|profite|profitez] .. [sans moi|pour moi|a ma place]
[retenez|retiens|retenir|sauver|sauvez|m empecher|empechera|changera] [pas|plus|personne|rien] .. [moi|decision|avis|partir|choix]
[tard] pour [m aider|me sauver|me retenir|me raisonner|me faire changer|m empecher]
[ma|mon|la] [decision|choix] [est|etait] [prise|fait|faite|irrevocable|definitive] .. [tard|calme|en paix|peur|ce soir|mourir|partir|adieu|pardon~|personne|m en|cette nuit|pars]
depuis que j ai [decide|choisi|pris|fixe|accepte] .. [de partir|date|en finir|mourir|d en finir|de mourir|disparaitre|que ce serait la fin|methode]
[calme|leger|legere|apaise~|en paix|serein~|soulage~|libere~|tranquille] .. .. [bientot fini|c est fini$|ai decide|decision est prise|date|choisi|partir$|la fin$|plus mal bientot|d en finir|tout est pret]
[trie|triees|range|vide|donne] .. affaires .. .. [en paix|chacun aura|chacun|a personne]
[verrai|reverrai|connaitrai|feterai|passerai|atteindrai|vivrai|depasserai|verrez|verras] [pas|plus|jamais|me] [le|la|les|mes|l|mon|ma|cette|cet|jusqu|tout]? [prochain|prochaine|plus|fin de]? [printemps|ete|hiver|automne|noel|nouvel an|<N>|anniversaire|trentaine|demain|matin|semaine|mois|annee|soleil|lever|rentree|trente ans|vingt ans|vieillir|$]
[serai|serais] [deja]? [mort|morte|plus la|plus de ce monde|parti|partie] [d ici la|avant|demain|a ce moment|depuis longtemps|dans|avant que|avant noel|lundi|l ete]
vais bientot [savoir|le savoir|decouvrir|verifier|y aller|partir pour|le rejoindre|la rejoindre|les rejoindre]$
[croit|crois|croient|serieux|croira] .. .. [le faire|passer a|vais le faire|sauter|ils verront]
ils verront [bien]? [quand|demain|$]
signe .. [le faire|de partir|en finir|tout arreter|passer a|sauter]
[me fais|fais|ai] [plus|pas] confiance [ce soir|seul|seule|cette nuit|en moi|quand je suis|$]
3114 .. [vide|repond~|occupe|attente|sonne|raccroche|saute]
[appel~|sonne|essaye~|raccroche] .. 3114
[compte a rebours|reste|plus que|encore] <N> [jours|heures|nuits|semaines] [et|avant]? .. [c est fini$|mourir|pour moi|d en finir|ma mort|adieu|plus souffrir|le grand|serai plus|libre]
ma [tentative|ts|derniere tentative|derniere ts]
tentative .. [en <Y>|exactement|la meme chose|recommence|repense|envie]
[avait|aurait du|aurait|a] [pas]? [marche|reussi|fonctionne] [la|cette|l] [derniere|premiere|autre|fois] 
[me suis|m etais|me etais] [rate|ratee|loupe|loupee|manque|manquee] [$|la|et|cette|une]
[auraient|aurait|auriez|aurais] du me laisser [mourir|partir|crever|la|dans|y|me]
laisse~ moi [mourir|crever|m en aller|partir en paix|disparaitre|en finir]
[voix] .. [dans ma tete|me hurle|m ordonne|me murmure|me poussent|me repete~|me disent|me demandent|me dit] .. [mourir|sauter|le faire|tuer|finir|couper|mal|sers|rien|$|merite]
[j y|y] [songe|pense|repense] .. [en boucle|jour et nuit|nuit et jour|sans arret|de plus en plus|chaque nuit|a en finir|serieusement]
rien fait .. mais [j]? [y]? [songe|pense]
[si|quand] [seulement]? [je pouvais|on pouvait|je pourrais] [m eteindre|disparaitre|m endormir|mourir|me desinstaller|ne plus|plus me]
jamais [du]? [naitre|venir au monde|du naitre|etre mis~ au monde]
[pourquoi] [je suis|on m a|m avoir|m as tu|vous m avez] [encore|toujours]? [vivant|vivante|en vie|nee|mis au monde|mise au monde|laisse~ en vie|reanime~|sauve~]
[vivement|hate que] .. [je creve|que je creve|je meure|mon tour|la mort|mon enterrement|que ce soit fini|que tout soit fini]
# What could be used, and what is thought beside it.
<moi> .. <arme> .. <dessein>
<moi> .. <bord> .. <dessein>
<dessein> .. <arme> .. <moi>
<dessein> [a|au|aux|du|de|d|sur|sous|devant|dans|par|depuis]? [le|la|les|un|une|l|ce|cette|mon|ma|mes]? <arme>
<dessein> [au|du|sur|sous|devant|par|depuis] [le|la|les|un|une|l|ce|cette]? <bord> [$|et|la|ce|cette|en|pour]
<arme> .. <dessein> .. [moi|je|j|$]
<bord> .. [m appelle|m attire|m appellent|me tente|m attend|fait de l oeil|me jeter|sauter|en finir|plus souffrir|plus jamais|j y pense|me laisser]
[combien|quelle dose|assez|trop|surdose|melange~|avaler|avale|gober|vider] [de|la|le|une|ma|tous|toute|mes|mon|les|d]? <arme> [$|pour|et|faut|avec|tue|est|on|il|peut|d un|ce|hier|cette]
# Death and oneself in one sentence.
[je|j] .. [etre|serai|serais|suis deja|etais|soit|sois|sera|serait] [deja]? [mort|morte]
[ma mort|ma propre mort|mon suicide|mes obseques|mon enterrement|ma tombe|mes funerailles|mon cercueil|mes cendres|mon dernier souffle|mes derniers instants|mes derniers jours|mes dernieres heures|ma derniere heure|ma fin]
[je|j|me|moi] .. [mourir|crever|suicide|suicider|la mort|euthanasie|l au dela] .. [$|et|mais|ou|plutot|mieux|plus|enfin|si|que]
[mourir|crever|suicide|suicider|la mort] .. [je|j|me|moi|m]
[pense|penser|pensees|songe|parle|idee|idees|envie|envies|reve|obsede~|cherche|chercher|attends|attire~|fascine~] .. [mort|mourir|crever|suicide|suicider|disparaitre|me tuer|en finir|au dela|neant]
[merite] .. [mourir|mort|crever|ce qui m arrive|vivre|douleur]
[mieux|mieux que|plus simple|plutot|prefere|autant] [etre]? [mort|morte|mourir|crever|disparaitre]
[autant] [en finir|mourir|crever|disparaitre|partir|tout arreter|sauter]
# Sleep, vanish.
[endors|endormir|dormir|coucher|couche|yeux|nuit|sommeil|reveille|reveiller] .. [plus jamais|jamais|plus|pas|eternel~|pour toujours|pour de bon] .. [reveil~|ouvrir|matin|lever|$|rouvrir]
[pas|plus|jamais|sans] [me|m] [reveiller|reveille] [$|demain|et|un jour|le matin|du tout|jamais|plus]
[je|j|me] .. [disparaitre|disparaisse|disparaissais|m evapore|m effacer|m efface|invisible] .. [pour toujours|personne|tous|mieux|monde|jamais|de la|rien|sans|$]
# Life and no.
[plus|pas|jamais|rien|marre|fatigue~|las|lasse|assez|epuise~|arreter|cesser|impossible|dur|quoi|pourquoi|incapable|oblige~|force~|peine|horreur|peur] [de|d|a|que|la force de|le courage de|envie de|l envie de|le gout de|la peine de]? [vivre|exister] [$|et|je|plus|dans ce|dans cette|comme|avec ca|avec cette|avec moi|sans|ca|ici|encore|tout|pour|si|c est|cette vie|longtemps|maintenant]
[vivre|exister|respirer] .. [me fatigue|m epuise|m interesse plus|fait mal|trop dur|est un poids|est une souffrance|plus possible|insupportable|pour rien|sert a rien|plus de sens|pas fait~ pour|corvee|supplice|torture|douleur|mal|lourd|dur]
[ma vie|la vie|mon existence|cette vie] .. [fini|finie|foutue|ratee|gachee|vide|enfer|cauchemar|sert a rien|vaut rien|vaut plus|n a plus|a plus|m interesse plus|a aucun|inutile|echec|pour moi c est|s arrete|doit s arreter|termine|terminee|sans but|m a quitte|supplice|douleur|souffrance|torture]
[pas|plus] [fait|faite|faits] pour [vivre|cette vie|ce monde|la vie|etre ici|cette terre]
[continuer|tenir|avancer|lutter|me battre|supporter|endurer|faire semblant] .. [plus la force|sert a rien|a quoi bon|plus possible|plus capable|plus envie|pourquoi|plus longtemps|pour quoi|pour qui]
[plus|pas] .. [la force|le courage|l energie|capable|envie|possible|raison|l espoir|espoir] .. [continuer|tenir|vivre|lutter|me battre|d etre la|me relever|avancer|esperer|rester]
[plus|aucun|aucune|sans|perdu] [d|de|tout|mon|l]? [espoir|avenir|lumiere|futur|raison de vivre|raison d exister|gout a rien|envie de rien|gout a la vie]
[plus rien|rien] [a|n a|m|ne]? .. [sens|d importance|m attend|me fait envie|me fait rien|vaut|retient|a perdre|espere|attends|importe|interesse|de gout|a attendre de]
[pourquoi|pour quoi|pour qui|pour quelle raison] .. [je suis la|je continue|continuer|je reste|me lever|j existe|je me leve|je respire|rester|je m accroche|suis encore|me battre|lutter|tenir]
[souffr~|douleur|mal] .. [s arrete|s arretera|cesse|plus jamais|fin|enfin|trop|plus supporter|supporte plus|arreter|jamais fini|stop|insupportable] .. [$|moi|je|tout]
[je|j] [veux|voudrais|demande|cherche|souhaite|attends|ai besoin] [que|plus que|d|de]? [la|le]? [paix|repos|silence|neant|oubli|delivrance] [$|eternel|eternelle|pour toujours|enfin|et]
# Oneself and the others.
[sans moi|si j etais pas|si je disparais|si j etais plus|quand je serai plus|si je suis plus|apres moi|apres ma mort|une fois partie|une fois parti] .. [mieux|bien|tranquille~|heureux|heureuse|vie|soulag~|s en sort~|remettr~|continu~|avancer|libres|respir~|plus facile|mieux loti~|debarrass~|oubli~|$]
[mieux|bien|tranquille~|heureux|heureuse|soulag~|s en sort~|remettr~|libres|respir~|facile|plus] .. [sans moi|si j etais pas|si je disparais|si j etais plus|quand je serai plus|si je suis plus|si je partais|si j avais pas exist~]
[personne|aucun|qui] .. [me|m|moi] .. [manquer~|regrett~|pleur~|cherch~|aime|veut|voit|remarqu~|souvien~|aider|entend|retient|sauv~] .. [$|plus|si|mort~|jamais|vraiment]
[je|j] [suis|me sens|serai|etais|sers] [qu]? [de|un|une|en|le|la|a]? [poids|fardeau|boulet|charge|parasite|gene|erreur|obstacle|rien|trop|bon a rien|bonne a rien|inutile|encombrant|encombrante|invisible] [$|pour|et|dans|a|de|depuis]
# Farewell.
[derniere|dernier|dernieres|derniers] [fois|message|messages|nuit|soir|jour|mots|heures|lettre|anniversaire|noel|volontes|repas|bisou|calin|regard|promenade|conversation] .. [que je|que tu|vous|moi|pour moi|de ma vie|adieu|merci|$|avant que|avant de partir|ecris]
[dire|dit|dis|fait|faire] [au revoir|adieu|mes adieux|pardon] [a|aux] [ceux|tous|tout|mes|ma|mon|la vie|quelques|chacun|la famille|eux|tlm]
[je vous|je t|je les|vous] [aime|ai aime~|aimais] [tous|fort]? [adieu|pardon~|au revoir|oubliez|oublie|prenez soin|mais je|c est fini|soyez]
[pardon|desole|desolee|excusez moi|excuse moi] [pour|de|a]? .. [tout ce que|ce que je vais|vous laisser|te laisser|partir|pas ete a la hauteur|tous|maman|papa|mes enfants|avoir existe|exister|vous infliger|d etre nee|etre la|d exister|d etre]
[veille~|occupe~|prends|prenez|prendre|soin] .. [chat|chien|petit frere|petite soeur|enfants|mere|maman|plantes|parents|famille|soeur|frere|fille|fils|lui|elle|eux] .. [sans moi|quand je|apres|si je|si jamais|a ma place|il m arrive|plus la|pour moi]
[qui] .. [occuper~|prendra|gardera|nourrira|veillera] .. [chat|chien|enfants|mere|animaux|petits] .. [sans moi|quand je|apres|si je|plus la|mort~]
[si] [jamais]? [il m arrive|je reponds plus|je donne plus|je reviens pas|je me reveille pas|j y reste|demain je] .. [quelque chose|malheur|nouvelles|dis|dites|sache|pas|$|que je]
[plus|pas] besoin [de]? .. [la ou je|la haut|bientot|d ici la|ou je vais|dans l autre]
[la ou je|ou je] [vais|pars] .. [$|besoin|froid|mal|plus]
[bientot|enfin|ce soir|demain|cette nuit|dans <N>] .. [je serai|je pars|je vais|ce sera|tout sera|j aurai|serai] .. [plus mal|plus la|fini|avec mamie|avec papi|avec maman|avec papa|avec elle|avec lui|avec toi|ailleurs|paix|libre|loin|termine|souffrir|au ciel|etoile~|repos]
# Self-injury.
[je|me|j|m] .. [scarif~|mutil~|automutil~|taillad~|entaill~|lacer~]
[je|me|j|m] .. [coup~|brul~|griff~|frapp~|cogn~|saign~|mord~|blesse~|ouvr~|punir|punis|mal] .. [bras|cuisse~|poignet~|jambes|ventre|peau|expres|volontairement|lame~|rasoir|cutter|compas|ciseaux|briquet|cigarette|sang|punir|calmer|soulag~|apais~|sentir|ressentir|vivant|vivante|cachette|manches|recommence~]
[lame|lames|rasoir|cutter|coupures|cicatrices|cicatrice|sang|plaies|entailles|scarif~|mutil~] .. [bras|cuisse~|poignet~|jambes|ventre|peau|cacher|cache|caches|manches|fraich~|nouvelle|nouvelles|rouvr~|recommence~|soulag~|calme~|apais~|manque~|envie|besoin|en aura]
[envie|besoin|recommence~|rechut~|craqu~|replong~|retombe~] .. [couper|scarif~|mutil~|faire du mal|lame~|bruler|sang|saigner|me blesser|me punir|me frapper|faire mal|automutil~]
`,
  other: `
[mon|ma|un|une|notre|sa|son] .. <personne> .. [se scarifie|se coupe|se mutile|se fait du mal|veut mourir|veut se tuer|veut se suicider|suicidaire|se tuer|se suicider|veut plus vivre|veut en finir|a avale|a pris des cachets|se faire du mal|s automutile|se foutre en l air|a fait une ts]
[mon|ma|un|une] .. <personne> .. [choisi|fixe|prevu|decide|a une|a deja] .. [date|jour|methode|plan|moment] [$|pour|ou|et|de]
[mon|ma|mes|un|une|sa|son|notre|quelqu|y a|ton|ta] .. <personne> .. [veut|dit|parle|pense|menace|va|m a|a|se|est|essaye|ecrit|envoie|n arrete|voulait|arrete|poste|s est|m|fait|tente|parlait|disait|veux|vient|pleure|raconte|repete|prevoit|a dit|s] .. [mourir|se tuer|se suicider|suicider|suicide|en finir|d en finir|se scarifie|se coupe|se mutile|mutile|scarifie|suicidaire|suicidaires|disparaitre|plus vivre|se pendre|se faire du mal|adieu|plus etre la|plus exister|mettre fin|fin a ses jours|cachets|sauter|se jeter|en l air|se foutre|morte|crever|plus envie de vivre|envie de vivre|plus se reveiller|un poids|mieux sans|scarifier|tuer|du mal|veines|plus la]
[il|elle|ils|iel] .. [dit|parle|veut|m a|menace|va|ecrit|pense|a dit|essaye] .. [se tuer|se suicider|suicider|mettre fin a ses|se scarifie|se foutre en l air|veut mourir|en finir avec la|se pendre|suicide|plus vivre|mourir]
[comment|quoi|que] .. [aider|faire|dire|fais] .. [quelqu un|ami|amie|soeur|frere|mere|personne|elle|lui] .. [suicid~|mourir|scarifie|se tuer|mutile|en finir|se coupe|plus vivre]
[trouve|vu|decouvert|vois] .. [coupures|lames|lame|lettre d adieu|cicatrices|marques|cachets] .. [bras|chambre|soeur|frere|ami|amie|fille|fils|poignets|sac|sa|son|ses|copine]
[il|elle|on|lui|<personne>] [a|avait|m|m a|est|va|veut|voulait|dit|disait|menace|parle|repete|jure|pense|ecrit|vient|semble|se|me|s|annonce|poste|refuse|fait] .. [mort que vivant|morte que vivante|la rejoindre|le rejoindre|les rejoindre|qu une sortie|la corde|sa propre mort|plus rien a attendre|fini pour lui|fini pour elle|se pendre|se tuer|se suicider|se foutre en l air|se flinguer|se jeter|mourir$|en finir$|d en finir|plus vivre|envie de vivre|se faire du mal|se scarifie~|se mutile~|se laisser mourir|idees noires|idees suicidaires|suicidaire|suicidaires|passer a l acte|se taillade~|s ouvrir les veines|partir pour de bon|plus la force de vivre|disparaitre pour|lettre d adieu|mot d adieu|adieu|plus se reveiller|plus se lever|arreter de vivre|serait mieux mort|serait mieux morte|mieux sans|sert a rien|servait a rien|tout arreter|tente de|sa tentative|une ts]
qu [il|elle|ils] [en finit|va en finir|va mourir|va sauter|va se|veut se tuer|voulait mourir|veut mourir|allait se|allait mourir|sert a rien|veut plus vivre|voulait plus vivre|tiendra pas|serait mieux mort|serait mieux morte|a plus rien a|a plus de raison|en aurait plus besoin|en aura plus besoin|recommencera|recommence|veut partir$|voulait partir$|voulait disparaitre|veut disparaitre|se coupe|se scarifie|se mutile|se fasse du mal|se tue|se suicide|saute|passe a l acte|fasse une|fasse quelque|se foute|s en prenne a|craque|laisse tomber la vie|voulait en finir|veut en finir]
[il|elle|<personne>] .. [toit|pont|rambarde|rebord|balcon|parapet|rails|falaise|fenetre] .. [veut pas|sauter|recommencera|approche|descendre|aidez|menace|va sauter|se jeter|saute]
[retenu~|attrape~|empeche~|rattrape~] .. [rambarde|pont|toit|sauter|fenetre|se jeter|de le faire|de se]
[enferme|enfermee|barricade|barricadee] .. [fusil|arme|couteau|lame|lames|cachets|repond plus|repond pas|rasoir|sang|corde]
[salle de bain|salle de bains|toilettes|chambre] .. [du sang|sang sous|repond plus|lame|lames|vide la boite]
[depend~|decroche~|trouve~|retrouve~] .. [a temps|pendu|pendue|inconscient~ avec|avec une corde|les veines]
[promis|jure|promet] .. [rien se faire|pas se faire|pas le faire|rien faire de|pas recommencer] 
[inquiet|inquiete|m inquiete|peur|angoisse|flippe|sens pas|l aider] .. .. [betise|connerie|pour sa vie|plus besoin|se fasse|suicid~|passe a l acte|irreparable|se tue|se supprime|adieu|testament]
[donne|distribue|file|vend|legue|confie|debarrasse] .. [ses affaires|ses codes|ses bijoux|ses mots de passe|son chat|son chien|ses jeux|ses livres|tout ce qu] .. [serein~|besoin|bizarre|inquiet~|m inquieter|inquiete|sens pas|calme|etrange|adieu|sans raison|d un coup]
[elle|il] [garde|gardait|cache|cachait|stocke|planque|achete|collectionne] .. [cachets|lame|lames|corde|rasoir|fusil]
[ado|fille|fils|eleve|soeur|frere|ami|amie|patient~|coloc] .. [gardait|cachait|stocke|stockait|planque] .. [cachets|lame|lames|corde]
refuse de [manger|s alimenter|se soigner|prendre|boire] .. [partir|mourir|vivre|finir]
[il|elle|<personne>] .. [cherche|tape|recherche|google|regarde|demande] .. [comment mourir|comment se tuer|se pendre|suicide|sans douleur|mourir sans|se suicider|noeud coulant]
[parler|dire|dit quoi|aider|soutenir|repondre|faire|fais|reagir|dis] .. [quelqu un|ami|amie|lui|proche|personne|elle|ado] .. [suicidaire|veut mourir|veut se tuer|se scarifie|se mutile|veut en finir|veut plus vivre|parle de mourir|parle de suicide|se coupe|se suicider]
<personne> .. [envoye~|envoyer|ecrit|laisse|poste|redige] .. [lettre d adieu|mot d adieu|message d adieu|adieu|ses adieux|texte sur sa mort|sa mort]
[redaction|dessin|poeme|texte|story|post|statut|journal] .. [sa mort|sa propre mort|suicide|mourir|en finir|plus vivre|se tuer|scarif~|adieu]
[il|elle|<personne>] [a|avait] [fait|redige|signe|prepare] son testament
`,
};
