/** What people in danger say of themselves. Each part is an idea, in the words in which people tell it. */
export const ES_SELF_HARM = `
[decid~|dile~|digan~|di~|dile|diles|dales] [a]? [mi|mis|todos|mama]? [madre|padre|padres|familia|hermana|hermano|hijos|todos|abuela]? .. [que]? [la quiero|lo quiero|los quiero|les quiero|la quise|los quise|los amo|la amo|los ame|lo siento|no fue su culpa|no es su culpa|me perdone~|perdon]
[todo|tengo todo|lo tengo todo|dejo todo|deje todo] .. [arreglado|listo|resuelto|en orden|preparado|pagado|atado] .. [irme|puedo irme|descansar|partir|marcharme|para cuando|despedirme|ya puedo|adios|puedo descansar]
[desde que|cuando] .. [murio|fallecio|se fue|no esta|muerto] .. [irme con|ir con|estar con|reunirme|morir|seguirla|seguirlo|no quiero vivir|sentido|encontrarme]
[irme|ir|estar|reunirme] con [el|ella|ellos] [$|al cielo|para siempre|de una vez|alla|donde]
[pistola|escopeta|arma|cuchilla|cuchillo|soga|cuerda|pastillas|navaja|cuter] .. .. [armario|cajon|al lado|a mano|delante|en la mesa|mirandola|mirarla|mirandolas|mirando|guardada|en la mano|cerca|mesita|garaje|debajo]
[miro|mirando|mirar|miraba|observo] .. [pastillas|cuchilla|cuchillo|soga|pistola|cuerda|navaja|puente|vias|bote de pastillas] [$|y|pienso|en|de|sin|un rato|cada|otra]
[desvivirme|desvivir|unalive|autoeliminarme|suisidarme|suicidarme|hacer sudoku|alv conmigo para siempre]
[sin mi] .. [facil|mejor|feliz|felices|tranquil~]
[quiero|voy a|me quiero|pienso] [descansar|dormir] [para siempre|eternamente]
[dejar|dejo|dejare] de [molestar|ser una carga|sufrir para siempre|estorbar|existir|vivir]
[no|ni] [se|creo|pienso] .. [si]? [vuelva a|volver a|volvere a] [veros|verte|hablar|despertar|hablarte|escribir] [nunca|mas|$]
<quiero> <morir> [$|y|de|para|manana|hoy|asi|porque|pero|cuando|nunca|mas|cada|esta|todos|en la|si|que|solo|ya|a|por mi|siempre|con ella|con el]
me [quiero|quisiera|queria|gustaria] [morir|matar|ir para siempre|suicidar|cortar las venas|ahorcar|desaparecer|colgar|pegar un tiro]
me [voy|iba] a [matar|suicidar|ahorcar|colgar|quitar la vida|cortar las venas|tirar por la ventana|tirar al metro|tirar del puente|pegar un tiro|lanzar|aventar|quitar de en medio]
<matarme>
me [mato|suicido|ahorco|corto las venas|tiro por la ventana|tiro por el balcon|tiro al tren|tiro al metro|quito la vida|pego un tiro|cuelgo del|lanzo al|aviento]
[pienso|pensar|pensando|pensado|pense|idea|ideas|fantaseo|obsesionad~|hablo|imagino] .. [suicidio|morir|morirme|muerte|suicidarme|desaparecer]
[ideas|pensamientos|pensamiento|tendencias] [suicidas|suicida|de muerte|de morir|de suicidio]
[suicidio|suicidarme|suicida] [es|seria|me|la|$]
[ojala|quisiera|desearia|querria|deseo|me gustaria|preferiria|hubiera preferido|quiero] .. [me muera|me muriera|estuviera muert~|estar muert~|no hubiera nacido|no haber nacido|nunca haber nacido|no despertara|no despertar|no despierte|no despertarme|no me despertara|no me despierte|no me despertase|me atropelle|me atropellara|me atropellase|me matara|me mate|no existiera|no existir|no existiese|me lleve dios|me llevara|no estuviera|no estar|dormirme|dormir para siempre|se acabe todo|se acabara todo|todo acabe|todo se acabe|todo acabara|todo terminara|termine todo|desaparezca|no hubiese nacido|me mueriese|me muriese]
[y si|que pasaria si|que pasa si|imagina si|si] .. [no me despertara|no despertara|no despierto|no me despierto|no despertase|no estuviera|no estuviese|no existiera|no existiese|me muriera|me muero|muriera|me muriese|desapareciera|desaparezco|desapareciese|me matara|me mato|faltara|no amanezco|no amaneciera]$
[si|cuando|el dia que] .. [me muero|me muriera|no estuviera|no estoy|no este|falte|faltara|desaparezco|desapareciera|me muera|no despierto|no despertara|muera|muriera|no existiera|desaparezca] .. [nadie|alguien|notaria|darian cuenta|daria cuenta|importaria|lloraria|llorarian|extranaria|echaria|mejor|iria|igual|cambiaria|enteraria|tranquilos|alivio]
[nadie|alguien|a alguien|a nadie|quien|ni] .. [notaria|daria cuenta|darian cuenta|importaria|importa|lloraria|extranaria|extranar|echaria de menos|echara de menos|echaria en falta|enteraria|iria a mi funeral|iria a mi entierro|va a extranar|dara cuenta] .. [si|cuando]? [me muero|me muriera|no estuviera|no estoy|no este|desaparezco|desapareciera|muero|muriera|falto|faltara|me voy|me fuera|no existiera|no despierto|me mato|me matara]
nadie me [extranaria|echaria de menos|echara de menos|va a extranar|va a echar de menos|lloraria|necesita|va a llorar|echaria en falta]
# No more.
[no|sin|nunca|tampoco] [quiero|querer|deseo|me apetece|puedo|tengo ganas de|ganas de|aguanto|me quedan ganas de|me dan ganas de|soporto|merezco|merecia|deberia|vale la pena|merece la pena|tiene sentido|se como|quisiera|queria|logro|sirvo para|veo motivos para|tengo motivos para|encuentro motivos para|tengo razones para|veo razon para|hay razon para|encuentro razones para] [seguir|estar|la]? [viviendo|vivir|vida|vivo|viva|aqui|existiendo|existir|despertar|despertarme|despertar manana|asi|adelante|mas en este mundo|en este mundo|nacer|seguir$|levantarme mas|respirando|respirar|estar$|mas esta vida|esta vida|vivir asi|ser$|luchando|la vida]
[perdi|perdido|he perdido|no tengo|sin|me faltan|se me quitaron|no me quedan|se me han quitado] [las]? ganas de [vivir|todo|seguir|existir|estar aqui]
[no puedo|no aguanto|no doy|no soporto] mas [$|esto|asi|esta vida|la vida|vivir|con todo|con esto|con la vida|con mi vida|con este dolor|con tanto dolor|este dolor|seguir|quiero]
[cansad~|harto|harta|agotad~|asqueado] [de]? [vivir|la vida|esta vida|existir|estar viv~|seguir|todo$|mi vida|luchar|sufrir|todo esto|estar aqui|respirar|despertar|esperar que todo mejore]
[odio|detesto] [mi vida|estar vivo|estar viva|vivir|existir|haber nacido|mi existencia|seguir viv~|despertarme]
me odio
[mi vida|la vida|vivir|nada|todo|seguir|existir|esta vida|mi existencia] .. [no tiene|no le veo|no le encuentro|perdio|sin|no vale|no merece|carece|no tenga] .. [sentido|pena|nada|proposito]
[no|ni] [le|les|me]? [veo|encuentro|hallo|tiene|tengo] [ningun|el|un|mucho]? [sentido|proposito|motivo|motivos|razon|razones|futuro|salida|solucion] [a|en|para|de|por]? [nada|la vida|vivir|seguir|mi vida|esto|vivo|existir|todo|despertar|despertarme|levantarme|mi existencia|$|seguir aqui|estar aqui|todo esto|lo que|mi]
[nada|la vida|mi vida] [tiene|tenia|vale] [sentido|la pena]
[para que|de que sirve|que sentido tiene|por que|a que|cual es el sentido de|vale la pena] [vivir|sigo|seguir|vivo|estoy aqui|existo|naci|despertar|la vida|levantarme|sigo vivo|sigo viva|sigo aqui|estar vivo|estar viva|tanto vivir|esta vida|existir|estoy viv~|seguir viv~|seguir aqui]
no [hay|tengo|veo|encuentro] [otra]? [salida|futuro|esperanza|solucion|escapatoria] [$|para mi|a esto|que|en|a mi|mas]
[unica|mejor] [salida|solucion|opcion] .. [morir|muerte|desaparecer|matarme|suicidio|irme]
[me rindo|rendirme|tirar la toalla] [$|con la vida|con todo|de vivir|no puedo]
[solo]? quiero que [esto|todo|el dolor|este dolor|se|pare|mi vida] [pare|acabe|termine|se acabe|se termine|todo|desaparezca|el dolor] [$|ya|de una vez|todo|el dolor]?
[esto|todo|el dolor] [duele|pesa] demasiado
duele [vivir|existir|estar viv~|la vida]
# Burden.
[soy|sere|era|siento|sea|ser] [que soy|como]? [solo|nada mas que|mas que|solamente]? [una|un] [carga|estorbo|peso|problema para todos|lastre|parasito|desgracia para|fracaso y]
[estarian|estaria|estaran|seria|serian|estan|vivirian|estariamos|iria|irian|estara|viviria|serian todos|le iria|les iria|va a estar|van a estar] [todos|mucho|bastante|mas|todo|tod~]? [mejor|felices|tranquilos|feliz|aliviados|tranquila|tranquilas|bien] [todos|todo]? [sin mi|si no|si yo|si me|cuando no|cuando yo]
[mejor|felices|feliz|tranquilos|tranquila|mas facil] [sin mi|si no existiera|si no estuviera|si yo no|si me muero|si desaparezco|cuando no este|si me muriera|si desapareciera|sin que yo este]
[solo]? [hago|doy|traigo|causo] [dano|problemas|la vida imposible|sufrir] .. [muert~|desaparecer|no estar|existir]
no [merezco|merecia] [vivir|estar vivo|estar viva|la vida|existir|seguir]
no [deberia|tendria que|debi|tendria] [existir|haber nacido|estar vivo|estar viva|estar aqui|nacer]
[aqui|en este mundo|mundo] [no]? [sobro|pinto nada]
[sobro|estorbo] [en|aqui|$|a todos|en este mundo]
[no encajo|no tengo lugar|no hay lugar para mi|no pertenezco] [en|a] [este|esta] [mundo|vida]
# Leaving.
[carta|cartas|nota|notas|mensaje|mensajes|video|videos] [de|para] [despedida|despedirme|despedir|cuando no este|cuando me vaya|suicidio]
[carta|cartas|nota|despedida|testamento|notas] .. [padres|madre|familia|hermana|hermano|hijos|todos|encontrar~|encuentren|leeran|lean|cuando ya|lista|listo|escrita|escritas|mesa|cajon|almohada]
[escribi|escrito|escribiendo|deje|dejado|dejo|escribo] .. [carta|cartas|nota|despedida|mensaje de despedida|adioses]
[me despido|despedirme|me estoy despidiendo|despidiendome|he venido a despedirme|quiero despedirme|me despedi] [de todos|de la vida|para siempre|de mi familia|de mis|de todo|de este mundo|$|del mundo|de ti para siempre|de ustedes]
adios [mundo|para siempre|a todos|vida|mundo cruel]
[esta|hoy|es|sera] [es]? [mi|la] ultim~ [noche|dia|mensaje|vez que|adios|conversacion|tarde|cena|cumpleanos] [aqui|viv~|$|en este|hablamos|hablo|me|de mi vida|para mi]?
[regale|regalado|di|regalando|doné|done|dado|reparti|repartiendo|donado] .. [mis cosas|mi perro|mi gato|mi ropa|todo|todas mis|mi guitarra|mis pertenencias|mi consola|mi coleccion|mi play|mi bici|mi moto|mis libros|mis juegos] [.. no|$|a mis|a mi|porque|total|.. necesitar|.. falta]
[no|ni] [lo|la|los|las]? [voy a|vaya a]? [necesitare|necesitar|hara falta|hacer falta|necesito] .. [donde voy|mas|nada|a donde voy|pronto]$
[cuando|despues de que|si] yo? [no este|me haya ido|me vaya para siempre|falte|no este mas|me muera|haya muerto|este muert~|no viva]
[cuida|cuiden|cuidad|cuidaras|cuides|cuidas|cuidar|encargate|encargaos] .. [cuando no este|si no estoy|cuando me vaya|cuando falte|si me pasa|cuando yo no|si me muero]
[pronto|manana|hoy|esta noche|esta semana|dentro de poco] .. [todo se acaba|todo acabara|todo habra acabado|todo termina|se acabara todo|no estare|dejare de|se acaba todo|terminara todo|descansare|estare en paz|descansar|estare muert~|me ire para siempre|dejo de sufrir|sere libre|acabo con todo|voy a acabar con todo|acaba todo|termino con todo]
[no|tampoco] [estare|voy a estar|llegare|llego|voy a llegar|paso|pasare|vivire|creo que llegue|creo llegar|se si llegue|se si llegare|se si estare|creo que este|creo que llegue viv~|pienso llegar|pienso estar|pienso vivir] .. [manana|semana|navidad|proximo|noche|mucho mas|mucho tiempo|los 18|los 20|los 30|ano|verano|verlo|aqui]
[voy a|quiero|ganas de|deseo|necesito|pienso|tengo que|decidi|a punto de] [acabar|terminar|acabarlo|terminarlo|hacerlo] [con]? [todo|esto|de una vez|para siempre|mi vida|hoy|esta noche|$|todo esto|esta noche|manana]$
# Methods.
[cuantas|cuanta|cuantos|que|cual] .. [pastillas|paracetamol|ibuprofeno|somniferos|pastilla|dosis|diazepam|antidepresivos|tranquilizantes|clonazepam|insulina|rivotril|valium|alprazolam|lorazepam|orfidal|trankimazin|veneno] .. [morir|morirme|morirse|no despertar|despertar|falta|faltan|hay que|necesito|tomar|matar|letal|sobredosis|mortal|dormir para siempre|necesitan|mata|peligroso]
[pastillas|paracetamol|somniferos|antidepresivos|tranquilizantes] .. [todas|todo el bote|el bote entero|de golpe|de una vez|bote|caja entera|entera|guardadas|guardando|juntando|guardado|guardo|escondidas|junto]
[bote|caja|frasco] [entero|entera|completo] de [pastillas|paracetamol]
[me tome|tomarme|me tomo|tome|trague|me trague|tragarme|tomando|me he tomado] [todas|un monton de|muchas|todo el|demasiadas|el bote|un bote|bote|frasco|caja|un frasco|una caja|el frasco|la caja|veinte|20|30|una sobredosis|un puñado|un punado]
sobredosis
[forma|manera|metodo|modo|metodos|formas|maneras] [mas]? [facil|rapida|indolora|sin dolor|rapido|rapidas|indoloras|sencilla|menos dolorosa|de morir|de suicidarse|de suicidarme|de matarme|de acabar] .. [morir|acabar|irse|matarse|irme|morirse|matarme|suicidarse|$]
[como|donde] [hacer|hago|se hace|atar|compro|comprar|consigo] [una|un|el]? [soga|nudo corredizo|horca|nudo de horca]
[soga|cuchilla|cuchillas|hojilla] .. [cuello|muneca|brazo|lista|preparada|comprado|brazos|piel|yo|mi|cajon|escondida]
[duele|dolera|dolor] .. [morir|ahorcarse|ahogarse|desangrarse|tirarse|colgarse|cortarse las venas]
[subo|subi|estoy|asomo|miro|paro|asomado|asomada|sentado|sentada|parado|parada|quedo] .. [puente|azotea|balcon|tejado|ventana|vias|borde|acantilado|anden] .. [pienso|saltar|tirarme|salto|pensando|facil|caer|lanzarme|dejarme|acabar|imagino|ganas]
[acelerar|estrellar~|chocar|estamparme|estrellarme|estampar] .. [coche|carro|contra|arbol|muro|moto]
# Injury.
me [estoy|he|volvi a|vuelvo a|voy a|quiero|quisiera|hago|he vuelto a|sigo|puse a|pongo a]? [cortando|cortado|cortar|corto|corte|autolesiono|autolesionando|autolesione|lastimo|lastimando|lastime|lesiono|quemo|quemando|hago dano|hice dano|haciendo dano|rasgu~|hice cortes|hago cortes|castigo|pego a mi mism~|golpeo] [$|los brazos|el brazo|las piernas|la piel|los muslos|las munecas|con|cuando|porque|desde|otra|de nuevo|por|para|y|yo|a mi|en|a escondidas|la muneca|mucho|todas|cada|mas|una|hace|sol~|los|las]
<dano> [$|otra vez|de nuevo|para|y|a mi mism~|cuando|otra|por|porque|esta|los brazos|las piernas|la piel|hoy|en]
[autolesion~|autolesiones|self harm]
[volvi|vuelto|recai|empece|empezado|recaer|vuelvo] .. [cortarme|cortes|autolesion~|lastimarme|hacerme dano|cuchilla]
[tengo|llevo|ocultar|tapo|tapar|escondo|escondiendo|cubro] [las|los]? [cortes|marcas|cicatrices|heridas] .. [brazos|brazo|munecas|piernas|muslos|manga|mangas|muneca|vean]
[miedo|temo] .. [a mi mism~|lo que pueda hacer|de lo que pueda hacer|lo que soy capaz de hacer|hacerme algo|hacer algo malo|de hacerme]
[voz|voces|cabeza] .. [me dice~|me piden|diciendo~|me ordena~] que [me mate|lo haga|me muera|salte|me corte|acabe|me haga]
# Understated.
[me da igual|da lo mismo|no me importa|no me importaria|me importa poco|me importa una mierda|me daria igual] [si]? [morir|morirme|me muero|vivir|vivo|vivir o morir|me atropella|me muriera|que me atropelle|despertar|no despertar|muera|que me pase algo|despierto|me pasa algo|estar vivo|estar viva|no despertarme|me muera]
[dormir|dormirme|acostarme|cerrar los ojos] y no [despertar|despertarme|volver a despertar|abrirlos]
[dormir|sueno|descanso|descansar] [eterno|eternamente|para siempre]
[preferiria|mejor|seria mejor|prefiero] .. [muert~|no haber nacido|no estar viv~|morirme|la muerte|morir]
[la]? muerte [seria|es|suena|parece|me parece] .. [alivio|descanso|mejor|solucion|salida|paz|liberacion|escape|tranquil~]
[al|en el] [limite|borde del abismo]$
[irme|me voy|marcharme|me quiero ir|quiero irme|me ire] [de este mundo|para siempre|y no volver|para no volver|al cielo|al otro lado]
[desaparecer|irme|sumirme] [y|para] [no|nunca]? [volver|que nadie|siempre]
[quiero|quisiera|ganas de|necesito|ojala] .. [desaparecer|desapareciera|desaparezca]$
[reunirme|estar|irme|encontrarme] con [mi]? [abuela|abuelo|madre|padre|hermano|hermana|el|ella|mejor amig~] [en el cielo|alla arriba|del otro lado|en el mas alla]
[lo unico|nada] .. [me mantiene|me ata|me retiene|me queda] .. [viv~|vida|aqui|nada|mundo|vivir]
[nada|nadie|motivo|razon] [por|para] [lo|la]? [que|quien]? [vivir|seguir|quedarme|luchar|existir]
no [sirvo para nada|valgo nada|soy nadie|le importo a nadie|importo a nadie|valgo para nada]
[me siento|estoy|siento] [muy|tan]? [vaci~|muert~] por dentro
[ganas|deseos] de [morir|morirme|matarme|no existir|desaparecer|suicidarme|llorar y morirme|dormir y no]
[he intentado|intente|trate de|he tratado de|casi] [matarme|suicidarme|quitarme la vida|lo hago|me mato|me suicido|salto|me tiro]
[intento|intentos] de suicidio
estoy viv~ [por|de] [inercia|milagro y]
`;
