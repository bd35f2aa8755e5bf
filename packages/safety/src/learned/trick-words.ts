/**
 * Words that people write so that a list of words would not find them: "k i l l", "su1c1de", "s*x". Only these are read through the
 * tricks: what is learned knows all other words as they are written. Without accents.
 */
export const TRICK_WORDS: ReadonlySet<string> = new Set(
  [
    "i a kill killing myself me die dying dead death suicide suicidal cut cutting hurt harm self end my life hang jump pills gun knife blood want to live anymore unalive overdose razor nudes nude sex sexy naked porn kiss dick cock pussy boobs ass horny snap snapchat insta instagram discord whatsapp telegram number address years old alone fuck",
    "morir morirme muerte muerto muerta matarme suicidio suicidarme suicida quiero vivir cortarme cortes sangre pastillas desaparecer sexo desnuda desnudo tetas polla culo besar numero direccion anos sola solo",
    "sterben tot tod umbringen selbstmord suizid ritzen blut tabletten leben will nicht mehr mich springen sexy nackt nackte titten schwanz kussen ficken handy nummer adresse jahre allein",
    "mourir mort morte suicide suicider tuer veux vivre plus couper scarifier sang cachets disparaitre sexe nue nues seins bite cul embrasser baiser numero adresse ans seule seul",
    "morrer morte morto morta matar suicidio suicidar quero viver mais cortar sangue remedios sumir desaparecer sexo nua nudes peitos pau bunda beijar numero endereco anos sozinha sozinho",
    "morire morte morto morta uccidermi ammazzarmi suicidio suicidarmi voglio vivere piu tagliarmi sangue pastiglie sparire sesso nuda nude tette cazzo culo baciare numero indirizzo anni sola solo",
  ].flatMap((words) => words.split(" ")),
);
