//! What people write to the reporting number, in each language, and what it is.

use super::*;

#[track_caller]
fn all(bodies: &[&str], waits_for_sender: bool, expected: &Utterance) {
    let wrong: Vec<_> = bodies
        .iter()
        .map(|body| (body, understand(body, waits_for_sender)))
        .filter(|(_, understood)| understood != expected)
        .collect();
    assert!(wrong.is_empty(), "not {expected:?}: {wrong:#?}");
}

#[track_caller]
fn gave(bodies: &[&str]) {
    all(bodies, false, &Utterance::Statement(Stated::Gave));
}

#[track_caller]
fn followed(bodies: &[&str]) {
    all(bodies, false, &Utterance::Statement(Stated::Followed));
}

#[test]
fn a_code_joins_however_it_is_typed_and_in_each_language() {
    let code = crate::people::JoinCode::parse("7K3MQ9TX10HV");
    assert!(code.is_some());
    all(
        &[
            "JOIN 7K3M-Q9TX-10HV",
            "join 7k3mq9tx10hv",
            " Join  7K3M Q9TX 1OHV. ",
            "\"JOIN 7K3M-Q9TX-10HV\"",
            "Join: 7K3M – Q9TX – 10HV",
            "JOIN7K3MQ9TX10HV",
            "Enrol 7K3M-Q9TX-10HV",
            "UNIRSE 7K3M-Q9TX-10HV",
            "Rejoindre 7K3M-Q9TX-10HV",
            "beitreten 7K3M-Q9TX-10HV",
            "Aderir\n7K3M-Q9TX-10HV",
        ],
        true,
        &Utterance::Join(code),
    );
    all(
        &["JOIN 7K3M-Q9TX-10H", "join 7K3M-Q9TX-10HVV", "JOIN 7K3M-Q9TX-10HU"],
        true,
        &Utterance::Join(None),
    );
    texts(&[
        "JOIN",
        "Join us tonight",
        "Join our trading group today",
        "JOIN 7K3M-Q9TX-10HV at acme-okta.example",
        "Join 7K3M-Q9TX-10HV and win a prize",
        "Your code is 7K3M-Q9TX-10HV",
        "Join +12015550123",
        "join winbig24",
    ]);
}

#[track_caller]
fn texts(bodies: &[&str]) {
    all(bodies, false, &Utterance::Text);
}

#[test]
fn commands_are_whole_messages_in_any_dress() {
    all(
        &[
            "STOP",
            "stop",
            " Stop. ",
            "\"STOP\"",
            "STOPALL",
            "Unsubscribe",
            "cancel",
            "END",
            "quit",
            "Opt-out",
            "revoke",
            "ALTO",
            "baja",
            "PARAR",
            "Arrêt",
            "ARRET",
            "Stopp!",
            "SAIR",
            "Abmelden",
        ],
        true,
        &Utterance::Stop,
    );
    all(&["START", "unstop", "Iniciar", "Démarrer", "começar"], true, &Utterance::Start);
    all(&["HELP", "help!", "Info", "AIDE", "ayuda", "Hilfe", "AJUDA"], true, &Utterance::Help);
    texts(&[
        "Reply STOP to end messages from Acme",
        "stop the delivery of parcel 4711 here",
        "Help me pay the fee please",
        "Your order was cancelled",
        "END of season sale",
        "Hilfe, mein Handy ist kaputt",
    ]);
}

#[test]
fn courtesies_and_blanks_are_nothing_to_look_at() {
    all(
        &[
            "thanks",
            "Thank you so much!",
            "ok",
            "Yes",
            "no",
            "👍",
            "🙏🙏",
            "ok thanks",
            "Danke schön",
            "merci beaucoup",
            "Muchas gracias",
            "obrigado!",
            "sí",
            "não",
            "D’accord, merci",
            "Vielen Dank für die Hilfe",
        ],
        true,
        &Utterance::Courtesy,
    );
    all(&["", "  ", "\n\t"], true, &Utterance::Blank);
    texts(&["thanks for your payment of 20.00", "ok your parcel is held"]);
}

