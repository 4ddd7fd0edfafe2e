//! Host names and addresses in a text.

/// Generic endings that occur in texts and documents. A name under another one slips
/// through: the point is to catch what a person would write, not to know the root zone.
const GENERIC: &str = " app art biz blog bond buzz cam cfd christmas click cloud club com company \
    delivery dev digital email energy finance fit fun fyi gov group help homes host icu info ink \
    international life limited link live lol ltd mobi monster name net network ninja one online \
    org page pics plus post pro quest rest rip sbs services shop site skin space store stream \
    support systems tech tel tips today top trade travel vip website wiki win work works world \
    xyz zip zone edu mil int ";

/// Country endings.
const COUNTRIES: &str = " ac ad ae af ag ai al am ao ar at au az ba bd be bg bh bj bo br bt bw by bz \
    ca cc cd cf cg ch ci cl cm cn co cr cu cv cx cy cz de dk do dz ec ee eg es et eu fi fj fm fr \
    ga ge gg gh gi gl gm gq gr gs gt hk hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke \
    kg kh ki kr kw ky kz la lb li lk lt lu lv ly ma mc md me mg mk ml mm mn mo mr ms mt mu mv mw \
    mx my mz na nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pr ps pt pw py qa re ro rs \
    ru rw sa sb sc sd se sg sh si sk sl sm sn so sr st su sv sx sy tc td tf tg th tj tk tl tm tn \
    to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ";

/// Country endings that are more often the end of a file or of a field in code.
const CODE: &str = " rs md sh py pl id is so in me to my at do no it as be by pm cc st ";

/// Where a text comes from, which decides how sure one must be that a name is a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prose {
    /// A message: whatever looks like a host is meant as one.
    Message,
    /// Documentation, where `signal.id` and `build.rs` are code and a file.
    Documentation,
}

/// Host names and IPv4 addresses in a text, in lower case, disguises undone.
pub(super) fn find(text: &str, prose: Prose) -> Vec<String> {
    let plain = undisguised(text);
    let tokens = plain.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '.'));
    tokens
        .map(|token| token.trim_matches(['.', '-']).to_lowercase())
        .filter(|token| is_address(token) || is_host(token, prose))
        .collect()
}

/// Without invisible characters, full-width forms and defanged dots.
fn undisguised(text: &str) -> String {
    let visible = text.chars().filter(
        |c| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}'),
    );
    let plain: String = visible
        .map(|c| match c {
            '\u{3002}' | '\u{ff61}' | '\u{2024}' => '.',
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(c) - 0xfee0).expect("full-width forms mirror ASCII")
            }
            _ => c,
        })
        .collect();
    ["[.]", "(.)", "{.}"].iter().fold(plain, |text, dot| text.replace(dot, "."))
}

fn is_address(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok())
}

fn is_host(token: &str, prose: Prose) -> bool {
    let Some((rest, ending)) = token.rsplit_once('.') else { return false };
    let shaped = rest.split('.').all(|label| !label.is_empty() && !label.ends_with('-'));
    let listed = |list: &str| list.split_whitespace().any(|known| known == ending);
    let country = listed(COUNTRIES) && !(prose == Prose::Documentation && listed(CODE));
    shaped && rest.chars().any(char::is_alphabetic) && (listed(GENERIC) || country)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, prose: Prose, expected: &[&str]) {
        assert_eq!(find(text, prose), expected, "{text}");
    }

    #[test]
    fn hosts_are_found_however_dressed() {
        check("tap https://Evil.co.uk/a.", Prose::Message, &["evil.co.uk"]);
        check("hxxps://evil[.]top and evil\u{3002}com", Prose::Message, &["evil.top", "evil.com"]);
        check("e\u{200b}vil.com", Prose::Message, &["evil.com"]);
        check("\u{ff45}vil.com", Prose::Message, &["evil.com"]);
        check("at 198.51.100.7:8080", Prose::Message, &["198.51.100.7"]);
        check("us@mail.xyz", Prose::Message, &["mail.xyz"]);
    }

    #[test]
    fn code_and_prices_are_no_hosts() {
        check("`signal.id` in build.rs, README.md", Prose::Documentation, &[]);
        check("Rs.500, 1.5GB, Rp20.000, 9.30pm, invitation.apk", Prose::Message, &[]);
        check("e.g. this, i.e. that", Prose::Documentation, &[]);
    }
}
