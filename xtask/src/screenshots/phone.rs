//! A text as a phone shows it, in HTML: the two ways that most phones draw a conversation.

/// How many points a phone is wide and high, before its screen's finer ones.
pub(super) const WIDTH: usize = 390;
pub(super) const HEIGHT: usize = 844;

/// How a phone draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    is_ios: bool,
    is_dark: bool,
    is_large: bool,
}

impl Style {
    /// All, over and over.
    pub(super) fn in_turn() -> impl Iterator<Item = Self> {
        let kinds = [(false, false), (true, false), (false, true)];
        let all = kinds.map(|(is_dark, is_large)| {
            [true, false].map(|is_ios| Self { is_ios, is_dark, is_large })
        });
        all.into_iter().flatten().collect::<Vec<_>>().into_iter().cycle()
    }

    pub(super) fn name(self) -> String {
        let system = if self.is_ios { "ios" } else { "android" };
        let look = match (self.is_dark, self.is_large) {
            (true, _) => "dark",
            (_, true) => "large",
            _ => "light",
        };
        format!("{system}-{look}")
    }

    /// Ground, bubble, letters, paler letters, links.
    fn colours(self) -> [&'static str; 5] {
        match (self.is_ios, self.is_dark) {
            (true, false) => ["#ffffff", "#e9e9eb", "#000000", "#8a8a8e", "#000000"],
            (true, true) => ["#000000", "#262629", "#ffffff", "#8d8d93", "#ffffff"],
            (false, false) => ["#f8fafd", "#e9eef6", "#1f1f1f", "#5f6368", "#0b57d0"],
            (false, true) => ["#131314", "#2d2f31", "#e3e3e3", "#9aa0a6", "#a8c7fa"],
        }
    }
}

/// The styles of all phones.
pub(super) const SHEET: &str = "\
body { margin: 0; display: flex; flex-wrap: wrap; }
.phone { position: relative; overflow: hidden; box-sizing: border-box; line-height: 1.3; }
.ios { font-family: Inter, 'Liberation Sans', Helvetica, sans-serif; }
.android { font-family: Roboto, 'DejaVu Sans', sans-serif; }
.status { display: flex; justify-content: space-between; padding: 14px 26px 0; font-size: 15px; font-weight: 600; }
.head { display: flex; align-items: center; }
.ios .head { flex-direction: column; padding: 8px 12px 10px; font-size: 12px; }
.android .head { padding: 14px 12px; font-size: 20px; gap: 14px; }
.face { width: 40px; height: 40px; border-radius: 50%; background: #8e9bb0; color: #fff; display: flex;
  align-items: center; justify-content: center; font-size: 18px; }
.back { position: absolute; left: 12px; top: 56px; font-size: 22px; }
.label { text-align: center; font-size: 12px; margin: 10px 0; }
.bubble { box-sizing: border-box; width: fit-content; overflow-wrap: break-word; white-space: pre-wrap; }
.ios .bubble { max-width: 74%; margin: 2px 14px; padding: 8px 13px; border-radius: 18px; }
.android .bubble { max-width: 76%; margin: 2px 12px; padding: 10px 14px; border-radius: 20px; }
.android .row { display: flex; align-items: flex-end; } .android .row .face { width: 28px; height: 28px; font-size: 13px; margin-left: 12px; }
.mine { margin-left: auto !important; background: #0a7cff !important; color: #fff !important; }
.when { font-size: 11px; margin: 4px 0 0 56px; }
.link { text-decoration: underline; }
.type { position: absolute; bottom: 26px; left: 48px; right: 16px; border: 1px solid #8a8a8e; border-radius: 18px;
  padding: 7px 14px; font-size: 16px; }
.plus { position: absolute; bottom: 30px; left: 16px; font-size: 20px; }
";

/// One phone. Some show the end of an answer as well, as conversations do.
pub(super) fn html(number: usize, style: Style, sender: Option<&str>, text: &str) -> String {
    let [ground, bubble, letters, pale, link] = style.colours();
    let system = if style.is_ios { "ios" } else { "android" };
    let size = match (style.is_ios, style.is_large) {
        (true, false) => 17,
        (false, false) => 16,
        (_, true) => 26,
    };
    let hour = 7 + number % 5;
    let minute = 10 + number * 7 % 50;
    let sender = escaped(sender.unwrap_or("Unknown"));
    let face = sender.chars().find(|c| c.is_alphabetic()).unwrap_or('?');
    let bars = format!(
        "<div class=status><span>{hour}:{minute}</span><span>5G {}%</span></div>",
        20 + number % 70
    );
    let head = if style.is_ios {
        format!(
            "<div class=head><div class=face>{face}</div><div>{sender} &rsaquo;</div></div><div class=back>&lsaquo;</div>"
        )
    } else {
        format!(
            "<div class=head><span>&larr;</span><div class=face>{face}</div><span>{sender}</span></div>"
        )
    };
    let label = if style.is_ios {
        format!("Text Message &bull; SMS<br>Today {hour}:{minute} AM")
    } else {
        format!("Wednesday, Jul 20 &bull; {hour}:{minute} AM")
    };
    let words = linked(text, link);
    let received = format!("<div class=bubble style='background:{bubble}'>{words}</div>");
    let received = if style.is_ios {
        received
    } else {
        format!(
            "<div class=row><div class=face>{face}</div>{received}</div><div class=when style='color:{pale}'>{hour}:{minute} AM &bull; SMS</div>"
        )
    };
    let answer = if number.is_multiple_of(5) {
        "<div class='bubble mine'>Who is this please</div>"
    } else {
        ""
    };
    let prompt = if style.is_ios { "Text Message" } else { "Text message" };
    format!(
        "<div class='phone {system}' style='width:{WIDTH}px;height:{HEIGHT}px;background:{ground};color:{letters};font-size:{size}px'>\
         {bars}{head}<div class=label style='color:{pale}'>{label}</div>{received}{answer}\
         <div class=plus style='color:{pale}'>+</div><div class=type style='color:{pale}'>{prompt}</div></div>\n"
    )
}

/// The words, links underlined as phones do.
fn linked(text: &str, colour: &str) -> String {
    let is_link = |word: &str| {
        word.contains("://")
            || word.split_once('.').is_some_and(|(_, rest)| rest.contains(char::is_alphabetic))
    };
    let words = text.split(' ').map(|word| {
        let shown = escaped(word);
        if is_link(word) {
            format!("<span class=link style='color:{colour}'>{shown}</span>")
        } else {
            shown
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_comes_in_turn() {
        let names: Vec<String> = Style::in_turn().take(7).map(Style::name).collect();
        let all = [
            "ios-light",
            "android-light",
            "ios-dark",
            "android-dark",
            "ios-large",
            "android-large",
        ];
        assert_eq!(names[..6], all);
        assert_eq!(names[6], "ios-light");
    }

    #[test]
    fn a_text_stands_in_the_page_as_itself() {
        let style = Style::in_turn().next().expect("there are styles");
        let page = html(1, style, Some("+12015550123"), "<b>tap</b> acme-okta.example/x");
        assert!(page.contains("&lt;b&gt;tap&lt;/b&gt; <span class=link"), "{page}");
        assert!(page.contains("+12015550123"), "{page}");
    }
}
