//! The page that warns, asked as browsers, scanners and other pages ask it. No socket is opened.

use std::sync::Mutex;

use axum::body::Body;
use tower::ServiceExt as _;
use unhook_app::Pending;
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_model::Timestamp;

use super::page::Pages;
use super::words::ALL;
use super::*;

const BROWSER: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1";

/// Blocks one name, and remembers what it heard.
#[derive(Default)]
struct Heard {
    visits: Mutex<Vec<Visit>>,
    said: Mutex<Vec<(Visit, Said)>>,
    is_broken: bool,
}

impl Warnings for Heard {
    fn stopped(&self, host: &str) -> Option<Box<str>> {
        let is_of = host == "acme-okta.example" || host.ends_with(".acme-okta.example");
        is_of.then(|| "acme-okta.example".into())
    }

    fn visited(&self, visit: Visit) {
        self.visits.lock().unwrap().push(visit);
    }

    fn said(&self, visit: Visit, said: Said) -> Pending<'_, Result<(), ServiceError>> {
        Box::pin(async move {
            if self.is_broken {
                return Err(ServiceError::Unavailable("the disk is full".into()));
            }
            self.said.lock().unwrap().push((visit, said));
            Ok(())
        })
    }
}

struct Stand {
    heard: Arc<Heard>,
    router: Router,
}

impl Stand {
    fn new() -> Self {
        Self::over(Heard::default())
    }

    fn over(heard: Heard) -> Self {
        let heard = Arc::new(heard);
        let clock = Arc::new(TestSurroundings::new(Timestamp::from_unix_ms(1_658_357_340_000), 7));
        Self { router: router("Acme & Co", heard.clone(), clock), heard }
    }

