//! What the form says, in each language it speaks.

use axum::http::HeaderMap;

use crate::page::preferred;

/// All that the page says in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// Its two letters.
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    pub(super) introduction: &'static str,
    pub(super) text: &'static str,
    pub(super) sender: &'static str,
    pub(super) send: &'static str,
    pub(super) privacy: &'static str,
    /// When there is nothing else to say.
    pub(super) thanks: &'static str,
    /// Why something was not taken.
    pub(super) unreadable: &'static str,
    pub(super) too_many: &'static str,
    pub(super) elsewhere: &'static str,
    pub(super) unavailable: &'static str,
}

/// Every language, English first: it is for those who read none of them.
pub(super) static ALL: [Words; 5] = [
    Words {
        language: "en",
        title: "Report a suspicious text",
        introduction: "Paste the text message you received. Do not tap its links, and do not call its numbers.",
        text: "The text message",
        sender: "Who it came from, if you know (optional)",
        send: "Send",
        privacy: "What you send is looked at by our security team. Leave out anything private that is not part of the message.",
        thanks: "Thank you. Our security team has it now.",
        unreadable: "Please paste the text message. It may have at most 16,000 characters.",
        too_many: "You have sent several messages already. Please wait a little before the next one.",
        elsewhere: "This form was not sent from this page. Please fill it in here.",
        unavailable: "We cannot take your message at the moment. Please try again in a few minutes.",
    },
    Words {
        language: "es",
        title: "Informar de un mensaje sospechoso",
        introduction: "Pegue el mensaje de texto que recibió. No pulse sus enlaces ni llame a sus números.",
        text: "El mensaje de texto",
        sender: "Quién lo envió, si lo sabe (opcional)",
        send: "Enviar",
        privacy: "Nuestro equipo de seguridad lee lo que usted envía. No incluya nada privado que no forme parte del mensaje.",
        thanks: "Gracias. Nuestro equipo de seguridad ya lo tiene.",
        unreadable: "Pegue el mensaje de texto. Puede tener como máximo 16 000 caracteres.",
        too_many: "Ya ha enviado varios mensajes. Espere un poco antes de enviar el siguiente.",
        elsewhere: "Este formulario no se envió desde esta página. Rellénelo aquí.",
        unavailable: "En este momento no podemos recibir su mensaje. Inténtelo de nuevo en unos minutos.",
    },
    Words {
        language: "fr",
        title: "Signaler un SMS suspect",
        introduction: "Collez le SMS que vous avez reçu. N’ouvrez pas ses liens et n’appelez pas ses numéros.",
        text: "Le SMS",
        sender: "Qui l’a envoyé, si vous le savez (facultatif)",
        send: "Envoyer",
        privacy: "Notre équipe de sécurité lit ce que vous envoyez. N’ajoutez rien de privé qui ne figure pas dans le message.",
        thanks: "Merci. Notre équipe de sécurité l’a bien reçu.",
        unreadable: "Collez le SMS. Il peut comporter au plus 16 000 caractères.",
        too_many: "Vous avez déjà envoyé plusieurs messages. Veuillez patienter un peu avant le suivant.",
        elsewhere: "Ce formulaire n’a pas été envoyé depuis cette page. Veuillez le remplir ici.",
        unavailable: "Nous ne pouvons pas recevoir votre message pour le moment. Réessayez dans quelques minutes.",
    },
    Words {
        language: "de",
        title: "Verdächtige SMS melden",
        introduction: "Fügen Sie die SMS ein, die Sie erhalten haben. Tippen Sie nicht auf ihre Links und rufen Sie ihre Nummern nicht an.",
        text: "Die SMS",
        sender: "Von wem sie kam, falls bekannt (freiwillig)",
        send: "Senden",
        privacy: "Unser Sicherheitsteam liest, was Sie senden. Lassen Sie Privates weg, das nicht zur Nachricht gehört.",
        thanks: "Danke. Unser Sicherheitsteam hat sie erhalten.",
        unreadable: "Bitte fügen Sie die SMS ein. Sie darf höchstens 16.000 Zeichen haben.",
        too_many: "Sie haben schon mehrere Nachrichten gesendet. Bitte warten Sie etwas bis zur nächsten.",
        elsewhere: "Dieses Formular wurde nicht von dieser Seite gesendet. Bitte füllen Sie es hier aus.",
        unavailable: "Wir können Ihre Nachricht gerade nicht annehmen. Bitte versuchen Sie es in einigen Minuten noch einmal.",
    },
    Words {
        language: "pt",
        title: "Denunciar uma mensagem suspeita",
        introduction: "Cole a mensagem de texto que recebeu. Não toque nos links nem ligue para os números dela.",
        text: "A mensagem de texto",
        sender: "Quem a enviou, se souber (opcional)",
        send: "Enviar",
        privacy: "A nossa equipa de segurança lê o que enviar. Não inclua nada privado que não faça parte da mensagem.",
        thanks: "Obrigado. A nossa equipa de segurança já a recebeu.",
        unreadable: "Cole a mensagem de texto. Pode ter no máximo 16 000 caracteres.",
        too_many: "Já enviou várias mensagens. Espere um pouco antes da próxima.",
        elsewhere: "Este formulário não foi enviado a partir desta página. Preencha-o aqui.",
        unavailable: "De momento não podemos receber a sua mensagem. Tente de novo dentro de alguns minutos.",
    },
];

/// The words of the language that a browser asks for most.
pub(super) fn choose(headers: &HeaderMap) -> &'static Words {
    preferred(headers, &ALL, |words| words.language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn the_language_asked_for_most_is_spoken() {
        let check = |wish: &str, expected: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wish.parse().unwrap());
            assert_eq!(choose(&headers).language, expected, "{wish}");
        };
        check("de", "de");
        check("pt-BR,pt;q=0.9,en;q=0.8", "pt");
        check("en;q=0.3, FR-ch;q=0.7, de;q=0.5", "fr");
        check("ja, es;q=0.1", "es");
        check("ja", "en");
        check("de;q=0", "en");
        check("de;q=x", "en");
        check("", "en");
        assert_eq!(choose(&HeaderMap::new()).language, "en");
    }
}
