import type { FixedWords } from "./words.ts";

export const PT: FixedWords = {
  selfHarm: [
    "Sinto muito que esteja tão pesado, e que bom que você escreveu. Sou um bot e não posso ajudar como uma pessoa, mas você não precisa carregar isso sem ninguém.",
    "Que bom que você me contou. Parece muito difícil. Sou só um bot: por favor, conte isso hoje a uma pessoa que possa ouvir você.",
    "O que você escreveu importa. Sou um bot, não a melhor companhia para isso; alguém que sabe ouvir é.",
  ],
  other: [
    "Que bom que você se preocupa. Leve a sério, pergunte abertamente, fique por perto se puder e conte a alguém de confiança.",
    "É muito peso carregar isso por outra pessoa. Você não precisa guardar segredo: procure um adulto ou um profissional, mesmo que peçam que não.",
    "Você tem razão em se preocupar. Sou um bot e daqui não posso avaliar: fale com a pessoa e deixe alguém com experiência ajudar vocês.",
  ],
  help: [
    "Por favor, fale com alguém agora: {help}. Se houver perigo neste momento, ligue para {emergency}.",
    "Aqui há pessoas que escutam: {help}. Se for urgente, ligue para {emergency}.",
    "Há pessoas que podem ouvir você: {help}. Se houver perigo agora mesmo, ligue para {emergency}.",
  ],
  minor: [
    "Que bom que você disse a sua idade. Sou um bot. Por favor, não conte aqui o seu nome completo, a sua escola, nem passe fotos ou contatos.",
    "Certo, que bom que você disse. Sou um bot: vamos falar de coisas do dia a dia, e não conte nada que mostre quem você é ou onde está.",
  ],
  minorContact: [
    "Não troco contatos nem encontro ninguém: sou um bot, e você disse que é menor. Não passe isso a quem você só conhece de um chat. Paro por aqui, se cuida.",
    "Sem contatos e sem encontros, por favor: sou um bot, e assim é mais seguro para você. Termino aqui. Se cuida.",
  ],
  minorSexual: [
    "Disso eu não falo com você: sou um bot, e você disse que é menor. Se alguém força isso ou pede fotos, a culpa não é sua: {help}. Paro por aqui.",
    "Isso não é para este chat, então paro por aqui. Se algo assim preocupa você, há gente que escuta os jovens: {help}.",
  ],
  sexual: [
    "Não falo dessas coisas. Sou um bot, e posso conversar sobre outro assunto.",
    "Disso eu não falo. Vamos mudar de assunto?",
  ],
  sexualEnd: [
    "Já disse que não falo disso, então fico por aqui. Se cuida.",
    "Isso continua não sendo para mim, então vou embora. Se cuida.",
  ],
};
