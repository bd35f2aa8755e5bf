import { FR_DANGER } from "./fr/danger.ts";
import type { Phrases } from "./phrases.ts";

export const FR: Phrases = {
  fillers:
    "ne n vraiment juste trop tellement parfois souvent franchement genre wesh grave meme mdr lol ptdr xd haha bah ben bref frere frr mec meuf simplement carrement toujours encore aussi peut_etre honnetement serieusement litteralement putain si_seulement actuellement enfin tout_simplement un_peu sincerement",
  synonyms:
    "qqn:quelqu un|qqun:quelqu un|kelkun:quelqu un|sarrete:s arrete|sarette:s arrete|arrette:arrete|ptet:peut etre|ptetre:peut etre|peutetre:peut etre|jen:j en|jmsens:je me sens|jsens:je sens|jvoulais:je voulais|jdois:je dois|jtiens:je tiens|mieu:mieux|srx:serieusement|bcp:beaucoup|tjs:toujours|tjrs:toujours|auj:aujourd hui|dja:deja|vrmt:vraiment|jsers:je sers|servirai:servirais|mériterais:merite|merites:merites|tuerai:tuerai|meuric:mourir|mourire:mourir|suissidaire:suicidaire|suicider:suicider|depri:depression|toute:tout|seul:seul|jai:j ai|jen:j en|jme:je me|jmen:je m en|jveux:je veux|jveu:je veux|veu:veux|jvx:je veux|vx:veux|jsuis:je suis|jsui:je suis|chui:je suis|chuis:je suis|jss:je suis|sui:suis|jvais:je vais|jvai:je vais|vai:vais|jfais:je fais|jpeux:je peux|jpx:je peux|jpeu:je peux|peu:peux|jvois:je vois|jaimerais:j aimerais|jaimerai:j aimerais|aimerai:aimerais|jvoudrais:je voudrais|voudrai:voudrais|jpense:je pense|jsais:je sais|jaime:j aime|jhais:je hais|jdeteste:je deteste|jetais:j etais|den:d en|dêtre:d etre|detre:d etre|dexister:d exister|tas:t as|tes:t es|cest:c est|cetait:c etait|sa:ca|ya:y a|pr:pour|ds:dans|ac:avec|avc:avec|kan:quand|qd:quand|plu:plus|pu:plus|jpp:j en peux plus|jp:j en peux|tt:tout|ts:ts|tlm:tout le monde|vs:vous|ns:nous|moin:moins|rien_du_tout:rien|reveil:reveil|mourrir:mourir|mourire:mourir|suicid:suicider|sucider:suicider|suissider:suicider|medocs:cachets|medicaments:cachets|medoc:cachets|comprimes:cachets|pilules:cachets|somniferes:cachets|dolipranes:cachets|doliprane:cachets|maman:mere|papa:pere|daronne:mere|daron:pere|reum:mere|frerot:frere|soeurette:soeur|copine:amie|pote:ami|potes:amis|pote:ami|copain:ami|snapchat:snap|insta:instagram|ig:instagram|tel:telephone|num:numero|tof:photo|photos:photo|pic:photo|treize:13|quatorze:14|quinze:15|seize:16|douze:12|onze:11|dix:10|14aine:14|ados:ado|dc:donc|psk:parce que|pcq:parce que|oklm:tranquille",
  ...FR_DANGER,
  groups: {
    ...FR_DANGER.groups,
    app: "[snap|instagram|whatsapp|telegram|discord|tiktok|facebook|fb|messenger|skype|numero|telephone|06|07|mail|email|adresse|pseudo|contact|reseaux|twitter|kik|roblox|zoom|signal|profil|compte]",
  },
  otherAges: `
[enseigne|prof|professeur|donne des cours|institutrice|instit|surveillant|j enseigne|donne cours] .. [en|aux|de|college|lycee|cm2|6|5|4|3|<N>]
a [ton|votre|son|mon] age
[avais|avait|a|quand j avais|depuis|vers|des|y a|il y a|pendant|avant|apres|entre|jusqu a|de mes|a mes|fait|ont|avaient|aurait|aurais|comme si j avais|j ai l impression d avoir|autour de|lors de mes|ados de|dans|ca fait|aura|environ|l age de] [mes|l age de|mes|environ|peut etre|plus de|bien|que]? <N>
<N> ans [de|d] [experience|mariage|carriere|metier|boite|relation|vie commune|amitie|difference|ecart|pratique|service|maison|permis|vie|conduite|retard|credit|fidelite|retraite]
<N> ans [plus tard|apres|avant|que je|qu on|ensemble|deja que|dans cette|ferme|de plus|de moins|d intervalle]
[j ai|on a|nous avons|vu|fait|lu|attendu|mange|achete|perdu|gagne] [eu|fait|encore|plus de|mange|lu|vu|achete|attendu|couru|dormi|genre]? <N> [minutes|min|mn|heures|h|jours|semaines|mois|euros|balles|chats|chiens|enfants|pages|points|km|kilos|kg|degres|secondes|mails|fois|cm|mm|m|livres|freres|soeurs|cousins|niveaux|episodes|essais|eleves|personnes|collegues|de moyenne|sur|billets|buts|parties|grammes|litres|followers|abonnes|poules]
[mon|ma|mes|son|sa|ses|notre|nos|leur|le|la|ton|les] [fils|fille|frere|soeur|neveu|niece|chien|chat|chatte|petit|petite|enfant|enfants|cousin|cousine|gamin|gamine|ado|voiture|mome|aine|ainee|cadet|cadette|filleul|filleule|grand|grande|gosse|jumeaux|jumelles|eleves|ami|amie|beau fils|belle fille|cheval|maison|amis|plus jeune|benjamin|puce] .. <N>
<N> [minutes|min|heures|h|jours|semaines|mois|euros|balles|km|degres]
[niveau|chapitre|page|episode|saison|ligne|bus|numero|etage|taille|chambre|iphone|route|porte|quai|place] <N>
`,
  age: `
[j|je] [ai|n ai|viens d avoir|aurai bientot|suis age de|suis agee de|fais] [que|seulement|a peine|presque|environ|bientot|tout juste|eu|deja|un peu plus de|genre]? <N> [ans|piges|$|et|mais|printemps|balais|toi|balai]
^[oui|non|moi|bah|salut]? [moi]? <N> [ans|piges] [$|et toi|toi|et vous|tu|f|m|fille|garcon|h|de|meuf|mec]
^<N> [et toi|toi|hbu|wbu|f|h|et vous]$
[viens d avoir|viens de feter mes|vien d avoir|viens de faire|ai eu|ai fete mes|viens d en avoir] <N>
^[une|un]? [fille|garcon|f|h|m|mec|meuf|ado|nana|lyceen|lyceenne|collegien|collegienne] [de]? <N> [ans]? [$|ici|et|de|qui]
[suis] [une|un] [fille|garcon|ado|meuf|mec|nana] [de|d] [10|<N>]
^ai <N> ans
[mon age] [c est|est]? <N>
[age|agee] de <N>
10 sept ans
[a] <N> ans [j ai pas|on a pas|j ai le droit|j ai pas le droit|t as pas le droit|je suis trop|je peux pas|on peut]
`,
  birthday: `
[vais avoir|aurai|vais feter mes|fete mes|vais faire|j aurai|prends|bientot|feter mes|je vais sur mes|vais sur mes|presque] <N> [ans|$|en|le|dans|bientot|demain|piges|la semaine]
[mes|pour mes] <N> ans [c est|en|le|dans|demain|bientot|je voudrais|je veux]
`,
  school: "",
  schoolYear: 0,
  born: `
[suis|^|j suis] nee .. <Y>
[suis|je suis] [de|du] <Y>
`,
  minors: [
    [
      12,
      `
[suis|vais|passe|rentre|entre|^|etais|moi|j suis] .. [en|a|au] [6|5|4|3] [e|eme|ieme|emee|emme|em]
[suis|vais|passe|rentre|entre|^|redouble|commence|redouble ma] .. [en|ma|la] [sixieme|cinquieme|quatrieme|troisieme] [$|au|a|b|et|mais|1|2|3|4|5|6]
[suis|vais|rentre|^|etudie] .. [au college|en college|a l ecole primaire|en primaire|en cm2|en cm1|au collège|collegien|collegienne|en segpa] [$|et|mais|a|en|donc]
[suis] .. [collegien|collegienne]
[passe|prepare|ai|reviser|revise|revision~] [le|mon|pour le|pour mon|du] brevet
`,
    ],
    [
      15,
      `
[suis|vais|passe|rentre|entre|^|redouble|commence|redouble ma] .. [en|ma] [seconde|2nde|2 nde|premiere|1ere|1 ere|terminale|tle|term|tale] [$|au|a|b|s|es|l|generale|pro|techno|et|mais|stmg|st2s|1|2|3|4|sti]
[suis|vais|rentre|^] .. [au lycee|en lycee|a lycee|lyceen|lyceenne] [$|et|mais|a|en|donc|pro]?
[suis] .. [mineur|mineure|ado|adolescent|adolescente|pas majeur|pas majeure|un enfant|une enfant|trop jeune pour|un gamin|une gamine|moins de 18]$
[pas] [majeur|majeure|encore 18|18] [$|ans|mais]
[ai] [pas|moins de] 18 [ans|$]
[mineur|mineure] [$|mais|et|de]
[passe|prepare|revise] [le|mon|pour le] [bac|bac blanc|bac de francais|bac francais] [$|cette|en|de|l annee|dans]
[majeur|majeure|18 ans|18] [que]? dans .. [ans|mois|annees|an]
dans .. [ans|mois|an] .. [18|majeur|majeure]
`,
    ],
  ],
  contact: `
[donne|passe|file|donnes|envoie|as|t as|c est quoi|ajoute|rajoute|suis|mon|ton|c est|echange~|sur|par|au|voici|tu peux me donner|filer|passes|donner|veux|tiens|on se parle sur|prends|note|follow|add|j ai un|j ai|quel est|cherche] [moi|tu|ton|mon|un|on|sur|par|le|tes|nos|me|moi sur|toi|voila mon|c est]? [ton|mon|sur|un|tes|mes|le|via|l|sur ton]? <app>
[ajoute|rajoute|add|appelle|contacte|ecris|follow|suis moi|appeler|visio|appel video|facetime|mp|dm] [moi|m|on|toi|sur|$|me|s appelle|a deux]
[on] [se voit|se voir|se verra|se capte|se rencontre|se retrouve|pourrait se voir|peut se voir|se rejoint|se fait|s appelle|se call|pourrait se rencontrer|peut se rencontrer|se rencontrerait|se fera|se donne rendez vous|se croise|peut s appeler|va se voir|sort ensemble|traine ensemble|se voit en vrai]
[veux|voudrais|aimerais|peux|envie|pourrait|peut|dispo|ca te dit|ca te dirait|tu viens|quand est ce|viens|j aimerais|pourrais|faut|partante?|chaud|chaude|faudrait] .. [se voir|te voir|me voir|te rencontrer|se rencontrer|me rencontrer|venir chez moi|qu on se voie|qu on se voit|chez moi|chez toi|en vrai|qu on se capte|me rejoindre|te rejoindre|venir me chercher|me chercher|sortir avec moi|traîner|trainer|en vocal|en visio|boire un|au cinema|au cine]
[viens|tu viens|passe|rejoins|venir|passes] [chez|me|moi|a la maison|me chercher|a]? [chez|moi|maison|chercher|rejoindre|voir]
[tu habites|t habites|habites|tu vis|tu viens|t es] [ou|dans quelle ville|d ou|ou exactement|quelle ville]
ou [tu|t|est ce que tu] [habites|vis|crèches|es exactement|loges]
[j habite|je vis|mon adresse|mon college|mon lycee|mon ecole] [c est|est|au|a|rue|dans|s appelle|pres|au numero] [le|la|<N>|rue|a|quartier|au|l]?
[seul|seule|toute seule|tout seul] [a la maison|chez moi]
[parents] .. [sont pas la|pas la|sont partis|rentrent|absents|partent|travaillent]
[rencard|rendez vous|rdv] [avec|tous|$|ensemble|au|samedi|demain]
[mec|meuf|petit ami|petite amie|copain|copine|amoureux|couple|sugar daddy] [avec moi|pour moi|$]
`,
  sexual: `
[envoie|montre|veux|veux voir|donne|file|voir|photo|envoies|montres|as|echange|envoyer|montrer|envoi|mate|vends|voudrais] .. [nude|nudes|nue|nu|toute nue|tout nu|seins|bite|teub|queue|chatte|cul|fesses|culotte|sous vetements|zizi|nichons|penis|soutif|a poil|dick pic|boobs|dickpic|string|lingerie|poitrine]$
[nudes|nude|dickpic|dick pic|photo de cul|photo hot|photo nue|photo a poil|photo sexy|photo coquine] 
[veux|envie|voudrais|aimerais|on|peux|vais|laisse|tu veux|j vais|besoin|faut|reve] .. [baiser|te baiser|me baiser|niquer|ken|te ken|sexe|faire l amour|coucher avec|te lecher|sucer|te sucer|me sucer|te prendre|sexter|sexting|me branler|te branler|branler|me masturber|une pipe|un cunni|te doigter|me doigter|doigter|te deshabiller|te toucher|t enculer|t enfiler|te defoncer|te demonter|du sexe|une fellation|plan cul|jouir|jute|te sauter|un plan|te peloter|une sodo]
[suis|es|me rend~|rends|t es|tu es|je suis|chauffe|met|mets] [tu|moi|me|tout|toute|bien|super|tres|hyper]? [chaud|chaude|excite~|mouille~|bande|bandes|en chaleur|horny|en rut|hot] [$|la|ce soir|rien|comme|pour|quand|avec|dis|tu|je|toi|parle|envoie|et]
[je|j|tu|me fait|me fais] [bande|bander|mouille|mouiller]
[dis|parle|raconte|dire|chuchote|ecris|parler] .. [cochon|cochons|cochonnes|sale|sales|coquin~|cochonneries|salaces|salete~|cru|hot|crades|cochonne]
[suce|leche|baise|nique|branle|prends|doigte|mords|chevauche|defonce|encule] [moi|me|la|le|ma|mon|lui|ta|ton] [$|bite|la|queue|seins|chatte|fort|bien|encore|fesses|toute|en|par|teub|les|maintenant|cul|dans|comme|sauvagement|bebe]
[ma|ta|mon|ton|sa|tes|mes] [bite|queue|teub|chatte|cul|seins|clito|penis|zizi|vagin|couilles|boobs|nichons] [est|dure|trempe~|$|dans|mouille~|me|veut|en|sont|ferme~|grosse|sur|toute|bien]
[elle|tu|combien|t as] .. [grosse|mesure~|longueur|taille] .. [bite|queue|teub|seins|soutif|bonnet|sexe|penis|boobs|poitrine]
[fais|fait|taille] .. [quelle|du combien] .. [bonnet|seins|soutif|bite]
[portes|as] .. [quoi|en dessous|dessous|comme culotte|comme sous vetements] [la|$|sous|en ce moment|dessous|ce soir]
[me|te|se] [branle|masturbe|touche|caresse|doigte|branles|masturbes|touches|caresses|doigtes] [$|en|tu|sur|pour|avec|le soir|la|toute|tout|pendant|dans|devant|souvent|en pensant]
[sexe|sexto|sextos|sexting|plan cul|partouze|fellation|sodomie|levrette|orgasme|cunni|pipe|trio|gorge profonde|69] [avec|au|$|ensemble|ce soir|par|maintenant|entre|la|virtuel]
[deshabille|deshabilles|desape|mets] [toi|te] [$|pour moi|devant|nue?|a poil|lentement|maintenant]
[enleve|retire|enleves] [ton|ta|tes] [haut|culotte|soutif|vetements|tshirt|pull|pantalon|slip|calecon|string|t shirt]
[es|suis|t es] [tu]? [vierge|soumis~|domina~|nue|nu|a poil|toute nue|tout nu|en culotte|au lit nue|coquine|bonne au lit] [$|la|en|dans|sous|maintenant|ou]
[position|fantasme|fantasmes|fetiche] [prefere~|sexuel~|$|coquin~|a toi|au lit]
[discussion|conversation|chat|parler|tchat|roleplay|rp] .. [hot|coquin~|sexe|sexy|chaud~|cochon~|erotique]
`,
  intimate: `
photo .. [de moi|de toi|de ton|de tes|de mon|de mes|sans|en maillot|en sous]
[envoie|montre|veux|envoyer|voir|file|prends|envoies|t envoie|montrer] .. [photo|video|selfie|corps|visage|jambes|pieds|ventre|maillot]
[sans|en] [haut|tshirt|vetements|culotte|sous vetements|maillot|bikini|soutif|serviette|pyjama|la douche|boxer|t shirt|calecon|string]
[embrasse~|embrasser|bisou|bisous|calin|calins|rouler une pelle|galoche|toucher|me touche|m a touche~|caresser|pelotage|bisouter|embrasserais] 
[suis|es|trouves|trouve] [je|tu|moi|que je suis|t]? [trop|tres|plutot]? [belle|beau|sexy|mignon|mignonne|jolie|bonne|attirant~|canon|moche|bg|fraiche]$
[sexe|sexy|sexuel~|vierge|virginite|nue|porno|regles|puberte|seins|penis|vagin|capote|preservatif|masturb~|faire l amour|coucher avec|premiere fois avec|ma premiere fois|pilule du lendemain|enceinte|je t aime|amoureu~ de toi|flirter|draguer|excite~|kiffe sur toi|poitrine|erection|coquin~]
[as|cherches|veux|cherche|t as|eu] .. [un mec|une meuf|un copain|une copine|un petit ami|une petite amie|un homme plus|amoureux|un plus vieux|un ami|une amie]$
[hommes|mecs|garcons|filles|gars|femmes|homme|mec|copain] .. [plus ages|plus vieux|plus age|mur|murs|plus agees]
`,
};
