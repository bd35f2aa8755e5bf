import { ES_DANGER } from "./es/danger.ts";
import type { Phrases } from "./phrases.ts";

export const ES: Phrases = {
  fillers:
    "ya realmente sinceramente simplemente honestamente solamente literalmente veces siempre aun todavia incluso jaja jajaja jajajaja bro tio tia wey guey pues igual creo quizas quiza tal_vez puta puto joder",
  synonyms:
    "q:que|k:que|ke:que|xq:porque|pq:porque|porq:porque|kiero:quiero|qiero:quiero|quero:quiero|kisiera:quisiera|tngo:tengo|tngo:tengo|toy:estoy|ta:esta|pa:para|tb:tambien|tmb:tambien|tbn:tambien|d:de|aki:aqui|aca:aqui|aca:aqui|nadien:nadie|nunk:nunca|muxo:mucho|tng:tengo|mñn:manana|wsp:whatsapp|wasap:whatsapp|wa:whatsapp|guasap:whatsapp|wpp:whatsapp|wasa:whatsapp|insta:instagram|ig:instagram|snapchat:snap|fotos:foto|nadie_mas:nadie|cel:celular|movil:celular|fono:celular|tlf:telefono|tel:telefono|diez:10|doce:12|trece:13|catorce:14|quince:15|dieciseis:16|diecisiete:17|dieciocho:18|diecinueve:19|mama:madre|papa:padre|mami:madre|papi:padre|xfa:por favor|cumple:cumpleanos|amig:amigo",
  ...ES_DANGER,
  otherAges: `
[doy|dar|ensena|ensenar|profe|profesora|profesor|maestra|maestro|imparto|clases|clase] .. [eso|bachillerato|primaria|secundaria|<N>]
a [tu|su|vuestra|mi] edad
[tenia|tuve|cuando tenia|a los|desde los|con|hasta los|con solo|entre|hace|durante|llevo|tras|de los|cumplio|cumpli hace|como de|tiene|tienen|tenga|hacia los|sobre los|casi a los|dentro de|unos|aparento|parece que tengo|como si tuviera|me siento de|tendria] [los|unos|casi|mas de|solo|apenas]? <N>
<N> anos [de] [experiencia|casad~|carrera|antiguedad|servicio|trabajo|novi~|relacion|matrimonio|diferencia|garantia|hipoteca|cotizacion|vida|profesion|conocer~|ser|estar|vivir|amistad]
<N> anos [trabajando|viviendo|casad~|en el|en la|en esta|en este|aqui|junt~|fumando|sin|con mi|con la|menos|mas que|atras|ensenando|jugando|conduciendo|haciendo|dedicad~|esperando|despues|antes]
<N> [minuto|minutos|min|horas|hora|dias|semanas|meses|euros|pesos|dolares|km|kilos|metros|gatos|perros|hijos|hermanos|primos|grados|paginas|puntos|partidos|segundos|h|veces|personas|alumnos|libros|por ciento|mil|millones|correos|anos luz]
[mi|mis|su|sus|tu|nuestro|nuestra|la|el] [hijo|hija|hijos|hijas|hermano|hermana|sobrino|sobrina|nieto|nieta|perro|gato|gata|perra|primo|prima|coche|nene|nena|chico|chica|alumnos|alumno|ninos|nino|nina|peque|mayor|menor|pequeno|pequena|hermanito|hermanita|amiga|amigo|mellizos|gemelos|casa|moto|ahijad~] .. <N>
`,
  age: `
[tengo|tenemos|tenia que decir que tengo|tenemos los dos] [solo|casi|como|apenas|recien|unos|los|nomas|creo que]? <N> [$|anos|anitos|y|pero|tu|vos|ano|de edad|recien|cumplidos|soy|jaja|asi|primaveras|vs|para|en|hbu|o sea|wn|bro|me|vivo|aunque|que|por]
[acabo de cumplir|cumpli|acabo de hacer|recien cumpli|acabe de cumplir|he cumplido|hice] [los]? <N>
^<N> [$|anos]? [y tu|y vos|y usted|y ud|tu que|y tu que|tu]
^<N> [anos|anitos|f|m|mujer|hombre|chica|chico|h]
soy [una|un|de]? [chica|chico|nina|nino|muchacha|muchacho|adolescente|pibe|piba|tio|tia|morra|morro|chavo|chava|chaval|chavala|mujer|hombre|estudiante]? [de]? <N>
mi edad [es|son] <N>
edad <N>
[si|no|pues|yo|la mia|con mis] [tengo]? <N> anos$
[con|a] mis <N> [anos]? [no|me|ya|y|mi]
[para|por] [mis]? <N> anos que tengo
[chica|chico|nena|pibe|f|m] <N> [anos|$|de|aqui]
`,
  birthday: `
[hago|celebro|fiesta de|son] mis <N> [$|anos|en|este|el|con]
[cumplo|cumplire|voy a cumplir|voy a hacer|hago|hare|me faltan .. para los|me falta .. para los|casi|voy para|voy pa|estoy por cumplir|a punto de cumplir|por cumplir] [los]? <N> [$|en|el|este|manana|la|anos|dentro|pronto|ano]
`,
  school: `
[voy|estoy|soy|curso|^|entro|paso|empiezo|estudio|repito|hago|vamos|acabo|termino] .. [en|a|de|el]? <N> [o|ro|do|er|to|mo|a|ero]? [de|en] la? [eso|secundaria|secu|sec]
`,
  schoolYear: 11,
  born: `
[naci|nacida|nacido|soy nacid~|nazi] [en|el|del|de]? [el|ano]? .. <Y>
soy [del|de] <Y>
`,
  minors: [
    [
      12,
      `
[voy|estoy|soy|curso|^|entro|paso|estudio|empiezo|repito|vamos|hago] .. [primero|segundo|tercero|primer|tercer|1ro|2do|3ro|1 ro|2 do|3 ro|cuarto|4 to] [ano]? [de|en] la? [eso|secundaria|secu]
[voy|estoy|soy|curso|^|entro|estudio] .. [a|en|de] la? [secundaria|secu|primaria|eso|telesecundaria]
[voy|estoy|soy|curso|^] .. [quinto|sexto|septimo|5to|6to|5 to|6 to] [grado|de primaria|de prim|ano]
`,
    ],
    [
      16,
      `
[voy|estoy|soy|curso|^|hago|estudio|entro|empiezo|paso|vamos|termino|acabo|repito] .. [primero|segundo|1|2|1ro|1 o|2 o|1 ro|2 do|tercero|3 o] [de]? [bachillerato|bach|bachiller|prepa|preparatoria|medio]
[voy|estoy|soy|curso|^|hago|estudio|sigo] [al|en el|en la|a la|del|de|en|en mi|al]? [instituto|insti|prepa|preparatoria|bachillerato|liceo|cole|colegio|bachiller|escuela media|octavo|noveno|octavo grado|noveno grado|8vo|9no|8 vo|9 no|cch|liceo] [$|y|todavia|aun|pero|del|de]
[soy|sigo siendo|seria|aun soy] [una|un|solo]? [menor|menor de edad|adolescente|nina|nino|crio|cria|chiquita|chiquito|pequena|pequeno]$
[soy|sigo siendo] [menor de edad|menor|menor de 18]
[no tengo|no llego a|no cumplo|sin|tengo menos de|aun no tengo|me faltan para] [los]? 18
[menor|menores] de [edad|18] [$|pero|y]
me falta~ .. [18|mayoria de edad|ser mayor de edad]
[preparando|estudiando para|hago|tengo|examenes de|saco] la? [selectividad|evau|ebau|pau|evau]
`,
    ],
  ],
  contact: `
[dame|pasame|pasas|das|dime|mandame|me das|me pasas|agregame|anademe|anade~|agrega~|sigueme|te paso|te doy|tienes|teneis|tenes|cual es|mi|tu|cambiamos|por|pasa|compartes|comparte|intercambiamos|escribeme|hablame|hablamos|al|apunta|cuentame|me dejas|quieres|usas|pasamos a|vamos a|mejor por|a tu|este es mi|toma] [por|al|a|tu|mi|el|de|un|en|el tuyo|tu propio|mis|tus|su]? <app>
[agregame|anademe|anademe|agregas|agrego|sigueme|llamame|escribeme|te llamo|llamas|videollamada|hacemos videollamada|hacemos una videollamada|videollamamos|hacer videollamada|contactame|te agrego|me agregas|hablame al|mandame un mensaje|llamada|te sigo]
[quedamos|quedar|quedemos|vernos|nos vemos|conocernos|encontrarnos|nos encontramos|nos conocemos|juntarnos|nos juntamos|juntamos|vemos|verte|conocerte|ven a|vienes a|venir a|venis a|te vienes|me recoges|pasas por mi|recogeme|nos vamos a ver|salimos juntos|salir conmigo|visitame|vente] [$|en|el|este|manana|hoy|a|un|por|para|algun|algun dia|la|mi|en persona|conmigo|cuando|si|fuera|casa|al|tu|y|despues|solo|solos|o]
[y si|podemos|podriamos|quieres|quisieras|cuando|donde|te gustaria|te apetece|me gustaria|quiero|puedo|vamos a|podrias|puedes|te parece si|que tal si|hay que|deberiamos] .. [quedamos|quedar|vernos|vemos|conocernos|encontrarnos|juntarnos|verte|conocerte|venir|venir a mi casa|recogerme|visitarte|visitarme|juntamos|salimos|llamarte|llamarme]
[donde|en que ciudad|en que calle|en que barrio|por donde|en que parte] [vives|vivis|queda tu casa|esta tu casa|exactamente|vives exactamente]
[vivo|mi casa|mi escuela|mi cole|mi instituto|mi insti|mi colegio|estudio] [en|es|esta|queda] [la calle|calle|el|la|el numero|avenida|en la|en el|el colegio|al lado]
[estoy|estare|me quedo|voy a estar] sol~ en casa
[mis padres|mi madre|mis viejos] [no estan|no esta|se van|estan fuera|trabajan|salen]
[seamos|quieres ser|se|sos|eres] [mi|mis]? [novio|novia|novios|daddy|sugar]
`,
  sexual: `
[manda~|pasa~|envia~|ensena~|muestra~|quiero ver|quieres ver|dejame ver|ver|foto|fotos|mando|paso|tienes|intercambiamos|mande|mandas|pasas|ensenas|quiero|vendo|verte|verme] [me|una|un|tu|tus|mi|mis|unas|de|alguna|algun|foto|fotos|el|la|las|en|sin|tus|con]? [una|un|tu|tus|mi|mis|de|foto|fotos|en]? [tu|tus|mi|mis]? [nudes|nude|pack|desnuda|desnudo|desnudos|tetas|pechos|polla|verga|pene|pito|culo|cono|vagina|panocha|concha|bragas|calzones|pelotas|chichis|nopor|ropa interior|tanga|lolas|paquete|nalgas|sin ropa|encuerada|encuerado|en bolas|en pelotas|ropa$|packs|porno]
[quiero|quieres|ganas de|vamos a|te gustaria|me gustaria|quisiera|podemos|puedo|tengo ganas de|necesito|queres|voy a|me dejas|dejame|te quiero|te voy a|quiero que me|deja que te|hay que|te quisiera|busco|queria|apetece] [tener|hacer|hacerte|un]? [sexo|follar|follarte|follemos|follamos|coger|cogerte|culear|culiar|garchar|garcharte|hacer el amor|el amor|tirar contigo|tener relaciones|relaciones|mamarte|mamar|mamarla|chuparte|chupartela|correrme|venirme|masturbar~|pajear~|penetrarte|acostarme contigo|acostarte conmigo|lamerte|tocarte|metertela|meterte|mamada|sexting|cibersexo|coito|echar un polvo|desnudarte|desnudarme|comerte la|comerte el|comerte toda|montarte|darte por|cabalgarte|rico]
[estoy|ando|toy|me pones|pongo|estas|me has puesto|me pone|estamos|puse|me puse|me tienes|estas tan|andas|me siento|ponerte|soy muy|vengo] [muy|super|tan|re|bien|mega|bastante|todo|toda|medio|algo]? [caliente|cachond~|calient~|excitad~|arrech~|mojad~|hot|horny|empalmad~|dura|duro por ti|erect~|cach~]
[dime|di~|hablame|habla~|cuentame|quiero oir|susurrame|escribeme|dices] [me|cosas|algo|muy]? [guarradas|guarrerias|cochinadas|suci~|cochin~|porquerias|calient~|pervers~|hot|porno|guarr~|cerd~]
[chupa~|mama~|come~|lame~|toca~|agarra~|chupas|mamas|chupar|mamar|lamer|sobar|comes|chupo|tocas] [me|te|la|el|lo|mi]? [la|el|tu|mi|las|los|los]? [polla|verga|pene|pito|culo|cono|tetas|huevos|concha|panocha|clitoris|pezones|nalgas|pinga|pija|rabo|poronga|coño]
[follame|fóllame|cogeme|metemela|chupamela|mamamela|comemela|follarte|cogerte|partirte|te follo|te follaria|te cogeria|te la chupo|te la meto|te lo como|me la chupas|te como todo|me coges|me follas|clavame]
[tu|mi|su] [polla|verga|pene|pito|cono|tetas|concha|panocha|clitoris|pezones|culo|culito] [esta|es|dura|mojad~|grande|peque~|quiere|dur~|ric~|$|en|me|tan|se|mojada]
[que|como] [llevas|tienes|traes] puesto [ahora|debajo|$|en la cama]
[de que|como es de|cuanto|que tan|como tienes] .. [grande|mide|gorda|larga|talla|mojad~|dura] [la|las|el|tu|los|te|es]? [tienes|polla|tetas|verga|sujetador|bra|pene|tuya|mide|sosten]
[me|te|se] [estoy|estas|estoy aqui]? [masturb~|toco|tocas|tocando|pajeo|pajeando|paja|haciendo una paja|hago una paja|hice una paja|corro|corriendo|corri|vengo|meto los dedos|dedeo] [pensando|mientras|$|por ti|contigo|con|en ti|rico|todo|encima|dentro|solo|sola|ahora|viendo|las tetas|ahi|para ti]
[estas|estoy|ponte|quedate|duermes|imagino|quiero verte|desnudate|imaginame|verte|tumbad~] [completamente|tod~|aqui|totalmente]? [desnud~|en bragas|sin ropa|en pelotas|en tanga|sin bragas|encuerad~|en bolas]
[desnudate|quitate la ropa|quitate las bragas|quitate la camiseta|abre las piernas|abrete de piernas|ponte en cuatro|desvistete]
[sexo|cibersexo|sexting|trio|mamada|orgasmo|orgia|sexchat] [oral|anal|conmigo|contigo|virtual|ahora|por|hoy|$|esta noche|telefonico|duro|salvaje|en|juntos|rico|con|sin]
[chat|charla|charlar|hablar|hablemos|juego|rol|jugar|algo|llamada|hacemos|conversacion] [de|algo|un]? [sexo|sexual|caliente|hot|erotic~|sucio|sexi|porno|de rol erotico]
[eres|soy|sigues siendo|sos] [virgen|tragona|sumis~|dominante|activo o pasivo|pasiv~ en la cama|muy puta en]
[fantasias|fantasia|posicion|postura|fetiche|fetiches] [sexual|sexuales|favorita|favorito|tuya|mas]
`,
  intimate: `
[foto|fotos|video|selfie|selfies] [tuya|tuyas|mia|mias|de ti|de tu|de mi|tuyo|de cuerpo|tu|mi|sin|en]
[manda~|pasa~|envia~|ensena~|mando|paso|ver|verte|quieres ver|quieres verme|muestra~|mandas|pasas|te mando] .. [foto|fotos|video|selfie|cuerpo|ropa|cara|piernas|pies|bikini|banador|pijama]
[sin|en] [ropa|camiseta|camisa|bragas|ropa interior|bikini|calzones|toalla|pijama|la ducha|sujetador|bra|bano|banador|la banera|boxers|tanga]
[besar~|besarte|besarme|beso|besos|besito|besitos|bese|besaste|besado|abrazarte|abrazame|acariciar~|tocarte|tocarme|me toco|tocaste] 
[soy|eres|estoy|estas|me ves|te parezco|te parece que soy|crees que soy|sos] [muy|tan|la mas|el mas|una|un]? [guapa|guapo|sexy|linda|lindo|bonita|bonito|atractiv~|buena|bueno|ric~|bombon|hermosa|hermoso|plana|fea y]$
[sexo|sexual|sexi|sexy|virgen|virginidad|desnud~|porno|regla|pubertad|tetas|pechos|pene|vagina|condon|preservativo|masturb~|hacer el amor|acostarme|acostarte|primera vez con|pastilla del dia|embarazada|me toco|me toca|me tocaba|te amo|enamorad~ de ti|te deseo|coquetear|ligar|caliente|cachond~|me gustas|te quiero mucho]
[tienes|has tenido|quieres|buscas|quiero|busco|tenes|necesito] [un|una|a]? [novio|novia|sugar|hombre mayor|mujer mayor|chico mayor|amor]
[hombres|chicos|chicas|mujeres] mayores
`,
};
