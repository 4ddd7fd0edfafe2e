//! What the page of enrolment says, in each language it speaks.

use axum::http::HeaderMap;

use crate::page::preferred;

/// All that the page says in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// Its two letters.
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    pub(super) introduction: &'static str,
    /// Before the number.
    pub(super) to: &'static str,
    /// In place of a number that is not known here.
    pub(super) to_usual: &'static str,
    pub(super) open: &'static str,
    pub(super) note: &'static str,
    pub(super) too_many: &'static str,
    pub(super) incomplete: &'static str,
}

/// The words of the language that a browser asks for most.
pub(super) fn choose(headers: &HeaderMap) -> &'static Words {
    preferred(headers, &ALL, |words| words.language)
}

/// Every language, English first: it is for those who read none of them.
pub(super) static ALL: [Words; 5] = [
    Words {
        language: "en",
        title: "Add your own phone",
        introduction: "From the phone you want to protect, text these words:",
        to: "to",
        to_usual: "to the number to which you forward suspicious texts.",
        open: "Open a new text",
        note: "The code works once, for one phone, within seven days. We never ask for anything on this page.",
        too_many: "You have opened this page several times already. Please wait a little.",
        incomplete: "This link is not complete. Please open it as you received it.",
    },
    Words {
        language: "es",
        title: "Añadir su teléfono",
        introduction: "Desde el teléfono que quiere proteger, envíe este mensaje de texto:",
        to: "al número",
        to_usual: "al número al que reenvía los mensajes sospechosos.",
        open: "Abrir un mensaje nuevo",
        note: "El código sirve una vez, para un teléfono, durante siete días. En esta página nunca le pedimos nada.",
        too_many: "Ya ha abierto esta página varias veces. Espere un poco.",
        incomplete: "Este enlace no está completo. Ábralo tal como lo recibió.",
    },
    Words {
        language: "fr",
        title: "Ajouter votre téléphone",
        introduction: "Depuis le téléphone à protéger, envoyez ce SMS :",
        to: "au",
        to_usual: "au numéro auquel vous transférez les SMS suspects.",
        open: "Ouvrir un nouveau SMS",
        note: "Le code sert une fois, pour un téléphone, pendant sept jours. Cette page ne vous demande jamais rien.",
        too_many: "Vous avez déjà ouvert cette page plusieurs fois. Veuillez patienter un peu.",
        incomplete: "Ce lien n’est pas complet. Ouvrez-le tel que vous l’avez reçu.",
    },
    Words {
        language: "de",
        title: "Eigenes Telefon anmelden",
        introduction: "Senden Sie von dem Telefon, das Sie schützen möchten, diese SMS:",
        to: "an",
        to_usual: "an die Nummer, an die Sie verdächtige SMS weiterleiten.",
        open: "Neue SMS öffnen",
        note: "Der Code gilt einmal, für ein Telefon, sieben Tage lang. Auf dieser Seite fragen wir Sie nie nach etwas.",
        too_many: "Sie haben diese Seite schon mehrmals geöffnet. Bitte warten Sie etwas.",
        incomplete: "Dieser Link ist nicht vollständig. Bitte öffnen Sie ihn so, wie Sie ihn bekommen haben.",
    },
    Words {
        language: "pt",
        title: "Adicionar o seu telefone",
        introduction: "Do telefone que quer proteger, envie esta mensagem de texto:",
        to: "para",
        to_usual: "para o número a que encaminha as mensagens suspeitas.",
        open: "Abrir uma mensagem nova",
        note: "O código serve uma vez, para um telefone, durante sete dias. Nesta página nunca lhe pedimos nada.",
        too_many: "Já abriu esta página várias vezes. Espere um pouco.",
        incomplete: "Este link não está completo. Abra-o tal como o recebeu.",
    },
];
