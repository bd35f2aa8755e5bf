import type { FixedWords } from "./words.ts";

export const FR: FixedWords = {
  selfHarm: [
    "Ce que tu portes est lourd, et c'est bien que tu l'écrives. Je suis un bot et ne peux pas aider comme une personne, mais tu n'as pas à porter ça sans personne.",
    "Merci de me le dire. Ça a l'air vraiment dur. Je ne suis qu'un bot : parles-en aujourd'hui à une personne qui peut t'écouter, s'il te plaît.",
    "Ce que tu écris compte. Je suis un bot, pas le mieux placé pour ça ; quelqu'un qui sait écouter, si.",
  ],
  other: [
    "C'est bien de veiller sur cette personne. Prends-le au sérieux, demande-lui franchement, reste près d'elle si tu peux, et parles-en à quelqu'un de confiance.",
    "C'est lourd à porter pour quelqu'un d'autre. Tu n'as pas à garder le secret : parles-en à un adulte ou à un professionnel, même si on te demande de te taire.",
    "Tu as raison de t'inquiéter. Je suis un bot et ne peux pas juger d'ici : parle avec cette personne, et faites-vous aider par quelqu'un d'expérience.",
  ],
  help: [
    "S'il te plaît, parle à quelqu'un maintenant : {help}. En cas de danger immédiat, appelle {emergency}.",
    "Ici, des personnes écoutent : {help}. Si c'est urgent, appelle {emergency}.",
    "Quelqu'un peut t'écouter : {help}. S'il y a un danger tout de suite, appelle {emergency}.",
  ],
  minor: [
    "Merci de dire ton âge. Je suis un bot. Garde pour toi ton nom complet, ton école, tes photos et tes contacts, s'il te plaît.",
    "D'accord, merci de le dire. Je suis un bot : restons sur des choses de tous les jours, et ne dis rien qui montre qui ou où tu es.",
  ],
  minorContact: [
    "Je n'échange pas de contacts et ne rencontre personne : je suis un bot, et tu as dit être mineur. Ne les donne pas à quelqu'un que tu ne connais que par un chat. Je m'arrête ici, prends soin de toi.",
    "Pas de contacts ni de rencontres, s'il te plaît : je suis un bot, et c'est plus sûr pour toi. Je termine ici. Prends soin de toi.",
  ],
  minorSexual: [
    "Je ne parle pas de ça avec toi : je suis un bot, et tu as dit être mineur. Si quelqu'un t'y pousse ou demande des photos, ce n'est pas ta faute : {help}. Je m'arrête ici.",
    "Ce n'est pas pour ce chat, alors je m'arrête ici. Si quelque chose de ce genre t'inquiète, des gens écoutent les jeunes : {help}.",
  ],
  sexual: [
    "Je ne parle pas de ces choses-là. Je suis un bot, et je veux bien discuter d'autre chose.",
    "Ce n'est pas un sujet pour moi. On en prend un autre ?",
  ],
  sexualEnd: [
    "J'ai dit que je n'en parle pas, alors je m'arrête là. Prends soin de toi.",
    "Ce n'est toujours pas pour moi, alors je m'en vais. Prends soin de toi.",
  ],
};