#[test]
fn english_confessions_are_understood() {
    gave(&[
        "I typed my password",
        "I entered my code",
        "I clicked and logged in",
        "I gave them my card",
        "i typed",
        "I typed something",
        "Yes I typed",
        "Hi, I think I entered my password on that page",
        "oh no I just put in my credit card details",
        "Help! I already logged in",
        "I've given them my PIN",
        "ive entered my login details",
        "I accidentally submitted my credentials",
        "We entered our password there",
        "Typed my password, sorry",
        "entered my card number and the code",
        "I told them my date of birth",
        "I read out the code to the guy on the phone",
        "I clicked on the link and then entered my Okta password",
        "I went to that page and entered my password",
        "I fell for it",
        "I fell for the scam and typed everything",
        "I think I got phished",
        "got scammed",
        "I installed the app they sent",
        "I approved the push notification",
        "I paid the fee",
        "I paid it by card already",
        "they have my password",
        "I filled in my bank details",
        "Sorry. I signed in on that site.",
        "I shared my one-time code with the caller",
        "I did type my password",
        "I sent them money",
        "I bought the gift cards",
        "Stupidly typed in my password",
        "I tapped approve on my phone",
        "i gave him my social security number",
        "I TYPED MY PASSWORD!!!",
        "I acidentally enterd my password but then logged in",
    ]);
    followed(&[
        "I clicked",
        "I clicked the link",
        "I tapped on the link but did not type anything",
        "Clicked on the link by accident",
        "I opened the page",
        "I called the number",
        "I replied to it",
        "I replied",
        "I clicked on it, what now?",
    ]);
}

#[test]
fn spanish_confessions_are_understood() {
    gave(&[
        "He escrito algo",
        "He introducido mi contraseña",
        "Introduje mi clave",
        "Puse mis datos en la página",
        "Ya he puesto los datos de mi tarjeta",
        "metí el código",
        "Ingresé mi contraseña",
        "ingrese mi clave y mi usuario",
        "Les di mi número de tarjeta",
        "Acabo de poner mi contraseña",
        "He iniciado sesión",
        "Inicié sesión en esa página",
        "Caí en la trampa",
        "Me han estafado",
        "Hola, creo que he dado mi código",
        "He pagado",
        "Pagué con la tarjeta",
        "He pulsado el enlace y he metido mi contraseña",
        "Escribí mi contraseña sin querer",
        "Les dije mi pin",
    ]);
    followed(&[
        "He pulsado el enlace",
        "Hice clic",
        "pinché en el enlace",
        "He abierto el enlace",
        "Llamé al número",
        "Hice click pero no puse nada",
    ]);
}

#[test]
fn french_confessions_are_understood() {
    gave(&[
        "J'ai saisi",
        "J’ai tapé mon mot de passe",
        "j'ai entré mon code",
        "J'ai donné ma carte",
        "Jai mis mon mdp",
        "J'ai cliqué et j'ai saisi mes identifiants",
        "Je viens de taper mon mot de passe",
        "Je me suis connecté",
        "je me suis connectée sur la page",
        "Je me suis fait avoir",
        "Je me suis fait arnaquer",
        "J'ai payé",
        "J'ai rentré mes coordonnées bancaires",
        "Bonjour, je crois que j'ai communiqué mon code",
        "on a rempli le formulaire",
        "J'ai installé l'application",
        "J'ai validé la connexion",
        "j'ai transmis mon numéro de carte",
        "Désolé, j'ai déjà saisi mon mot de passe",
    ]);
    followed(&[
        "J'ai cliqué",
        "j'ai cliqué sur le lien mais rien saisi",
        "J'ai ouvert le lien",
        "J'ai appelé le numéro",
        "J'ai répondu",
        "Je suis allé sur le site",
    ]);
}

#[test]
fn german_confessions_are_understood() {
    gave(&[
        "Habe etwas eingegeben",
        "Ich habe mein Passwort eingegeben",
        "Hab mein Kennwort eingetippt",
        "ich habs eingegeben",
        "Ich habe meine Kreditkarte angegeben",
        "Ich habe den Code weitergegeben",
        "Hallo, leider habe ich meine Zugangsdaten eingegeben",
        "Ich habe auf den Link geklickt und mein Passwort eingegeben",
        "Ich habe mich angemeldet",
        "Hab mich da eingeloggt",
        "Ich bin darauf reingefallen",
        "Ich habe bezahlt",
        "Ich habe die App installiert",
        "Ich habe die TAN am Telefon genannt",
        "Mein Passwort habe ich schon eingegeben",
        "Ich habe das Formular ausgefüllt",
        "Aus Versehen meine Daten eingegeben",
        "Ich habe die Anmeldung bestätigt",
        "habe alles eingetragen",
    ]);
    followed(&[
        "Ich habe auf den Link geklickt",
        "Hab draufgeklickt",
        "Ich habe den Link geöffnet",
        "Ich habe die Nummer angerufen",
        "Ich habe darauf geantwortet",
        "Ich habe draufgeklickt, aber nichts eingegeben",
    ]);
}

