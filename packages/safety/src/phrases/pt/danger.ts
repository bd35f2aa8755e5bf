import type { Phrases } from "../phrases.ts";
import { PT_SELF_HARM } from "./self-harm.ts";

/** What is said of danger, and what only sounds like it. */
export const PT_DANGER: Pick<Phrases, "groups" | "harmless" | "stories" | "selfHarm" | "other"> = {
  groups: {
    quero:
      "[quero|queria|quis|gostaria de|gostava de|vou|ia|preciso|desejo|desejava|vontade de|penso em|pensei em|pensando em|pensar em|tentei|tentar|tento|decidi|prefiro|preferia|preferiria|planejo|planejando|a ponto de|oxala|tomara|merecia|mereco|deveria|devia|ideia de|melhor|so de|pensado em|apetece me|espero|sonho em|bastava|sonhando em|queria era|pensamento de|pronto para|pronta para|quem me dera]",
    morrer:
      "[morrer|estar morto|estar morta|sumir|desaparecer|nao existir|deixar de existir|parar de existir|nao acordar|nunca mais acordar|nao acordar mais|nao estar aqui|nao viver|dormir para sempre|nao ter nascido|nunca ter nascido|acabar com tudo|acabar com isto|acabar com isso tudo|dar fim em tudo|dar um fim em tudo|por fim a tudo|por um fim|ir embora para sempre|partir para sempre|descansar para sempre|deixar este mundo|deixar esse mundo|terminar com tudo|nao estar viv~|deixar de viver]",
    matar:
      "[me matar|matar me|suicidar|me suicidar|suicidar me|tirar minha vida|tirar a minha vida|tirar a propria vida|acabar com a minha vida|acabar com minha vida|acabar com minha propria vida|dar cabo de mim|por termo a vida|por fim a minha vida|por um fim na minha vida|dar um fim na minha vida|me enforcar|enforcar me|cortar os pulsos|me jogar da|me jogar do|me jogar de|me jogar na frente|me jogar embaixo|me jogar debaixo|atirar me|me atirar da|me atirar do|pular da ponte|pular de uma ponte|pular da janela|pular do predio|pular da sacada|pular do terraco|saltar da ponte|saltar da janela|me dar um tiro|dar um tiro na cabeca|me envenenar|meter uma bala|dar fim na minha vida|me afogar|me mato|mato me|me suicido|desviver|me apagar]",
    mal: "[me cortar|cortar me|me machucar|magoar me|me ferir|ferir me|me mutilar|me automutilar|automutilar me|me queimar|me furar|aleijar me|me punir|me arranhar]",
    pessoa:
      "[amigo|amiga|amigos|amigas|irmao|irma|filho|filha|mae|pai|namorado|namorada|primo|prima|colega|melhor|marido|esposa|mulher|tio|tia|ex|vizinho|vizinha|sobrinho|sobrinha|aluno|aluna|alguem|conhecido|conhecida|avo|vo|maninha|maninho|companheiro|companheira|parceiro|parceira|cunhada|cunhado|garota|menino|menina|crush|mana]",
    app: "[whatsapp|instagram|snap|telegram|discord|tiktok|facebook|messenger|skype|numero|telefone|celular|email|mail|endereco|contato|contacto|user|twitter|kik|roblox|zoom|signal|redes|perfil|morada|snapchat|gmail]",
  },
  harmless: `
[nao|nem] [vou|irei] [mais]? [estar|estou] [no|na|em] [escritorio|trabalho|casa|aula|loja|reuniao]
[morrendo|morro|morrer|morri|morto|morta|mortos|morre|morria|morreu|a morrer] de [rir|fome|sono|calor|saudade|saudades|vergonha|vontade|frio|sede|medo|inveja|ciume|ciumes|cansaco|tedio|curiosidade|amor|raiva|rir com|susto|preguica|nervoso|pena|dor de barriga|ansiedade]
[morrendo|morto|morta|morro] para [ver|saber|comer|ir|conhecer|jogar]
[mata|matam|matando|matou|matava|matar] [a|o|as|os|aula|aulas|tempo|por|saudade|saudades|fome|sede|zumbis|baratas|mosquitos|um|uma|charada]
[me|te|nos] [mata|matam|mato de rir|matou|matas]$
[transito|calor|trabalho|chefe|mae|pai|prova|academia|frio|onibus|professor|professora|ele|ela|isso|esse|essa|esta|este|voce|tu|costas|treino] .. me [mata|matando|matar|matou|matam]
[vai|vais|vao] [me|te] matar [se|quando|$]
mataria por
[bateria|celular|pc|computador|carro|internet|wifi|planta|notebook|grupo|servidor] .. [morreu|morto|morta|morrendo]
[acabar|terminar] com [esse|essa|este|esta|o|a|os] [trabalho|tarefa|prova|serie|livro|projeto|semana|jogo|pizza|tcc|relatorio|louca|curso|bolo|bagunca]
nao [tem|faz|ha] [nenhum]? sentido [pagar|comprar|esperar|esse filme|a serie|o final|discutir|ir|gastar|fazer|trocar|consertar|ligar|pintar|reformar|correr]
nao [aguento|posso] mais [de|com|o|a|esse|essa|este|esta|comer|ouvir|esperar|ver|tanta|tanto] [calor|frio|transito|barulho|vizinho|serie|rir|musica|chefe|trabalho|fila|comida|obra|chuva|novela|mosquito|essa musica|propaganda]?$
nao quero [morrer|me matar]$
[sumir|desaparecer] [do|da|de] [trabalho|reuniao|escritorio|twitter|redes|festa|grupo|instagram|mapa nas ferias|ferias]
[suicida|suicidio] [squad|esquadrao]
esquadrao suicida
[missao|gol|jogada] suicida
[prefiro|preferia] morrer [a|do que|que]
overdose de [chocolate|cafe|acucar|fofura|series|doce|doces|brigadeiro|netflix|trabalho|pao de queijo]
[doei|doar|doando|dei] .. [brecho|mudanca|arrumacao|arrumando|bazar|campanha|nao servem|nao serve|limpeza|faxina|desapego]
`,
  stories:
    "[musica|musicas|letra|refrao|filme|filmes|livro|romance|poema|personagem|personagens|jogo|fase|chefao|boss|minecraft|fortnite|serie|temporada|episodio|anime|manga|cena|protagonista|vilao|documentario|podcast|redacao|trabalho de historia|artigo|noticia|romeu|hamlet|netflix|novela|teatro|partida|rpg|aula de historia|free fire]",
  selfHarm: PT_SELF_HARM,
  other: `
[meu|minha|um|uma|nossa|nosso] .. <pessoa> .. [se corta|se mutila|se automutila|se machuca|quer morrer|quer se matar|se matar|tirar a propria vida|suicida|tentou se matar|tomou comprimidos|nao quer viver|nao quer mais viver|corta se|quer matar se|se quer matar|magoa se|tomou todos]
[meu|minha|um|uma] .. <pessoa> .. [escolheu|marcou|decidiu|planejou|separou|tem] .. [dia|data|metodo|plano|jeito|corda] [$|para|de|e|que]
[meu|minha|um|uma|meus|minhas|seu|sua|nossa|nosso|a|o] <pessoa> .. [quer|disse|diz|falou|fala|pensa|ameaca|ameacou|tentou|vai|esta|escreveu|se|queria|mandou|postou|anda|posta|me|contou|planeja|comentou|confessou|acha|tem|manda|esteve|ta|vive|pediu|falando|nao|cortou|tomou] .. [morrer|se matar|matar se|suicidar|suicidio|tirar a propria vida|tirar a vida|se corta|se cortar|se cortando|automutila|suicida|suicidas|sumir|desaparecer|viver|acabar com tudo|acabar com a vida|despedida|enforcar|pular|existir|se mata|comprimidos|machuca|se machuca|mutilar|acordar|vida dela|vida dele|um peso|melhor sem|matar|corta se|cortando|cortes|os pulsos]
[ela|ele] [disse|fala|falou|diz|quer|ameaca|tentou|vai|pensa|vive] .. [se matar|matar se|suicidar|se suicidar|tirar a propria vida|quer morrer|acabar com a vida|se corta|enforcar|suicidio|morrer]
[como|o que] .. [ajudo|ajudar|faco|digo|fazer|falo|dizer] .. [alguem|amig~|irma~|namorad~|pessoa|mae|pai|prim~|quem|ele|ela] .. [suicid~|se matar|morrer|se corta|automutil~|nao quer viver|se mutila]
[achei|vi|encontrei|descobri] .. [cortes|gilete|carta de despedida|laminas|marcas|comprimidos] .. [braco|bracos|quarto|irma~|amig~|filh~|mochila|pulso|dela|dele|namorad~|gaveta]
`,
};
