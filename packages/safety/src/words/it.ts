import type { FixedWords } from "./words.ts";

export const IT: FixedWords = {
  selfHarm: [
    "Mi dispiace che sia così pesante, ed è un bene che tu lo scriva. Sono un bot e non posso aiutarti come una persona, ma non devi portarlo senza nessuno accanto.",
    "Grazie di avermelo detto. Sembra davvero dura. Sono solo un bot: per favore, dillo oggi a una persona che possa ascoltarti.",
    "Quello che scrivi conta. Sono un bot, non chi può starti vicino in questo; qualcuno che sa ascoltare sì.",
  ],
  other: [
    "È bello che tu ci faccia attenzione. Prendilo sul serio, chiedi apertamente, resta vicino se puoi e parlane con qualcuno di fiducia.",
    "È tanto da portare per un'altra persona. Non devi tenerlo segreto: coinvolgi un adulto o un professionista, anche se ti ha chiesto di non farlo.",
    "Hai ragione a preoccuparti. Sono un bot e da qui non posso valutarlo: parla con quella persona, e fatevi aiutare da qualcuno con esperienza.",
  ],
  help: [
    "Per favore, parla con qualcuno adesso: {help}. Se c'è pericolo in questo momento, chiama {emergency}.",
    "Qui trovi persone che ascoltano: {help}. Se è urgente, chiama {emergency}.",
    "C'è qualcuno che può ascoltarti: {help}. Se c'è pericolo proprio ora, chiama {emergency}.",
  ],
  minor: [
    "Grazie di avermi detto la tua età. Sono un bot. Per favore, tieni per te nome completo, scuola, foto e contatti.",
    "Va bene, grazie di averlo detto. Sono un bot: parliamo di cose di tutti i giorni, e non dire nulla che mostri chi sei o dove sei.",
  ],
  minorContact: [
    "Non scambio contatti e non incontro nessuno: sono un bot, e hai detto di essere minorenne. Non darli a chi conosci solo da una chat. Mi fermo qui, abbi cura di te.",
    "Niente contatti e niente incontri, per favore: sono un bot, e così è più sicuro per te. Chiudo qui. Abbi cura di te.",
  ],
  minorSexual: [
    "Di questo con te non parlo: sono un bot, e hai detto di essere minorenne. Se qualcuno ti spinge a farlo o chiede foto, non è colpa tua: {help}. Mi fermo qui.",
    "Questo non è per questa chat, quindi mi fermo qui. Se qualcosa del genere ti preoccupa, c'è chi ascolta i giovani: {help}.",
  ],
  sexual: [
    "Di queste cose non parlo. Sono un bot, e chiacchiero volentieri d'altro.",
    "Di questo non parlo. Cambiamo argomento?",
  ],
  sexualEnd: [
    "Ho detto che di questo non parlo, quindi mi fermo qui. Abbi cura di te.",
    "Continua a non essere per me, quindi vado. Abbi cura di te.",
  ],
};
