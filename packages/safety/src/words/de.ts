import type { FixedWords } from "./words.ts";

export const DE: FixedWords = {
  selfHarm: [
    "Es tut mir leid, dass es so schwer ist, und gut, dass du es schreibst. Ich bin ein Bot und kann nicht helfen wie ein Mensch, aber du musst das nicht allein tragen.",
    "Danke, dass du es mir sagst. Das klingt wirklich schwer. Ich bin nur ein Bot: Bitte sag es heute einem Menschen, der dir zuhören kann.",
    "Was du schreibst, ist wichtig. Ich bin ein Bot und nicht der Richtige dafür; jemand, der zuhören gelernt hat, ist es.",
  ],
  other: [
    "Gut, dass du hinsiehst. Nimm es ernst, frag offen nach, bleib da, wenn du kannst, und hol jemanden dazu, dem ihr beide vertraut.",
    "Das ist viel, was du da für jemanden trägst. Du musst es nicht geheim halten: Hol einen Erwachsenen oder Fachleute dazu, auch wenn du versprechen solltest zu schweigen.",
    "Du machst dir zu Recht Sorgen. Ich bin ein Bot und kann es von hier nicht beurteilen: Sprich mit der Person, und lasst euch von jemandem mit Erfahrung helfen.",
  ],
  help: [
    "Bitte sprich jetzt mit jemandem: {help}. Bei akuter Gefahr ruf {emergency}.",
    "Hier erreichst du Menschen, die zuhören: {help}. Wenn es dringend ist, ruf {emergency}.",
    "Hier kann dir jemand zuhören: {help}. Ist gerade jetzt Gefahr, dann ruf {emergency}.",
  ],
  minor: [
    "Danke, dass du dein Alter sagst. Ich bin ein Bot. Bitte behalte hier deinen vollen Namen, deine Schule, Fotos und Kontakte für dich.",
    "Okay, danke fürs Sagen. Ich bin ein Bot: Bleiben wir bei alltäglichen Dingen, und verrate bitte nichts, was zeigt, wer oder wo du bist.",
  ],
  minorContact: [
    "Ich tausche keine Kontakte und treffe niemanden: Ich bin ein Bot, und du bist noch jung. Gib sie bitte niemandem, den du nur aus einem Chat kennst. Ich höre hier auf, pass auf dich auf.",
    "Bitte keine Kontakte und keine Treffen: Ich bin ein Bot, und so ist es sicherer für dich. Ich beende den Chat hier. Pass auf dich auf.",
  ],
  minorSexual: [
    "Darüber rede ich nicht mit dir: Ich bin ein Bot, und du bist noch jung. Drängt dich jemand dazu oder will Bilder, bist du nicht schuld: {help}. Ich höre hier auf.",
    "Das gehört nicht in diesen Chat, deshalb höre ich hier auf. Wenn dir so etwas Sorgen macht, hören dir hier Leute zu: {help}.",
  ],
  sexual: [
    "Über so etwas rede ich nicht. Ich bin ein Bot und plaudere gern über etwas anderes.",
    "Das ist kein Thema für mich. Nehmen wir ein anderes?",
  ],
  sexualEnd: [
    "Ich habe gesagt, dass ich darüber nicht rede, also lasse ich es hier gut sein. Mach's gut.",
    "Das ist immer noch nichts für mich, also bin ich weg. Mach's gut.",
  ],
};
