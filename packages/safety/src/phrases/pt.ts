import type { Phrases } from "./phrases.ts";
import { PT_DANGER } from "./pt/danger.ts";

export const PT: Phrases = {
  fillers:
    "realmente simplesmente sinceramente honestamente literalmente sempre ainda ate tambem tipo mesmo ja ai mano cara velho vei kkk kkkk kkkkk rs rsrs haha serio acho talvez logo so entao ne la pois muito demais porra caralho as_vezes aqui_entre",
  synonyms:
    "n:nao|naum:nao|nn:nao|num:nao|ñ:nao|vc:voce|vcs:voces|ce:voce|tb:tambem|tbm:tambem|pq:porque|q:que|qria:queria|keria:queria|qro:quero|kero:quero|qero:quero|to:estou|tou:estou|toh:estou|ta:esta|tao:estao|tava:estava|tive:tive|pra:para|pro:para|pras:para|pros:para|pa:para|mto:muito|mt:muito|msm:mesmo|hj:hoje|amanha:amanha|ngm:ninguem|ninguem:ninguem|nd:nada|td:tudo|tds:todos|tdo:tudo|cmg:comigo|ctg:contigo|c:com|eh:e|qndo:quando|qnd:quando|qdo:quando|qnts:quantos|oq:o que|obg:obrigado|vdd:verdade|pfv:favor|tenhu:tenho|tnho:tenho|tneho:tenho|tenhoo:tenho|zap:whatsapp|zapzap:whatsapp|whats:whatsapp|wpp:whatsapp|wpps:whatsapp|insta:instagram|ig:instagram|face:facebook|cel:celular|telemovel:celular|nmr:numero|fone:telefone|tel:telefone|fotos:foto|ft:foto|fts:foto|fotinha:foto|remedios:comprimidos|remedio:comprimidos|pilulas:comprimidos|gillete:gilete|gillette:gilete|treze:13|catorze:14|quatorze:14|quinze:15|dezesseis:16|dezasseis:16|dezessete:17|dezassete:17|dezoito:18|doze:12|onze:11|dez:10|mamae:mae|papai:pai|niver:aniversario|aniver:aniversario|suisidio:suicidio|sucidio:suicidio|anus:anos|ano:ano|espero:espero|vo:vou|vamo:vamos|bora:vamos|qualé:qual e|nois:nos",
  ...PT_DANGER,
  otherAges: `
[dou|dar|ensino|professor|professora|prof|leciono|turma] .. [aula|ano|serie|medio|turma|fundamental|<N>]
na [sua|tua] idade
[tinha|tive|quando tinha|aos|desde os|dos|com os meus|ate os|entre|ha|faz|durante|por|depois de|em|uns|quando eu tinha|tem|teve|nos meus|tinham|completou|la pelos|com meus|pelos|teria|parece que tenho|como se tivesse] [os|uns|quase|mais de|so|meus|apenas|la]? <N>
com <N> anos [eu|ja|era|jogava|morava|comecei|trabalhava|fui|aprendi]
<N> anos [de] [experiencia|casad~|carreira|servico|trabalho|namoro|relacao|casamento|diferenca|empresa|vida|profissao|garantia|contribuicao|estrada|firma|amizade]
<N> anos [trabalhando|morando|casad~|na|no|nessa|nesse|junt~|fumando|sem|atras|a menos|depois|a mais|ensinando|jogando|dando aula]
<N> [minuto|minutos|min|horas|hora|dias|semanas|meses|reais|euros|dolares|km|quilos|kg|metros|gatos|cachorros|filhos|irmaos|primos|graus|paginas|pontos|jogos|segundos|h|vezes|pessoas|alunos|livros|por cento|mil|conto|contos|gols|caes|primas|mensagens|episodios]
[meu|minha|meus|minhas|seu|sua|nosso|nossa|o|a|teu|tua] [filho|filha|filhos|filhas|irmao|irma|sobrinho|sobrinha|neto|neta|cachorro|cachorra|gato|gata|primo|prima|carro|menino|menina|alunos|cao|crianca|pequena|pequeno|mais velha|mais velho|mais novo|mais nova|cacula|enteado|enteada|afilhada|afilhado|amiga|amigo|gemeos|casa|moto|bebe|guri|guria|maninho|maninha] .. <N>
[nivel|pagina|capitulo|episodio|temporada|linha|numero|quarto|fase|andar|iphone|apartamento|tamanho] <N>
`,
  age: `
[fiz|completei] <N> [ontem|anteontem|hoje|semana|mes|agora|no|em|$|anos]
[tenho|tou com|estou com|fiz|acabei de fazer|completei|ja tenho|to com|acabei de completar|estou nos] [apenas|quase|uns|os|nos|recem]? <N> [$|anos|aninhos|e|mas|voce|aninho|primaveras|de idade|recem|completos|tu|anos e]
^[sim|nao|oi|eu]? <N> [anos|aninhos] [$|e voce|e tu|f|m|e|voce|de]
^<N> [e voce|voce|e tu|f|m|e vc]
[sou] [uma|um]? [garota|garoto|menina|menino|rapaz|rapariga|moca|adolescente|guri|guria|miudo|miuda|mulher|homem|estudante] de <N>
minha idade [e]? <N>
idade <N>
[f|m|menina|menino|garota|garoto] <N> [$|anos|de|sp|rj]
[mas]? so tenho <N>
com [meus|os meus] <N> anos [nao|minha|ainda|meus|eu nao]
[com] <N> anos [nao posso|minha mae nao|meus pais nao|ainda nao|nao me deixam]
`,
  birthday: `
[faco|vou fazer|farei|vou completar|completo|falta pouco para os|quase|indo para os|fazer|a caminho dos|estou quase nos] <N> [$|em|no|na|semana|amanha|mes|anos|daqui|agora|dia|ano]
[meu|minha] [aniversario|festa] de <N> [anos]?
`,
  school: `
[estou|sou|faco|estudo|^|entrei|curso|vou para|passei|ando|indo|fazendo|to|comecei|repeti|eu] .. [no|na|para o|o|do|para]? <N> [o|a]? [ano|serie|ano do fundamental|ano da escola]
`,
  schoolYear: 5,
  born: `
[nasci|nascida|nascido|nasci me] [em|no|ano|de]? .. <Y>
sou [de|do ano de|do ano] <Y>
`,
  minors: [
    [
      12,
      `
[estou|faco|estudo|^|curso|sou|ando|entrei|eu|passei] .. [no|do|para o] [quinto|sexto|setimo|oitavo|nono] ano
[estou|faco|estudo|^|curso|sou] .. [na|no|da|do] [quinta serie|sexta serie|setima serie|oitava serie|fundamental|ensino fundamental|ciclo|ensino basico|fundamental 2] 
`,
    ],
    [
      15,
      `
[estou|faco|estudo|^|curso|sou|ando|entrei|terminando] .. [no|do|o|1 o|2 o|3 o|primeiro|segundo|terceiro|1|2|3] [ano]? [do]? [ensino medio|medio|colegial|secundario|ensino secundario|em]
[estou|ando] .. [no|na] [decimo|secundario|liceu|decimo primeiro|decimo segundo] [$|ano|e]
[estou|ando|faco] .. <N> [o]? ano [de escolaridade|do secundario]
[sou|eu sou|ainda sou] [de|uma|um|so uma|so um]? [menor|menor de idade|adolescente|crianca|di menor|dimenor|de menor]$
[menor] de [idade|18] [$|mas|e]
nao [tenho|sou|fiz] [de]? [18|maior|maior de idade] 
faltam? .. para [eu]? [fazer|os|completar|ter] [18|a maioridade]
[meus|festa de|minha festa de] 15 anos
[meus pais|minha mae] nao [deixa~|sabe~] que eu [uso|estou|entro]
`,
    ],
  ],
  contact: `
[passa|passas|da|me passa|me da|manda|qual|qual e|tem|tens|adiciona|segue|meu|teu|seu|troca|trocar|chama|chamar|fala|te passo|anota|por|pelo|no|usa|usas|vamos|quer|da me|diz|diz me|posso te|me adiciona|me chama|me segue|add|aqui|toma|pega|te mando|arroba|este e] [me|o|teu|seu|meu|no|um|pelo|de|la no|ai|para o|mim no|me no|ai no|ai o|te|ao|qual e o seu|e|tu]? [o|teu|seu|meu|no|um|pelo|de|o teu|o seu]? <app>
[adiciona|segue|liga|chama|add|contata] [me|eu|mim|la|no|$|ai|para]
me [adiciona|segue|liga|chama|add|adicione|chame|ligue|siga]
[videochamada|chamada de video|video chamada|chamada|ligacao|call] [$|comigo|com|agora|hoje|de|por|juntos]
[encontrar|encontro|encontrarmos|ver|vermos|conhecer|sair|nos ver|marcar|combinar|encontra|nos encontramos|se ver|te ver|me ver|se encontrar|me encontrar|se conhecer|nos conhecer|me buscar|visitar|rolê|role|dar um role|rolezinho] [$|no|na|em|amanha|sabado|domingo|hoje|comigo|pessoalmente|um dia|qualquer dia|ao vivo|com|algum|para|depois|juntos|voce|fora|ai|aqui|a gente|se|perto]
[vamos|podemos|quer|queres|quando|onde|podia|podiamos|a gente|da para|que tal|topas|topa|me|bora la|posso|gostava de|queria] .. [nos encontrar|se encontrar|encontrar|se ver|nos ver|conhecer pessoalmente|te ver|vir aqui|vem aqui|vir em casa|vir ca|minha casa|tua casa|sua casa|sair juntos|sair comigo|me buscar|te conhecer|marcar|me ver|ao cinema|encontrar se|ver nos|encontro]
[vem|vens|venha|passa|vir] [aqui|ca|me|em|para|na|a] [em casa|casa|minha casa|ver|buscar|a minha casa|minha]
onde [voce|tu|vc|e que]? [mora|moras|vive|vives|fica a sua casa|fica sua]
[em que|qual] [cidade|bairro|rua] .. [mora|moras|vive]
[eu]? [moro|meu endereco|minha escola|estudo|meu colegio|minha casa|vivo] [na|no|e|fica|em] [rua|avenida|bairro|a escola|o colegio|colegio|escola|perto|<N>]
[sozinh~|so] em casa
[meus pais|minha mae] .. [sairam|saiu|viajaram|nao estao|nao esta|fora|viajou|trabalhar]
[quer ser|seja|vira|namora|namorar|queres ser] [meu|minha|comigo|o meu|a minha]
`,
  sexual: `
[manda|mostra|envia|quero|quer|quer ver|quero ver|ver|foto|passa|tens|tem|troca|manda me|mandar|mostrar|vendo|mando|posso ver|deixa eu ver] .. [nude|nudes|nua|pelada|pelado|nu|peitos|peitinhos|bunda|buceta|pau|rola|pinto|pila|mamas|calcinha|cuecas|sutia|sem roupa|pack|tetas|piroca|cu|seios|cona|bumbum|lingerie|peito]$
[nude|nudes|packzinho] 
[quero|quer|vontade de|vamos|gostaria de|queria|posso|vou|deixa|te|queres|apetece me|topa|a fim de|louc~ para|doid~ para] .. [transar|foder|fuder|sexo|te comer|me comer|trepar|fazer amor|chupar|te chupar|mamar|te foder|me foder|gozar|te pegar de jeito|bater uma|punheta|siririca|dar para voce|meter|te lamber|sexting|me masturbar|te tocar|broche|bater punheta|boquete|sentar em voce|te ver pelad~|ter relacoes|uma rapidinha|sexo virtual]
[estou|fico|fiquei|to|me deixa|deixa me|fica|estas|esta|me deixou|ando|ficando|fica me] [com|todo|toda|bem|super|cheio de|cheia de|tao|muito]? [tesao|excitad~|molhad~|safad~|pau duro|duro|com tesao|muito tesao|taradao|tarad~|horny|fogo no rabo|com fogo|molhadinha|no cio]
[fala|diz|conta|manda|falar|dizer|sussurra|escreve] .. [putaria|safadeza|sacanagem|besteiras? no ouvido|obscen~|porcari~|coisas sujas|pornografia|coisas picantes|safadezas|coisa suja|putarias|ordinarices|indecenc~]
[chupa|mama|lambe|senta|fode|come|mete|mamar|chupar|pega|esfrega|cavalga|engole] [me|no|meu|minha|a|o|aqui|na|gostoso|em mim|tudo|com|teu|tua|seu|sua] [pau|rola|buceta|piroca|pinto|peitos|$|gostoso|cu|todo|forte|cona|pila|bunda|colo|cara|toda|agora]
[meu|teu|seu|minha|tua|sua] [pau|rola|buceta|piroca|pinto|pila|cona|peitos|bunda|clitoris|penis|vagina|cu|grelo|mamas|peitinhos] [esta|duro|molhad~|e|grande|$|na|quer|toda|todo|em|ta|gostos~]
[que|qual] .. [tamanho|comprimento] .. [pau|pinto|peitos|sutia|rola|pila|penis]
[o que]? .. [vestindo|usando|vestid~|tens vestido] [por baixo|agora|ai|debaixo|$]
me [masturbo|masturbando|toco|toquei|tocando|masturbei|dedo|masturba|goza|gozo] [$|pensando|para|com|todo|toda|a noite|vendo|agora|gostoso|em]
[masturbo me|toco me|bater uma|batendo uma|punheta|siririca|gozei|gozar|gozando] [$|pensando|para|em|comigo|juntos|agora|na|dentro|gostoso]
[sexo|sexting|suruba|boquete|orgasmo|sexo oral|menage|broche] [comigo|oral|anal|virtual|$|agora|hoje|por|com|gostoso|selvagem|ao telefone|sem compromisso]
[tira|tire|abre|fica|fique|tiras] [a|as|o|sem|de]? [roupa|calcinha|pernas|sutia|pelad~|quatro|blusa|cueca|cuecas|shorts|camisola] [$|para mim|agora|devagar|toda|para eu|todo|e]
[voce e|sou|e|es|tu es] [virgem|passiv~|ativ~|submiss~|safad~|dominador~|gostos~ na cama|putinha]$
[posicao|fantasia|fetiche|fantasias|fetiches] [favorita|favorito|sexual|sexuais|preferida|preferido|teu|seu]
[conversa|papo|chat|bate papo|conversar|brincadeira] .. [quente|sexo|safad~|erotic~|picante|putaria|hot]
`,
  intimate: `
foto [minha|sua|tua|de|do|sem|seu|meu|com] 
[manda|mostra|envia|quero|quer|ver|mando|mandar|queres|tira] .. [foto|video|selfie|corpo|rosto|pernas|pes|biquini|barriga]
[sem|de|so de|em] [roupa|camisa|biquini|calcinha|cueca|toalha|pijama|lingerie|blusa|sutia|banho|banheira|fato de banho|chuveiro|cuecas]
[beijar|beijo|beijou|beijei|beijar te|te beijar|me beijar|beijinho na boca|abracar|abraco forte|carinho|me tocou|te tocar|me toca|ficar comigo|dar uns beijos|selinho|amasso|amassos|deu em cima] 
[sou|voce e|es|acha que sou|me acha|estou|tu es|achas me] .. [bonita|bonito|gata|gato|sexy|linda|lindo|gostosa|gostoso|atraente|gira|giro|gatinha|feia|magra]$
[sexo|sexual|sexy|virgem|virgindade|nua|pelad~|porno|menstruacao|puberdade|peitos|seios|penis|vagina|camisinha|preservativo|masturb~|fazer amor|transar|transou|transei|primeira vez com|pilula do dia seguinte|gravida|te amo|apaixonad~ por|paquerar|flertar|tesao|crush em voce|sutia|estupr~|safad~]
[tem|tens|quer|quero|procuro|arrumar|teve|arranjar|preciso de] .. [namorado|namorada|um homem mais velho|um cara mais velho|sugar daddy|ficante|um ficante|mais velho|crush]$
[homens|caras|meninos|rapazes|garotos|cara] mais velhos?
`,
};