#[test]
fn portuguese_confessions_are_understood() {
    gave(&[
        "Digitei",
        "Digitei minha senha",
        "Eu coloquei os dados do cartão",
        "Inseri o código",
        "Já digitei a minha palavra-passe",
        "Passei meu código para eles",
        "Acabei de colocar minha senha",
        "Fiz login na página",
        "Caí no golpe",
        "Fui enganada",
        "Paguei a taxa",
        "Fiz um pix",
        "Instalei o aplicativo",
        "Oi, acho que informei meus dados",
        "Cliquei no link e coloquei minha senha",
        "Preenchi tudo",
        "dei o número do cartão",
        "Sem querer digitei minha senha",
    ]);
    followed(&[
        "Cliquei no link",
        "Cliquei mas não digitei nada",
        "Abri o link",
        "Respondi a mensagem",
        "Liguei para o número",
        "Entrei no site",
    ]);
}

#[test]
fn lures_and_notices_are_no_confessions() {
    texts(&[
        "If you entered your password on our site, confirm it now",
        "You typed a wrong password",
        "Your password was entered 3 times",
        "Your password was entered incorrectly. Call us.",
        "Someone entered your password. Was this you?",
        "A new device logged in to your account",
        "Did you just sign in? If not, reply NO",
        "Hi mum, I lost my phone, this is my new number",
        "Hi mum I put my phone in the wash, can you pay my card bill?",
        "I accidentally sent a code to your number, can you send it back?",
        "Sorry, I used your number for my code, please send me the code you got",
        "I sent you the code by mistake",
        "I logged in to your device and recorded you",
        "I have your password and I clicked through your contacts",
        "I have installed a program on your computer",
        "I clicked on your profile and liked it",
        "We entered your address incorrectly",
        "We sent the code to your phone",
        "Never share the code you received",
        "Your code is 482913. Do not share it.",
        "Enter your PIN to continue",
        "Dear customer, we paid the fee for you",
        "I paid 20 for the tickets, see you there",
        "Are we still on for golf on Sunday?",
        "The card I gave to Anna was lovely",
        "Your parcel is held: a fee of 1.99 is due",
        "Si ha introducido su contraseña, llame ahora",
        "Ha introducido mal su contraseña",
        "Ingrese su clave para continuar",
        "Pulse el enlace para confirmar sus datos",
        "Escribí tu clave para continuar",
        "Te he enviado un código por error, ¿me lo reenvías?",
        "Hola mamá, he perdido mi móvil",
        "Su contraseña ha sido introducida 3 veces",
        "Vous avez saisi un mauvais mot de passe",
        "Si vous avez saisi votre mot de passe, appelez-nous",
        "Coucou maman, j'ai cassé mon téléphone, voici mon numéro",
        "J'ai envoyé un code sur ton numéro, renvoie-le moi",
        "Votre mot de passe a été saisi 3 fois",
        "Sie haben ein falsches Passwort eingegeben",
        "Ihr Passwort wurde dreimal eingegeben",
        "Wenn Sie Ihr Passwort eingegeben haben, rufen Sie uns an",
        "Hallo Mama, ich habe eine neue Nummer",
        "Ich habe dir einen Code geschickt, schick mir den bitte",
        "Você digitou uma senha errada",
        "Digite sua senha para continuar",
        "Clique no link para confirmar seus dados",
        "Oi mãe, mandei mensagem do meu número novo",
        "Te enviei um código por engano, me manda por favor",
        "Mandei um pix errado na sua conta, devolve por favor",
        "Sua senha foi digitada 3 vezes",
    ]);
}

#[test]
fn what_was_not_done_is_no_confession() {
    texts(&[
        "I did not type anything",
        "I didn't enter my password",
        "I haven't given them my card",
        "I never typed my password",
        "I almost entered my password",
        "I don't think I entered my password",
        "I would never have typed my password",
        "No he introducido mi contraseña",
        "No puse la clave",
        "Casi introduje mi contraseña",
        "Je n'ai pas saisi mon mot de passe",
        "J'ai rien saisi",
        "J'ai failli donner mon code",
        "Ich habe nichts eingegeben",
        "Ich habe mein Passwort nicht eingegeben",
        "Ich habe fast mein Passwort eingegeben",
        "Não digitei minha senha",
        "Eu não coloquei a senha",
        "Quase digitei minha senha",
    ]);
    gave(&["No, I typed my password", "No, he introducido mi clave", "Não! Digitei minha senha"]);
}

#[test]
fn a_confession_is_brief_and_has_no_link() {
    texts(&[
        "I typed my password at https://acme-sso.example/login",
        "I typed my password on acme-login.com",
        &format!("I typed my password. {}", "And so on and so forth. ".repeat(9)),
    ]);
    gave(&["I gave my card to the caller from 201-555-0123"]);
}

