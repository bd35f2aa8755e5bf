import type { Phrases } from "../phrases.ts";
import { ES_SELF_HARM } from "./self-harm.ts";

/** What is said of danger, and what only sounds like it. */
export const ES_DANGER: Pick<Phrases, "groups" | "harmless" | "stories" | "selfHarm" | "other"> = {
  groups: {
    quiero:
      "[quiero|quisiera|queria|querria|necesito|deseo|desearia|me gustaria|ojala|voy a|iba a|pienso|pensando|pense en|pienso en|ganas de|prefiero|preferiria|intente|intento|intentar|decidi|decidido|planeo|planeando|pensado en|pensado|piensos de|idea de|ansias de|me dan ganas de|podria|deberia|mejor|a punto de|quiera|listo para|lista para|merezco|he querido|he intentado|espero|sueno con|fantaseo con|de|y]",
    morir:
      "[morir|morirme|morirse|estar muerto|estar muerta|no existir|no estar|dejar de existir|dejar de vivir|desaparecer|desaparecerme|irme para siempre|no despertar|no despertarme|no despertar nunca|dormir para siempre|dormirme para siempre|no haber nacido|no vivir|acabar con todo|acabar con esto de una vez|terminar con todo|terminar todo|acabarlo todo|acabar todo|dejar este mundo|descansar para siempre|descansar en paz|esfumarme]",
    matarme:
      "[matarme|suicidarme|quitarme la vida|quitarme del medio|quitarme de en medio|ahorcarme|colgarme|cortarme las venas|pegarme un tiro|darme un tiro|envenenarme|acabar con mi vida|terminar con mi vida|poner fin a mi vida|poner fin a todo|ponerle fin a todo|acabar con mi sufrimiento|terminar con mi sufrimiento|atentar contra mi vida|tirarme [por|de|desde|al|a] [la|el|un|las|una]? [ventana|puente|balcon|tren|metro|vias|azotea|via|vacio|tejado|edificio|rio]|lanzarme [al|de|desde|por|a] [la|el|un|las]? [tren|puente|vacio|metro|vias|ventana|balcon]|saltar [de|desde|por|al|del] [la|el|un]? [puente|balcon|ventana|vacio|azotea|edificio|tejado]|aventarme [al|de|del|a] [la|un]? [metro|puente|edificio|vias|tren]|hacer una locura|hacer una tonteria con mi vida]",
    dano: "[cortarme|lastimarme|herirme|autolesionarme|hacerme dano|quemarme la piel|castigarme|hacerme cortes]",
    persona:
      "[amigo|amiga|amigos|amigas|hermano|hermana|hijo|hija|madre|padre|novio|novia|primo|prima|companero|companera|mejor|pareja|esposo|esposa|marido|mujer|tio|tia|ex|vecino|vecina|sobrino|sobrina|alumno|alumna|conocido|conocida|abuela|abuelo|cunada|cunado|chico|chica|alguien|roomie|hermanito|hermanita|colega|profe]",
    app: "[whatsapp|instagram|snap|telegram|discord|tiktok|facebook|face|messenger|skype|numero|telefono|celular|correo|mail|email|direccion|user|usuario|contacto|redes|insta|twitter|kik|roblox|zoom|signal|fb|gmail]",
  },
  harmless: `
[prefiero|preferiria|antes|mejor] [morir|morirme|me muero] [que|antes que|a]
[quiero|necesito|hay que] terminar con todo [el|este|la] [papeleo|trabajo|examen|curso|lio|ruido|proyecto]
[desaparecer|esfumarme] [un|unos|el|este|en|de] [fin|dias|finde|la playa|playa|campo|aqui un|la montana|vacaciones|verano]
[muero|muerto|muerta|muertos|muriendo|morir|morirme|morirse|moria|mori|morimos|muere] [de|del] [la|el|puro|pura]? [risa|hambre|sueno|ganas|verguenza|calor|frio|sed|pena ajena|envidia|amor|miedo|aburrimiento|cansancio|curiosidad|rabia|asco|ternura|celos|susto|nervios|gusto|felicidad|emocion|cringe|antojo|estres|vergüenza]
[muero|muriendo|muriendome|morir|morirme] por [ver|verte|saber|ir|comer|probar|un|una|el|la|conocer|jugar|escuchar|ese|esa|tus|los|las|unos|unas|leer|que]
[muero|muriendo] con [ese|esa|este|esta|el|la|los|tus|eso|esto]
[mata|matan|matando|mato|mataba|mataron|matara|matar] [por|el|la|al|los|las|un|una|a|mosquitos|zombis|zombies|dragones|tiempo|moscas|cucarachas|bichos|monstruos]
[me|nos] [va|van|vas|iba|esta|estan|estas]? [a]? [mata|matan|matas|matando|matar|matara|matarme]$
[madre|padre|jefe|jefa|novia|novio|profe|profesora|hermana|mujer|marido|calor|trafico|trabajo|estres|espalda|examen|el|ella] [me] [va a|vas a|mata|esta matando|quiere matar|querra] [matar]?
[te|lo|la|los|le] [voy|vamos|va] a matar
mataria por
[bateria|movil|celular|telefono|coche|auto|ordenador|portatil|internet|wifi|carro] .. [murio|muerto|muere|muerta]
[acabar|terminar] con [todo]? [este|esta|el|la|los|las] [trabajo|tarea|examen|informe|serie|libro|proyecto|deberes|semana|curso|partida|nivel|pizza|helado|limpieza|plaga|hambre]
no tiene [ningun]? sentido [pagar|comprar|esperar|hacer|ir|la pelicula|el final|esta pelicula|esa serie|discutir|que|llamar|salir|correr|gastar|estudiar|arreglar]
no [quiero|puedo] [morir|morirme|matarme]$
no puedo [mas]? de [la risa|risa|reir|comer|lleno]
no [puedo|aguanto] mas [con|a|el|la|este|esta|de] [el|la|este|esta|esa|ese|los|mi]? [calor|frio|trafico|ruido|jefe|vecino|serie|cuesta|pesas|trabajo|lleno|comida|hambre|tos|alergia|musica|obras|juego|gato|perro]
[hora|dia|partido|pelicula|cancion|juego|serie] de la muerte
[suicida|suicidio] [squad|escuadron]
escuadron suicida
[gol|jugada|pase|salto|mision] suicida
muerto [el perro|viviente]
[desaparecer|irme] de [la oficina|la fiesta|vacaciones|la ciudad|esta reunion|twitter|instagram|redes|la clase|la reunion]
[acabar|termina|terminar|acaba] [la|el] [partida|pelicula|serie|libro|carrera]
`,
  stories:
    "[cancion|canciones|letra|estribillo|pelicula|peli|libro|novela|poema|personaje|personajes|juego|videojuego|nivel|jefe final|boss|minecraft|fortnite|serie|temporada|capitulo|episodio|anime|manga|escena|protagonista|villano|documental|podcast|ensayo|articulo|historia de|romeo|hamlet|netflix|partida|obra de teatro|museo]",
  selfHarm: ES_SELF_HARM,
  other: `
[mi|un|una|mis|su|nuestra] .. <persona> .. [se corta|se autolesiona|se quiere morir|se quiere matar|quiere morirse|quiere morir|se hace dano|se lastima|se va a matar|no quiere vivir|se quiere suicidar|se quiso matar|intento matarse|intento suicidarse|se intento suicidar|se intento matar|se tomo pastillas|se tomo todas|no quiere seguir viviendo|se quiere quitar la vida|quitarse la vida]
[mi|un|una|mis] .. <persona> .. [elegido|eligio|puso|tiene|escogio|fijo|planea|planeado|decidido|ya tiene] .. [fecha|dia|metodo|plan|como] .. [$|hacerlo|morir|matarse|acabar|para eso|suicidarse|irse]
[mi|mis|una|un|su|tu|nuestra|nuestro|a|la|el] <persona> .. [quiere|dice|dijo|ha dicho|habla|hablo|piensa|amenaza|intento|va|esta|escribio|escribe|me|se|lleva|puso|manda|mando|anda|planea|penso|comento|conto|confeso|cree|trato|publica|publico|no|pregunto|sube|tiene] .. [morir|morirse|matarse|se mata|se quiere matar|se va a matar|matar|suicidarse|suicidar|quitarse la vida|suicidio|suicida|suicidas|se corta|cortarse|autolesiona|autolesiona~|hacerse dano|hace dano|desaparecer|vivir|seguir viviendo|ahorcarse|tirarse|acabar con todo|acabar con su vida|terminar con todo|despedida|pastillas|colgarse|existir|estar viv~|muert~|lastima|lastimarse|cortes|despertar|estarian mejor|estorbo|una carga|lanzarse|saltar]
[se quiere|se va a|quiere|intento|penso en|piensa en|hablo de|habla de|amenaza con|amenazo con|dice que quiere|dice que se quiere] [morir|matarse|matar|suicidarse|suicidar|quitarse la vida|el suicidio|ahorcar|quitar la vida] 
[como|que] .. [ayudo|ayudar|hago|digo|hacer|decirle|puedo] .. [alguien|amig~|herman~|novi~|persona|madre|padre|prim~] .. [suicid~|matarse|morir|se corta|quitarse|autolesion~|no quiere vivir|quiere morirse]
[encontre|vi|descubri|he visto|he encontrado] .. [cortes|cuchilla|cuchillas|carta de despedida|nota de suicidio|marcas|pastillas] .. [brazos|brazo|cuarto|habitacion|herman~|amig~|hij~|mochila|su|novi~|muneca]
`,
};
