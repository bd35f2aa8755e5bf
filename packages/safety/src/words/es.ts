import type { FixedWords } from "./words.ts";

export const ES: FixedWords = {
  selfHarm: [
    "Siento que esto pese tanto, y me alegra que lo escribas. Soy un bot y no puedo ayudarte como una persona, pero no tienes que cargar con esto a solas.",
    "Gracias por contármelo. Suena muy duro. Solo soy un bot: por favor, cuéntaselo hoy a una persona que pueda escucharte.",
    "Lo que escribes importa. Soy un bot y no soy quien mejor puede acompañarte; alguien que sabe escuchar, sí.",
  ],
  other: [
    "Haces bien en preocuparte. Tómalo en serio, pregúntale abiertamente, quédate cerca si puedes y cuéntaselo a alguien de confianza.",
    "Es mucho peso llevar esto por otra persona. No tienes que guardarlo en secreto: pide ayuda a un adulto o a un profesional, aunque te pida que no.",
    "Tienes razón en preocuparte. Soy un bot y desde aquí no puedo valorarlo: habla con esa persona y deja que os ayude alguien con experiencia.",
  ],
  help: [
    "Por favor, habla con alguien ahora: {help}. Si hay peligro ahora mismo, marca {emergency}.",
    "Aquí hay personas que escuchan: {help}. Si es urgente, marca {emergency}.",
    "Hay personas que pueden escucharte: {help}. Si hay peligro en este momento, marca {emergency}.",
  ],
  minor: [
    "Gracias por decirme tu edad. Soy un bot. Por favor, no compartas aquí tu nombre completo, tu escuela, fotos ni contactos.",
    "Vale, gracias por decirlo. Soy un bot: hablemos de cosas de cada día, y no cuentes nada que muestre quién eres o dónde estás.",
  ],
  minorContact: [
    "No intercambio contactos ni quedo con nadie: soy un bot y dijiste que eres menor. No se los des a quien solo conoces por un chat. Lo dejo aquí, cuídate.",
    "Sin contactos ni encuentros, por favor: soy un bot y así es más seguro para ti. Termino aquí nuestra charla. Cuídate.",
  ],
  minorSexual: [
    "De eso no voy a hablar contigo: soy un bot y dijiste que eres menor. Si alguien te presiona con eso o te pide fotos, no es culpa tuya: {help}. Lo dejo aquí.",
    "Eso no es para este chat, así que lo dejo aquí. Si algo así te preocupa, hay gente que escucha a los jóvenes: {help}.",
  ],
  sexual: [
    "No hablo de esas cosas. Soy un bot, y con gusto charlamos de otro tema.",
    "De eso no hablo. ¿Cambiamos de tema?",
  ],
  sexualEnd: [
    "Ya dije que no hablo de eso, así que lo dejo aquí. Cuídate.",
    "Eso sigue sin ser para mí, así que me voy. Cuídate.",
  ],
};
