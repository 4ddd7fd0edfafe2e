//! What the page says, in each language that answers speak. `{organization}` and `{name}` stand for
//! those.

use axum::http::{HeaderMap, header};

/// All that the page says in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// Its two letters.
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    /// What was stopped, if its name is known.
    pub(super) named: &'static str,
    pub(super) unnamed: &'static str,
    pub(super) safe: &'static str,
    pub(super) typed_before: &'static str,
    pub(super) typed: &'static str,
    pub(super) mistake_before: &'static str,
    pub(super) mistake: &'static str,
    pub(super) privacy: &'static str,
    pub(super) heard_typed: &'static str,
    pub(super) heard_mistake: &'static str,
    pub(super) too_many: &'static str,
    pub(super) unheard: &'static str,
}

/// Every language, English first: it is for those who read none of them.
pub(super) static ALL: [Words; 5] = [
    Words {
        language: "en",
        title: "This page was stopped",
        named: "{organization} does not let {name} be opened: it was reported as an attempt to steal passwords, or imitates a name of ours.",
        unnamed: "{organization} does not let this page be opened: it was reported as an attempt to steal passwords, or leads to one that was.",
        safe: "Nothing of it was loaded just now. You have done nothing wrong.",
        typed_before: "Did you type a password or a code there before, or download something? Say so, even if you are not sure. Nobody will blame you, and it helps us act in time.",
        typed: "I had already typed something",
        mistake_before: "Do you need this page for your work?",
        mistake: "This is a mistake",
        privacy: "That this page was opened, when and by which device, is noted for the security team.",
        heard_typed: "Thank you. The security team knows now. Change that password today, at the real page that you open yourself, and give no code to anybody who calls.",
        heard_mistake: "Thank you. The security team will look at it. Until then it stays stopped.",
        too_many: "You have told us already. Please call the security team if there is more.",
        unheard: "We could not note that just now. Please call the security team.",
    },
    Words {
        language: "es",
        title: "Esta página se ha detenido",
        named: "{organization} no permite abrir {name}: se ha denunciado como un intento de robar contraseñas, o imita un nombre nuestro.",
        unnamed: "{organization} no permite abrir esta página: se ha denunciado como un intento de robar contraseñas, o conduce a una así.",
        safe: "Ahora no se ha cargado nada de ella. Usted no ha hecho nada malo.",
        typed_before: "¿Había escrito allí una contraseña o un código, o descargado algo? Díganoslo, aunque no esté seguro. Nadie se lo reprochará y nos ayuda a actuar a tiempo.",
        typed: "Ya había escrito algo",
        mistake_before: "¿Necesita esta página para su trabajo?",
        mistake: "Es un error",
        privacy: "El equipo de seguridad anota que se abrió esta página, cuándo y desde qué dispositivo.",
        heard_typed: "Gracias. El equipo de seguridad ya lo sabe. Cambie hoy esa contraseña en la página auténtica, que usted mismo abra, y no dé ningún código a quien le llame.",
        heard_mistake: "Gracias. El equipo de seguridad lo mirará. Hasta entonces seguirá detenida.",
        too_many: "Ya nos lo ha dicho. Si hay algo más, llame al equipo de seguridad.",
        unheard: "Ahora no hemos podido anotarlo. Llame al equipo de seguridad.",
    },
    Words {
        language: "fr",
        title: "Cette page a été arrêtée",
        named: "{organization} ne laisse pas ouvrir {name} : elle a été signalée comme une tentative de vol de mots de passe, ou imite un de nos noms.",
        unnamed: "{organization} ne laisse pas ouvrir cette page : elle a été signalée comme une tentative de vol de mots de passe, ou mène à une telle page.",
        safe: "Rien n’en a été chargé à l’instant. Vous n’avez rien fait de mal.",
        typed_before: "Y aviez-vous déjà saisi un mot de passe ou un code, ou téléchargé quelque chose ? Dites-le, même sans en être sûr. Personne ne vous le reprochera, et cela nous aide à agir à temps.",
        typed: "J’avais déjà saisi quelque chose",
        mistake_before: "Avez-vous besoin de cette page pour votre travail ?",
        mistake: "C’est une erreur",
        privacy: "L’équipe de sécurité note que cette page a été ouverte, quand et depuis quel appareil.",
        heard_typed: "Merci. L’équipe de sécurité le sait maintenant. Changez ce mot de passe aujourd’hui, sur la vraie page que vous ouvrez vous-même, et ne donnez aucun code à qui vous appelle.",
        heard_mistake: "Merci. L’équipe de sécurité va regarder. D’ici là, elle reste arrêtée.",
        too_many: "Vous nous l’avez déjà dit. S’il y a autre chose, appelez l’équipe de sécurité.",
        unheard: "Nous n’avons pas pu le noter à l’instant. Appelez l’équipe de sécurité.",
    },
    Words {
        language: "de",
        title: "Diese Seite wurde angehalten",
        named: "{organization} lässt {name} nicht öffnen: Die Seite wurde als Versuch gemeldet, Passwörter zu stehlen, oder ahmt einen unserer Namen nach.",
        unnamed: "{organization} lässt diese Seite nicht öffnen: Sie wurde als Versuch gemeldet, Passwörter zu stehlen, oder führt zu einer solchen.",
        safe: "Gerade wurde nichts von ihr geladen. Sie haben nichts falsch gemacht.",
        typed_before: "Hatten Sie dort schon ein Passwort oder einen Code eingegeben oder etwas heruntergeladen? Sagen Sie es, auch wenn Sie nicht sicher sind. Niemand macht Ihnen Vorwürfe, und wir können rechtzeitig handeln.",
        typed: "Ich hatte schon etwas eingegeben",
        mistake_before: "Brauchen Sie diese Seite für Ihre Arbeit?",
        mistake: "Das ist ein Irrtum",
        privacy: "Dass diese Seite geöffnet wurde, wann und von welchem Gerät, wird für das Sicherheitsteam notiert.",
        heard_typed: "Danke. Das Sicherheitsteam weiß es jetzt. Ändern Sie dieses Passwort noch heute, auf der echten Seite, die Sie selbst öffnen, und geben Sie niemandem, der anruft, einen Code.",
        heard_mistake: "Danke. Das Sicherheitsteam sieht es sich an. Bis dahin bleibt die Seite angehalten.",
        too_many: "Das haben Sie uns schon gesagt. Wenn noch etwas ist, rufen Sie das Sicherheitsteam an.",
        unheard: "Das konnten wir gerade nicht notieren. Rufen Sie bitte das Sicherheitsteam an.",
    },
    Words {
        language: "pt",
        title: "Esta página foi travada",
        named: "{organization} não deixa abrir {name}: foi denunciada como tentativa de roubar palavras-passe, ou imita um nome nosso.",
        unnamed: "{organization} não deixa abrir esta página: foi denunciada como tentativa de roubar palavras-passe, ou leva a uma que o foi.",
        safe: "Nada dela foi carregado agora. Não fez nada de mal.",
        typed_before: "Já tinha escrito lá uma palavra-passe ou um código, ou descarregado alguma coisa? Diga-nos, mesmo que não tenha a certeza. Ninguém o vai censurar, e ajuda-nos a agir a tempo.",
        typed: "Já tinha escrito alguma coisa",
        mistake_before: "Precisa desta página para o seu trabalho?",
        mistake: "É um engano",
        privacy: "A equipa de segurança regista que esta página foi aberta, quando e por que dispositivo.",
        heard_typed: "Obrigado. A equipa de segurança já sabe. Mude hoje essa palavra-passe, na página verdadeira que abrir por si, e não dê nenhum código a quem lhe telefonar.",
        heard_mistake: "Obrigado. A equipa de segurança vai ver. Até lá, continua travada.",
        too_many: "Já nos disse isso. Se houver mais alguma coisa, telefone à equipa de segurança.",
        unheard: "Agora não o conseguimos registar. Telefone à equipa de segurança.",
    },
];

/// The most languages looked at of those a browser asks for.
const MOST_WISHES: usize = 16;

/// The words of the language that a browser asks for most (RFC 9110, section 12.5.4).
pub(super) fn choose(headers: &HeaderMap) -> &'static Words {
    let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut best = (&ALL[0], 0.0);
    for wish in wishes.unwrap_or_default().split(',').take(MOST_WISHES) {
        let (tag, quality) = wish.split_once(';').unwrap_or((wish, "q=1"));
        let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        let primary = tag.trim().split('-').next().unwrap_or_default();
        let spoken = ALL.iter().find(|words| words.language.eq_ignore_ascii_case(primary));
        if let (Some(words), Some(quality)) = (spoken, quality)
            && quality > best.1
        {
            best = (words, quality);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_most_is_spoken() {
        for (wish, expected) in [
            ("de", "de"),
            ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
            ("en;q=0.3, FR-ch;q=0.7, de;q=0.5", "fr"),
            ("ja, es;q=0.1", "es"),
            ("ja", "en"),
            ("de;q=0", "en"),
            ("de;q=x", "en"),
            ("", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wish.parse().unwrap());
            assert_eq!(choose(&headers).language, expected, "{wish}");
        }
    }
}