    async fn send(
        &self,
        request: axum::http::request::Builder,
        body: &str,
    ) -> (StatusCode, String) {
        let peer: SocketAddr = "192.0.2.7:40000".parse().unwrap();
        let request = request.extension(peer).header("content-length", body.len());
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let policy = head.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert_eq!(head.headers["cache-control"], "no-store");
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (head.status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn visits(&self) -> usize {
        self.heard.visits.lock().unwrap().len()
    }

    fn said(&self) -> Vec<Said> {
        self.heard.said.lock().unwrap().iter().map(|(_, said)| *said).collect()
    }
}

fn opening(host: &str) -> axum::http::request::Builder {
    Request::get("/sign-in?user=ana")
        .header("host", host)
        .header("user-agent", BROWSER)
        .header("accept", "text/html,application/xhtml+xml")
}

fn saying(host: &str) -> axum::http::request::Builder {
    Request::post("/").header("host", host).header("content-type", FORM)
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn somebody_who_opens_a_blocked_name_sees_what_was_stopped() {
    let stand = Stand::new();
    let (status, page) = stand.send(opening("WWW.acme-okta.example:80"), "").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("<code>acme-okta[.]example</code>"), "{page}");
    assert!(page.contains("Acme &amp; Co does not let"), "{page}");
    for never in ["ana", "sign-in?", "<script", "href", "src=", "http:", "www."] {
        assert!(!page.contains(never), "{never}: {page}");
    }
    let visit = stand.heard.visits.lock().unwrap()[0].clone();
    assert_eq!((&*visit.host, &*visit.stopped), ("www.acme-okta.example", "acme-okta.example"));
    assert_eq!(visit.address.to_string(), "192.0.2.7");
}

#[tokio::test]
async fn nothing_is_shown_or_noted_of_a_name_that_is_not_blocked() {
    let stand = Stand::new();
    for host in ["news.example", "192.0.2.10", "[2001:db8::1]:80", "", "<b>.example", "a..b"] {
        let (_, page) = stand.send(opening(host), "").await;
        assert!(page.contains("does not let this page") && !page.contains("<form"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("news"), "{page}");
        stand.send(saying(host), "said=typed").await;
    }
    assert_eq!((stand.visits(), stand.said()), (0, Vec::new()));
}

#[tokio::test]
async fn what_is_no_person_is_not_counted() {
    let stand = Stand::new();
    let host = "acme-okta.example";
    let by = |agent: &str| {
        let request = Request::get("/").header("host", host).header("accept", "text/html");
        request.header("user-agent", agent)
    };
    let open = || opening(host);
    for request in [
        open().method("HEAD"),
        open().header("sec-purpose", "prefetch;prerender"),
        open().header("purpose", "prefetch"),
        open().header("x-moz", "prefetch"),
        open().header("sec-fetch-dest", "image"),
        open().header("sec-fetch-dest", "iframe"),
        open().uri("/favicon.ico"),
        open().uri("/.well-known/security.txt"),
        open().uri("/apple-touch-icon.png"),
        open().method("OPTIONS"),
        by("curl/8.5"),
        by("Mozilla/5.0 (compatible; Googlebot/2.1)"),
        by("Mozilla/5.0 (Macintosh) facebookexternalhit/1.1 Facebot Twitterbot/1.0"),
        by("Mozilla/5.0 HeadlessChrome/126"),
        by(""),
        Request::get("/").header("host", host).header("user-agent", BROWSER),
    ] {
        stand.send(request, "").await;
    }
    assert_eq!(stand.visits(), 0);
    stand.send(open().header("sec-fetch-dest", "document"), "").await;
    assert_eq!(stand.visits(), 1);
}

#[tokio::test]
async fn what_a_button_says_is_heard_whoever_presses_it() {
    let stand = Stand::new();
    let host = "www.acme-okta.example";
    let (status, page) = stand.send(saying(host).header("user-agent", "x"), "said=typed").await;
    assert!(status == StatusCode::OK && page.contains("security team knows now"), "{page}");
    let (_, page) = stand.send(saying(host).header("accept-language", "de"), "said=mistake").await;
    assert!(page.contains("sieht es sich an"), "{page}");
    assert_eq!(stand.said(), [Said::Typed, Said::Mistake]);
}

#[tokio::test]
async fn what_another_page_sends_is_neither_read_nor_heard() {
    let stand = Stand::new();
    let host = "acme-okta.example";
    let long = "x".repeat(100_000);
    for body in ["", "said=", "said=typed&x=1", "user=ana&password=hunter2", long.as_str()] {
        let (status, page) = stand.send(saying(host), body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
        assert!(!page.contains("hunter2"));
    }
    let text = Request::post("/").header("host", host).header("content-type", "text/plain");
    stand.send(text, "said=typed").await;
    stand.send(saying(host).header("sec-fetch-site", "cross-site"), "said=typed").await;
    stand.send(opening(host), "said=typed").await;
    assert_eq!(stand.said(), []);
}

#[tokio::test]
async fn nobody_says_more_than_a_few_things_and_opens_more_than_a_few_pages() {
    let stand = Stand::new();
    let mut last = StatusCode::OK;
    for _ in 0..30 {
        last = stand.send(saying("acme-okta.example"), "said=typed").await.0;
        stand.send(opening("acme-okta.example"), "").await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((stand.said().len(), stand.visits()), (6, 20));
}

#[tokio::test]
async fn who_is_not_heard_is_told_so() {
    let stand = Stand::over(Heard { is_broken: true, ..Heard::default() });
    let (status, page) = stand.send(saying("acme-okta.example"), "said=typed").await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && page.contains("could not note"), "{page}");
}

#[test]
fn the_page_says_all_of_it_in_every_language_and_nothing_runs() {
    let pages = Pages::new("<b>Acme</b>{name}");
    for words in &ALL {
        let page = pages.write(words, Outcome::Stopped, Some("acme-okta.example"));
        assert!(page.contains(&format!("<html lang=\"{}\">", words.language)));
        assert!(page.contains("<code>acme-okta[.]example</code>"), "{page}");
        assert!(page.contains("&lt;b&gt;Acme&lt;/b&gt;{name}"), "{page}");
        for never in ["<script", "src=", "href", "url(", "@import", "{content}", "<b>"] {
            assert!(!page.contains(never), "{never}");
        }
    }
}