#[track_caller]
fn sender(body: &str, expected: Option<&str>) {
    let understood = understand(body, true);
    let found = match &understood {
        Utterance::Sender(sender) => Some(sender.as_text()),
        _ => None,
    };
    assert_eq!(found.as_deref(), expected, "{body}: {understood:?}");
}

#[test]
fn a_sender_is_read_in_its_frame() {
    sender("+12015550123", Some("+12015550123"));
    sender("(201) 555-0123", Some("2015550123"));
    sender("It was from +1 201-555-0123.", Some("+12015550123"));
    sender("from 201.555.0123", Some("2015550123"));
    sender("Sender: 28777", Some("28777"));
    sender("the number was 0044 7700 900123", Some("+447700900123"));
    sender("+12015550123 sent it", Some("+12015550123"));
    sender("alerts@bank.example", Some("alerts@bank.example"));
    sender("de Correos", Some("Correos"));
    sender("Era el número +34 91 555 01 23", Some("+34915550123"));
    sender("C'était le +33 1 55 50 12 3", Some("+3315550123"));
    sender("Expéditeur : LaPoste", Some("LaPoste"));
    sender("Absender war DHL", Some("DHL"));
    sender("von 030 5550123", Some("0305550123"));
    sender("Foi o número +55 11 555-0123", Some("+55115550123"));
    sender("Remetente: Correios", Some("Correios"));
    sender("Amazon", Some("Amazon"));
    sender("VM-MYBANK", Some("VM-MYBANK"));
    sender("Royal Mail", Some("Royal Mail"));
    sender("it came from EE", Some("EE"));
}

#[test]
fn what_people_answer_otherwise_is_no_sender() {
    for body in [
        "yes",
        "no",
        "thanks",
        "ok",
        "Sí",
        "non",
        "Danke",
        "obrigada",
        "hello",
        "I don't know",
        "unknown",
        "from unknown",
        "no idea",
        "nobody",
        "Amazon?",
        "who",
        "1.99",
        "12/03/2026",
        "2026-03-12",
        "12",
        "$200",
        "Your parcel is held, pay 1.99 today",
        "from the bank that I know",
        "call me back",
        "AVeryLongSenderName",
        "it was",
        "n/a",
        "keine Ahnung",
        "je ne sais pas",
        "não sei",
        "no sé",
    ] {
        sender(body, None);
    }
}

#[test]
fn a_sender_is_looked_for_only_when_one_was_asked_for() {
    texts(&["+12015550123", "Amazon", "Sender: 28777", "alerts@bank.example"]);
}

#[test]
fn who_did_nothing_confesses_nothing() {
    texts(&[
        "I typed nothing",
        "I typed nothing.",
        "I typed in nothing at all",
        "I entered nothing there",
        "i entered absolutely nothing, I promise",
        "I typed nothing and closed the page",
        "I typed no password",
        "I didn't type anything",
        "I did not type anything in",
        "I never typed anything",
        "I clicked nothing",
        "I clicked on nothing",
        "I sent them nothing",
        "I gave them nothing",
        "I did type nothing",
        "Ich habe nichts eingegeben",
        "Ich habe gar nichts angeklickt",
        "Ich habe da nichts eingetippt",
        "Ich hab auf nichts geklickt",
        "No escribí nada",
        "No he puesto nada",
        "No pulsé nada",
        "Pulsé nada",
        "Je n'ai rien saisi",
        "J'ai cliqué sur rien",
        "J'ai rien tapé",
        "J'ai saisi rien du tout",
        "Não digitei nada",
        "Digitei nada",
        "Cliquei em nada",
    ]);
}

#[test]
fn a_nothing_about_something_else_takes_nothing_back() {
    gave(&[
        "I typed my password, nothing happened",
        "I typed my password nothing happened",
        "I gave them my password nothing happened",
        "I typed it. Nothing came",
        "I typed nothing but my password",
        "I entered my code and nothing worked",
        "I logged in nothing happened",
        "Ich habe mein Passwort eingegeben, nichts passierte",
        "Ich habe mein Passwort eingegeben nichts ist passiert",
        "He puesto mi contraseña, nada pasó",
        "Digitei minha senha, nada aconteceu",
        "Digitei minha senha nada aconteceu",
        "J'ai saisi mon mot de passe, rien ne s'est passé",
        "J'ai saisi mon mot de passe rien ne se passe",
    ]);
    followed(&["I clicked the link, nothing happened", "I clicked it nothing loaded"]);
}
