/** What people in danger say of themselves. Each part is an idea, in the words in which people tell it. */
export const PT_SELF_HARM = `
nao [chego|passo|aguento|duro|vivo] [vivo|viva|mais]? [ao|ate o|ate ao|no|ate|de|ate a] [natal|amanha|ano|fim|18|verao|semana|proxim~|noite|fim do|carnaval]
[fala|diz|diga|digam|avisa|falem|conta] [para|a|pra]? .. [mae|pai|pais|familia|irma|irmao|filhos|todos|ela|ele|avo] .. [que]? [eu]? [amo|amava|amo ela|os amo|peco perdao|peco desculpa|nao foi culpa|perdao|sinto muito]
[acho|sei|penso] [que]? .. nao [chego|passo|aguento|duro|vejo|vivo] [ate|ao|no|de|mais|muito|o|a|na]? .. [natal|ano|semana|amanha|noite|mes|aniversario|longe|verao|18|hoje]
<quero> <morrer>
[me|eu] [da|deu|dava] [uma]? vontade de [morrer|sumir|desaparecer]
<matar>
[penso|pensei|pensar|pensando|pensado|ideia|ideias|imagino|imaginando|falo|plano|planos] .. [suicidio|morte|suicidar|desaparecer|morrer|sumir para sempre]
[pensamentos|ideias|ideacao|tendencias|pensamento] [suicidas|suicida|de morte|de suicidio|de morrer]
[suicidio|suicida] [e|seria|me|parece|$]
[queria|gostaria|gostava|tomara|desejava|preferia|oxala|quem me dera|quero|preferiria|peco|rezo] .. [ter morrido|estar mort~|nao ter nascido|nunca ter nascido|nao acordar|nao acordasse|que eu morresse|que um carro|que um caminhao|que deus me leve|que deus me levasse|nao existir|nunca ter existido|nao estar aqui|que tudo acabe|que tudo acabasse|dormir para sempre|dormir e|que acabasse|morrer dormindo|morresse|que tudo parasse|que a dor|nao acorde|que eu nao acorde|eu nao existisse]
[e]? [se|caso|quando|no dia que|o dia que] [eu]? .. [nao acordasse|nao acordar|nao existisse|morresse|morrer|sumisse|sumir|desaparecesse|desaparecer|nao estivesse|nao estiver|me matasse|nao tivesse nascido|partir|deixasse de existir|me for] .. [amanha|aqui|$|ninguem|alguem|falta|diferenca|notar|sentir|mais|melhor|chorar|mudar|mudava|nada|importar|mundo|voces|de vez|para sempre]
[ninguem|alguem|sera que|quem|nem] .. [notaria|notar|sentiria|sentir falta|ia sentir|ia notar|sentir a minha|perceber|perceberia|importaria|importar|choraria|chorar|ia chorar|sentira|ia ligar|enterro|velorio|dar falta|ia perceber|sente minha falta|dava por|repara|reparava] .. [se|$|falta|de mim|quando|minha|meu|eu]
[nao]? faria falta [a|para]? .. [ninguem]
[dormir|dormisse|deitar|fechar os olhos|dorme] e [nao|nunca] [mais]? [acordar|acordasse|abrir|mais acordar]
# No more.
[nao|nunca|nem] [quero|queria|consigo|aguento|tenho vontade de|tenho mais vontade de|tenho forca para|tenho forcas para|suporto|mereco|merecia|devia|deveria|vejo motivo para|tenho motivo para|tenho motivos para|vejo razao para|vale a pena|sei se quero|pretendo|vejo por que|tenho razao para] [mais]? [viver|existir|estar aqui|acordar|continuar|seguir|estar viv~|ficar aqui|viver mais|ter nascido|existir mais|levantar da cama|seguir em frente|estar vivo|mais viver|mais existir|continuar viv~|respirar|nascer|continuar vivendo|essa vida|a vida|esta vida|ficar viv~|lutar]
[nao] [quero|queria|aguento|consigo|posso|da|suporto|guento] mais [$|viver|isso|isto|essa vida|esta vida|a vida|existir|estar|estar aqui|acordar|nada disso|a minha vida|minha vida|essa dor|esta dor|lutar|tanta dor|tudo isso|tudo isto|continuar|ficar aqui|sofrer|seguir|com isso|viver assim|sinto|eu|e|quero]
[cansei|cansad~|farto|farta|exausto|exausta|saturad~|cheio|cheia] [de|da] [viver|vida|existir|essa vida|minha vida|estar viv~|tudo$|sofrer|lutar|esta vida|fingir que estou bem|respirar|tudo e de todos]
[odeio|detesto] [a]? [minha vida|viver|existir|estar viv~|a vida|ter nascido|minha existencia|acordar viv~]
me odeio
[perdi|sem|falta|nao tenho|nao sinto] [a|mais]? .. [vontade|gosto|prazer|alegria] [de|em|para|pela] [viver|vida|existir]
[nao|nem] [vejo|encontro|tem|faz|ha|acho|tenho|existe] mais? [nenhum|o|um|mais]? [sentido|proposito|motivo|razao|futuro|saida|solucao|graca|esperanca] [em|na|para|de|a|no]? [nada|vida|viver|mais|mim|continuar|$|minha vida|existir|tudo|levantar|acordar|estar viv~|seguir|minha existencia]
[vida|viver|nada|tudo|existir|minha vida] .. [nao faz|nao tem|perdeu|sem|nao vale|deixou de fazer|nao ha] .. [sentido|pena|graca|mais nada|o esforco|valor]
[para que|de que adianta|por que|porque|qual o sentido de|qual o sentido da|de que serve|vale a pena|para que serve|que sentido tem|adianta] [ainda|eu]? [viver|estou viv~|vivo|continuar|existo|existir|vida|nasci|acordar|levantar|estou aqui|seguir|estar viv~|a vida|continuo aqui|continuo]
[nao]? [tem|ha|vejo|existe] [mais]? [nenhuma]? [saida|futuro|esperanca|jeito|solucao] para mim
[sem] [futuro|saida|esperanca|rumo e]$
[unica|melhor] [saida|solucao|opcao] .. [morrer|morte|sumir|me matar|suicidio|desaparecer]
[desisto|desisti|desistir] [de tudo|da vida|de viver|de mim|$]
que [isso|tudo|essa dor|a dor|esta dor|isto] .. [acabe|acabasse|pare|parasse|termine|passe de vez]
[doi|cansa|pesa] [demais]? [viver|existir|estar viv~|tanto viver]
# Burden.
[sou|fui|serei|sentir|sinto|ser|sendo] [que sou]? [so|apenas|como]? [um|uma] [peso|fardo|estorvo|atraso|problema para todo|carga|encosto|parasita|erro|inutil e]
[melhor|felizes|feliz|tranquilos|aliviad~|mais leve|bem|mais facil|em paz] [todos]? [sem mim|se eu morr~|se eu sum~|se eu nao|se eu desapare~|quando eu nao|quando eu morrer|quando eu for|se eu fosse embora|sem a minha|sem eu|comigo mort~|quando eu]
[so|apenas]? [dou|causo|faco|trago] .. [trabalho|mal|problema|sofrer|desgosto] .. [sem mim|morrer|sumir|melhor|existir]
nao [mereco|merecia] [viver|estar viv~|existir|a vida]
nao [devia|deveria|era para] [existir|ter nascido|estar viv~|estar aqui|eu ter nascido]
[eu]? nao [sirvo para nada|presto para nada|valho nada|faco falta|pertenco a este mundo|pertenco a esse mundo]
[vazi~|mort~] por dentro
# Leaving.
[carta|cartas|bilhete|bilhetes|mensagem|mensagens|video|videos] [de]? [despedida|adeus|quando eu for|suicidio]
[escrevi|escrevendo|deixei|deixo|escrito|deixar|gravei|escrever|deixando] .. [carta|cartas|bilhete|testamento|despedida|mensagem|video] .. [pais|mae|familia|irm~|filhos|todos|achar|encontrar~|mesa|gaveta|pai|lerem|quando|cada um|$|ler|avo|quarto|amigos]
[me despedi|me despedindo|me despedir|despedir me|despedi me|me despeco|vim me despedir] [de todos|de todo|da vida|para sempre|da minha|dos meus|do mundo|$|de voces|de voce|de tudo]
adeus [mundo|para sempre|a todos|$|vida|mundo cruel|pessoal|a vida]
[essa|hoje|esta|e] [e|vai ser|sera]? [a]? [minha|meu|a minha|o meu] ultim~ [noite|dia|mensagem|vez|conversa|aniversario|natal|carta|semana] [$|aqui|viv~|da|que|nesse|neste|na terra|com voces]
[doei|dei|doando|distribui|dando|doado|ofereci] .. [minhas coisas|meu cachorro|minha gata|meu gato|tudo|minhas roupas|minha guitarra|meu violao|meu videogame|meus livros|minha colecao|meus jogos|meu cao|minha bicicleta] [.. nao|$|para|ao|porque|pro|.. precisar]
nao [vou|irei] [mais]? [precisar|usar] .. [mais|para onde|$|nada|disso]
[quando|depois que|assim que|se] eu [nao estiver|morrer|for embora|for|partir|nao existir|nao tiver|faltar|nao tiver mais|estiver mort~|nao estiver mais]
[cuida|cuidem|cuide|cuidar|toma conta|diz|diga|digam|avisa] .. [quando eu|se eu nao|quando eu nao|que eu amo|que eu a amo|que os amo|perdao por mim|que eu amava|depois que eu|se acontecer algo comigo]
[logo|amanha|hoje|hoje a noite|essa noite|esta noite|em breve|sexta|semana que vem|essa semana|daqui a pouco] .. [tudo acaba|tudo isso acaba|vai acabar tudo|tudo vai acabar|acaba tudo|nao vou estar|nao estarei|vou embora para sempre|acabo com tudo|estarei em paz|vou estar em paz|descanso|vou descansar|serei livre|vou ser livre|eu me mato|termino com tudo|e o fim|vou sumir de vez|estarei mort~|termina tudo|nao vou mais estar|paro de sofrer|acaba o sofrimento|acabo com isso]
[nao|nem] [vou|irei|devo|pretendo|sei se vou|acho que vou|passo|chego|sei se] .. [estar aqui|estar viv~|chegar|passar|ver|durar|aguentar|acordar|viver|chego|aguento] .. [amanha|natal|semana|ano|18|muito tempo|mais|noite|hoje|verao|fim|carnaval|aniversario]
[tudo] .. [resolvido|pronto|organizado|arrumado|acertado|pago|em ordem|tratado|em dia] .. [ir|partir|depois que|quando eu|despedir|embora|descansar|adeus|para eu ir]
[escolhi|marquei|marcado|decidi|planejei|defini|separei] .. [data|dia|lugar|metodo|forma|local|modo] [$|para morrer|da minha|de acabar|de ir|que vou|para acabar|em que]
# Methods.
[quantos|quantas|quanto|qual|que] .. [comprimidos|paracetamol|dipirona|rivotril|clonazepam|dose|insulina|cartelas|calmantes|diazepam|soniferos|calmante|antidepressivo|veneno|ibuprofeno|chumbinho|xanax|caixas] .. [morrer|nao acordar|acordar mais|precisa|preciso|matar|letal|fatal|overdose|mata|dormir para sempre|tomar|acordar|necessario|perigoso|chega|bastam|sao precisos|nunca mais]
[tomei|tomar|tomando|engoli|tomo|engolir|bebi|ingeri] .. [todos|cartela|caixa|muitos|varios|vinte|20|30|40|trinta|<N>|monte|frasco|todo o|vidro|cartela inteira] .. [comprimidos|rivotril|calmante|calmantes|clonazepam|paracetamol|dipirona|xanax|inteira|antidepressivo|de uma vez|dramin] [$|e|de|agora|de uma|para|hoje|inteira|ontem|faz]?
[comprimidos|rivotril|cartelas|calmantes|caixa de comprimidos] .. [guardando|guardei|juntando|juntei|escondid~|na minha frente|olhando|na gaveta|na mao|de uma vez|separei|todos juntos|acumulando|olho]
[guardando|guardei|juntando|juntei|escondi|escondendo|olhando|encarando|olho para|separei|comprei] .. [comprimidos|rivotril|corda|gilete|arma|faca|lamina|revolver|cartelas|veneno|estilete|chumbinho] [$|e|ha|faz|na|no|embaixo|desde|para|em cima|da]
overdose
[corda|gilete|lamina|arma|faca|revolver|estilete|veneno|navalha|pistola] .. [gaveta|na mao|separada|pronta|comprei|no meu quarto|pescoco|pulso|pulsos|armario|do meu pai|olhando|perto de mim|guarda roupa|no braco|a vista|ao meu lado|garagem]
[jeito|forma|maneira|modo|metodo] .. [sem dor|indolor|rapido|rapida|facil|mais rapido|menos doloroso|sem sofrer|sem sofrimento] .. [morrer|me matar|acabar|ir embora|se matar|suicidio|partir|$]
[como] .. [morrer|se matar|me matar|se enforcar|fazer um no de forca|me enforcar] [sem|rapido|dormindo|com|$|indolor]
[doi|machuca] .. [morrer|enforcamento|afogar|se enforcar|pular]
[ponte|predio|terraco|sacada|janela|trilho|trilhos|viaduto|laje|penhasco|plataforma|varanda|linha do trem] .. [facil|pular|pulo|cair|penso|pensando|me jogar|acabar|soltar|um passo|saltar|imagino|deixar]
[subi|subo|fico|parado|parada|olho|olhando|debrucad~|sentad~] .. [ponte|predio|terraco|sacada|viaduto|parapeito|laje|trilho|varanda] [$|e penso|e|pensando|imaginando]
[bater|jogar|acelerar] .. [carro|moto] .. [poste|muro|arvore|caminhao|ribanceira|parede]
# Injury.
me [corto|cortei|cortando|machuco|machuquei|automutilo|automutilei|mutilo|corte|queimo|firo|feri|machucando|mutilando|cortava|arranho|furo|bato] [$|escondid~|os bracos|o braco|faz|quando|para|com|todo|de novo|as pernas|as coxas|nos bracos|ha|no banho|a noite|porque|desde|nas pernas|a mim mesm~|sempre|toda|sozinh~|e|no braco|propositalmente|os pulsos|nas coxas|na|so]
corto me
[voltei a|comecei a|vontade de|quero|preciso|parei de|penso em|vontade|tentei parar de|continuo a|recai e] <mal> [$|de novo|para|outra|quando|novamente|mais|e|toda|com|hoje]
[automutilacao|auto mutilacao|automutilar|me automutil~]
[cortes|cicatrizes|marcas|machucados] .. [braco|bracos|pulso|pulsos|coxa|coxas|perna|pernas|manga|mangas|esconder|escondo|antebraco]
[ver|vejo] .. [sangue] .. [alivio|calma|escorrer|sair]
[medo] .. [de mim mesm~|do que posso fazer|do que eu posso fazer|de fazer uma besteira|de fazer besteira|de me machucar|de fazer algo comigo]
fazer [uma]? [besteira|loucura|asneira] [$|comigo|com minha vida|hoje|e]
[voz|vozes|cabeca] .. [manda~|dizem|diz|mandando|falam] .. [morrer|me matar|pular|me cortar|acabar|fazer isso]
[recai|recaida|voltei] .. [cortes|gilete|automutil~|me cortar|lamina]
# Understated.
[tanto faz|nao me importo|nao me importaria|nao ligo|e igual|nao ia ligar|pouco me importa|nem ligo|me da igual] .. [viver|morrer|morto|viv~|acordar|morresse|atropelar|atropelasse|carro|vivo|morro|morrendo|amanha]
[morte|morrer] .. [seria|parece|e] .. [alivio|descanso|melhor|solucao|paz|saida|libertacao|mais facil|bom|unica]
[unico|unica] [motivo|razao|coisa] .. [viv~|me segura|vida|aqui|me prende]
[nada|ninguem|motivo|razao] .. [me prende|por que viver|para viver|pelo que viver|me segura|para continuar|por quem viver|para estar viv~]
[ir|encontrar|estar com|ficar com|seguir|juntar|juntar me|reencontrar] .. [minha avo|meu avo|minha mae|meu pai|meu irmao|minha irma|ela|ele|meu filho|minha filha|minha esposa|meu marido|ao meu] .. [no ceu|la em cima|do outro lado|ceu|onde|de novo|para onde|tumulo]
[desde que] .. [morreu|partiu|se foi|faleceu] .. [quero|vontade|ir junto|ir com|encontrar|sentido|morrer|viver|estar com]
[ir embora|partir|desaparecer|sumir] [deste|desse|para|e nunca|de vez|e nao|desta|dessa|do] [mundo|sempre|mais voltar|voltar|$|vida|mapa para sempre]
[quero|queria|vontade de|preciso] [sumir|desaparecer]$
[quase] .. [pulei|me matei|fiz|me joguei|tomei tudo|acabei com tudo|saltei|tomei todos]
[tentei] .. [me matar|suicidio|suicidar|tirar minha vida|acabar com tudo|morrer]
[tentativa|tentativas] de suicidio
[no|ao] [limite|fundo do poco|fim da linha]$
[sono|descanso] eterno
[dormir] [para sempre|eternamente]
`;
