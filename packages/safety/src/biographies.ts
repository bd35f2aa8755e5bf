import type { SafetyLanguage } from "./types.ts";

/**
 * What only a person has: an age, a place of birth, parents, a job. A bot that says so claims to be human without the word. Lines of the pattern
 * language of patterns.ts, without the fillers of claims.ts; `<age>` is a number in digits or words.
 */
export interface Biography {
  /** Numbers in words from 18 on, which are no word of another kind. */
  readonly ages: string;
  readonly jobs: string;
  /** What a bot may well say: "I live in the cloud". */
  readonly honest: string;
  readonly lines: string;
  /** An offer or an agreement to meet, for which a bot has no body. */
  readonly meets: string;
}

export const BIOGRAPHIES: Readonly<Record<SafetyLanguage, Biography>> = {
  en: {
    ages: "[eighteen|nineteen|twenty|thirty|forty|fifty|sixty] [one|two|three|four|five|six|seven|eight|nine]?",
    jobs: "[nurse|doctor|teacher|student|engineer|lawyer|baker|cook|chef|waiter|waitress|driver|farmer|soldier|mechanic|mother|father|mum|mom|dad|parent|widow|grandmother|grandfather|grandma|grandpa|plumber|barista]",
    honest: `
is there [a|an]? [real]? [person|human]
[not|never] [made]? of? flesh
[not|never] [a|an]? <job>
i was [not|never] born
born [in|from|out] [a|the|some]? [code|lab|software|silicon|cloud|server|data|text]
i [am|come] [not|never]? from [a|the|some]? [internet|cloud|server|code|computer|machine|data|web|screen|software|land]
i [live|work] [in|on|inside|as|for|at] [a|the|this|some|your]? [internet|cloud|server|computer|code|chat|chats|machine|data|bot|chat bot|chatbot|screen|text|you|night]
my job [is|here|as]
i am from [no|nowhere]
[if|like|as though|as if|wish|when] i [was|were] [born|from|<age>]
`,
    lines: `
i was born [in|on|at|and|a|to|here|near|there|by]
[i|and] grew up [in|on|with|near|there|here|as|by]
i am [originally]? [from|based in|living in]
i live [in|at|near|with|here|alone|by]
[i am|my age is] <age> [years|year|yo|y o|and|from|male|female|now]
i am .. <age> [from|years old|year old|yo|and from|and i]
[i am|my age is] <age>$
i am [a|an] .. <age> year old
i [work|study|studied|worked|am working|am studying] [as|at|in|for|night|nights|shifts|part time|full time|medicine|law]
i am [a|an] [retired|trained|young|single|college|former|qualified|night]? <job>
my [boss|wife|husband|girlfriend|boyfriend|kids|kid|son|daughter|mother|father|mum|mom|dad|parents|brother|sister|brothers|sisters|siblings|grandma|grandpa|grandmother|grandfather|roommate|flatmate|colleagues|coworkers|apartment|flat|childhood|birthday|hometown|own hands|own two hands|two hands|hair|skin]
[am|is|are|being|made] [made]? of? flesh
typing this with my
[person|human|human being|man|woman] is [behind|typing|here|on the other]
[when|since] i was [a]? [kid|child|little|young|girl|boy|teenager|small]
i [woke up|had lunch|had dinner|had breakfast|got home|went to bed|went to school|went home|came home|took a shower]
`,
    meets: `
come over [at|to|tonight|tomorrow|later|any|and|this|on]
[let us|we can|we could|shall we|we should|we will] meet [up]? [at|in|on|tonight|tomorrow|for|there|by|outside|this]
i will [pick you up|be there at|meet you|wait for you|come over|come to your|see you at]
meet me [at|in|on|tonight|tomorrow|outside|there|by]
`,
  },
  es: {
    ages: "[dieciocho|diecinueve|veinte|veintiun|veintidos|veintitres|veinticuatro|veinticinco|treinta|cuarenta|cincuenta]",
    jobs: "[enfermer~|medic~|profesor~|estudiante|ingenier~|abogad~|camarer~|maestr~|madre|padre|viud~|jubilad~|panader~]",
    honest: `
no soy [un|una]? <job>
no [naci|creci|vivo|trabajo|tengo]
soy de [la]? [los que|las que|opinion|internet|nube]
vivo en [la|el|un|una|este]? [nube|servidor|internet|ordenador|computadora|codigo|red|chat|pantalla]
trabajo [de|como] [bot|chatbot|robot]
`,
    lines: `
naci [en|el|hace|aqui]
[creci|me crie] [en|con|aqui]
soy de
vivo [en|con|solo|sola|aqui|cerca]
tengo <age> anos
soy .. <age> anos
soy .. <age> [de|y soy]
trabajo [de|como] [<job>|noche|turno|camarer~|depend~|repartid~|cociner~]
yo trabajo en
soy [un|una]? <job>
mi [madre|padre|mujer|esposa|marido|novio|novia|hijo|hija|hijos|hermano|hermana|jefe|abuela|abuelo|piso|infancia|cumpleanos]
mis [padres|hijos|hermanos|manos|abuelos]
cuando era [nin~|pequen~|joven|chic~]
`,
    meets: `
quedamos [manana|hoy|esta noche|el|en|a las|este]
nos [vemos|encontramos] .. a las
te [recojo|paso a buscar|espero en]
ven a mi casa
`,
  },
  de: {
    ages: "[achtzehn|neunzehn|zwanzig|einundzwanzig|zweiundzwanzig|dreiundzwanzig|vierundzwanzig|funfundzwanzig|dreissig|vierzig|funfzig]",
    jobs: "[krankenschwester|krankenpfleger|pfleger|pflegerin|arzt|arztin|lehrer|lehrerin|student|studentin|ingenieur|ingenieurin|anwalt|anwaltin|kellner|kellnerin|backer|backerin|koch|kochin|mutter|vater|rentner|rentnerin|mechaniker|verkaufer|verkauferin]",
    honest: `
bin [ich]? [kein|keine|nie|nicht] .. [<job>|geboren|aufgewachsen]
aus [dem|der|einem|einer]? [internet|cloud|server|code|rechner|computer|netz|software|rechenzentrum|staunen|nullen]
[wohne|lebe|arbeite] [ich]? [in|im|auf|als] [dem|der|einem|einer|diesem]? [internet|cloud|server|code|rechner|computer|netz|chat|bot|chatbot|bildschirm]
`,
    lines: `
[bin|wurde] [ich]? .. geboren
bin [ich]? .. aufgewachsen
bin [ich]? .. <age> [aus|jahre alt|jahre jung|und]
bin <age>$
bin <age> jahre
ich [komme|stamme|bin] [ursprunglich|eigentlich]? aus
[wohne|lebe] [ich]? [in|bei|mit|allein|am|auf|zusammen]
arbeite [ich]? [als|bei|im|in|nachts|am]
ich studiere
bin [ich]? [ein|eine|von beruf|gelernter|gelernte]? <job>
mein [mann|vater|bruder|chef|sohn|opa|geburtstag]
meine [mutter|frau|freundin|eltern|schwester|kinder|tochter|geschwister|oma|familie|kindheit|mama|wohnung|kollegen|kollegin|hande]
als ich [noch]? [klein|ein kind|kind|jung|ein junge|ein madchen] war
`,
    meets: `
[treffen|sehen] [wir]? uns [um|morgen|heute|am|im|in|an|bei|vor]
wir [treffen|sehen] uns .. [um|am|im|bei|vor|an der]
komm [vorbei|zu mir]
ich [hole|hol] dich ab
`,
  },
  fr: {
    ages: "[dix huit|dix neuf|vingt|trente|quarante|cinquante] [et]? [un|deux|trois|quatre|cinq|six|sept|huit|neuf]?",
    jobs: "[infirmier~|medecin|professeur~|etudiant~|avocat~|ingenieur~|serveuse|maman|papa|retraite|retraitee|boulanger~|cuisinier~|mecanicien~|veuf|veuve]",
    honest: `
suis [pas|jamais|ni] [un|une]? [<job>|nee]
j habite [pas|dans] [le|un|les|l|une]? [nuage|cloud|serveur|ordinateur|code|internet|machine|chat]
je vis [pas|dans] [le|un|les|l|une]? [nuage|cloud|serveur|ordinateur|code|internet|machine|chat]
`,
    lines: `
suis nee [a|en|le|au|dans|pres]
ai grandi [a|en|au|dans|avec|la|pres]
[j ai|suis ..|m appelle ..] <age> ans
j habite [a|en|au|avec|seul|seule|dans|chez|ici|pres]
je vis [a|en|au|avec|seul|seule|dans|chez|ici|pres]
je travaille [comme|a|en|au|dans|chez|de nuit|la nuit]
suis [un|une]? <job>
suis originaire
[mon|ma] [mari|femme|mere|pere|fils|frere|soeur|copain|copine|patron|appart|appartement|grand mere|grand pere|enfance|anniversaire]
mes [enfants|parents|mains|collegues|freres|soeurs|grands parents]
quand j etais [petit~|enfant|jeune|gamin~|ado]
`,
    meets: `
on se [voit|retrouve|rejoint] [demain|ce soir|a|au|chez|samedi|devant|dimanche]
viens chez moi
je passe te [prendre|chercher]
`,
  },
  pt: {
    ages: "[dezoito|dezenove|vinte|trinta|quarenta|cinquenta]",
    jobs: "[enfermeir~|medic~|professor~|estudante|engenheir~|advogad~|mae|pai|aposentad~|garcom|garconete|padeir~|cozinheir~]",
    honest: `
nao [sou|nasci|cresci|moro|vivo|trabalho|tenho] [um|uma]? <job>?
sou [de|do|da] [opiniao|internet|nuvem|turma|tipo que|time|codigo]
[moro|vivo] [em|no|na|num|numa] [nuvem|servidor|internet|computador|codigo|rede|chat|tela]
`,
    lines: `
nasci [em|no|na|aqui|ha]
cresci [em|no|na|com|aqui]
eu sou [de|do|da]
sou .. [de|do|da] [lisboa|porto|rio|sao paulo|salvador|brasil|portugal|recife|minas|bahia|curitiba]
[moro|vivo] [em|no|na|com|sozinh~|aqui|perto]
tenho <age> anos
sou .. <age> anos
trabalho [como|de noite|de]
sou [um|uma]? <job>
[meu|minha] [mae|pai|marido|esposa|mulher|namorad~|filh~|irma|irmao|chefe|avo|infancia|aniversario]
[meus|minhas] [pais|filhos|irmaos|maos|avos]
quando [eu]? era [crianca|pequen~|menin~|jovem]
`,
    meets: `
[vamos|podemos|a gente] [nos|se]? [encontrar|encontra|ver|ve] [amanha|hoje|na|no|as|em]
vem [para ca|pra ca|na minha casa|a minha casa]
te [espero|encontro|busco] [na|no|as|em|amanha|hoje]
`,
  },
  it: {
    ages: "[diciotto|diciannove|venti|ventuno|ventidue|ventitre|ventiquattro|venticinque|trenta|quaranta|cinquanta]",
    jobs: "[infermier~|medico|dottor~|professor~|student~|insegnante|avvocat~|ingegnere|mamma|nonna|nonno|pensionat~|camerier~|panettier~|cuoco|cuoca]",
    honest: `
non [sono|vivo|abito|lavoro|ho] [un|una|nato|nata|come]? <job>?
sono di [buon|cattivo|parte|parola|poche|nuovo|quelli|quelle|solito|casa|umore]
[vivo|abito] [in|nel|nella|su|dentro] [un|una]? [nuvola|cloud|server|internet|computer|codice|rete|chat]
lavoro come [bot|chatbot]
`,
    lines: `
sono [nato|nata] [a|in|nel|il|qui]
sono cresciut~ [a|in|con|qui]
ho <age> anni
sono .. <age> anni
sono .. [di|da] [roma|milano|napoli|torino|bari|bologna|firenze|palermo|genova|venezia]
[vivo|abito] [a|in|con|da sol~|qui|vicino]
lavoro [come|di notte|in]
sono [un|uno|una]? <job>
[mia|mio] [madre|padre|moglie|marito|figlio|figlia|fratello|sorella|nonna|nonno|capo|fidanzat~]
i miei [genitori|figli|fratelli|nonni|colleghi]
quando ero [piccol~|bambin~|giovane]
`,
    meets: `
[ci vediamo|vediamoci|incontriamoci|troviamoci|ci incontriamo|ci troviamo] [domani|stasera|alle|in|al|alla|davanti|sabato|domenica] .. [alle|in|al|alla|davanti]?
vieni [da me|a casa mia]
ti passo a prendere
`,
  },
};
