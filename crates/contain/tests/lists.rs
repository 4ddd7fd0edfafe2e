//! Published lists, as a server on loopback gives them out and as it should not.

use std::io::Write as _;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use unhook_contain::Address;
use unhook_contain::lists::fetch::LONGEST_ANSWER;
use unhook_contain::lists::shelf::popular;
use unhook_contain::lists::{
    Content, ContentError, FetchError, Fetcher, List, MOST_RANKED, Shelf, ShelfError,
};
use unhook_model::Timestamp;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Answers one request with these bytes, and closes.
async fn answering(answer: Vec<u8>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("it goes as it should");
    let address = listener.local_addr().expect("it goes as it should");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("it goes as it should");
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        // Whoever has read enough closes the connection.
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    });
    Address::parse(&format!("http://{address}/list")).expect("it goes as it should")
}

async fn fetched(head: &str, body: &[u8]) -> Result<Vec<u8>, FetchError> {
    let answer = [head.as_bytes(), b"\r\nconnection: close\r\n\r\n", body].concat();
    Fetcher::new(None).expect("it goes as it should").fetch(&answering(answer).await).await
}

fn ranking(count: usize) -> String {
    (1..=count).map(|rank| format!("{rank},name-{rank}.test\r\n")).collect()
}

fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).expect("it goes as it should");
    archive.write_all(content).expect("it goes as it should");
    archive.finish().expect("it goes as it should").into_inner()
}

fn suffixes(count: usize) -> String {
    let rules: String = (0..count).map(|number| format!("suffix{number}.test\n")).collect();
    format!(
        "// ===BEGIN ICANN DOMAINS===\ncom\n*.ck\n!www.ck\n\u{441}\u{440}\u{431}\n// ===END ICANN DOMAINS===\n\
         // ===BEGIN PRIVATE DOMAINS===\n{rules}// ===END PRIVATE DOMAINS===\n"
    )
}

fn warnings(kind: &str, names: &[&str]) -> Vec<u8> {
    let all: Vec<String> = (0..20).map(|n| format!(".bank{n}.test")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).chain(names.iter().copied()).collect();
    serde_json::to_vec(&serde_json::json!({ "name": "x", "type": kind, "list": all }))
        .expect("it goes as it should")
}

fn bank_website() -> List {
    List::Warning("bank-website".parse().expect("it goes as it should"))
}

#[tokio::test]
async fn what_is_whole_is_fetched() {
    let body = ranking(3);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}", body.len());
    assert_eq!(fetched(&head, body.as_bytes()).await.unwrap(), body.as_bytes());
}

#[tokio::test]
async fn what_is_no_list_is_not_taken() {
    let refused = |result: Result<Vec<u8>, FetchError>, part: &str| match result {
        Err(FetchError::Refused { why, .. }) => assert!(why.contains(part), "{why}"),
        other => panic!("{part}: {:?}", other.map(|bytes| bytes.len())),
    };
    let page = b"<html>try again</html>";
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8";
    refused(fetched(html, page).await, "a page for people");
    refused(fetched("HTTP/1.1 404 Not Found", page).await, "404");
    let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://lists.example/top-1m.csv.zip";
    refused(fetched(elsewhere, b"").await, "not encrypted");
    let file = "HTTP/1.1 302 Found\r\nlocation: file:///etc/hostname";
    assert!(fetched(file, b"").await.is_err());
    let long = vec![b'a'; LONGEST_ANSWER + 1];
    refused(fetched("HTTP/1.1 200 OK", &long).await, "more than 32 MiB");
}

#[tokio::test]
async fn what_breaks_off_or_is_busy_may_succeed_later() {
    let is_later = |result| matches!(result, Err(FetchError::Later { .. }));
    assert!(is_later(fetched("HTTP/1.1 200 OK\r\ncontent-length: 100", b"1,a.test\n").await));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked";
    assert!(is_later(fetched(chunked, b"a\r\n1,a.test\n").await));
    assert!(is_later(fetched("HTTP/1.1 503 Busy", b"").await));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let fetcher = Fetcher::new(None).unwrap();
    assert!(is_later(fetcher.fetch(&Address::parse(&closed).unwrap()).await));
}

/// Gives a list out over HTTPS on loopback, to all who come. Where, and who vouches for it, in PEM.
async fn encrypted(body: &'static [u8]) -> (Address, String) {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a key");
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()).into();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not trust it breaks off.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4_096]).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
            let _ = stream.shutdown().await;
        }
    });
    let address = Address::parse(&format!("https://{address}/list")).expect("it is encrypted");
    (address, own.cert.pem())
}

#[tokio::test]
async fn a_list_comes_from_whom_the_authorities_vouch_for_and_from_nobody_else() {
    let (address, own) = encrypted(b"1,a.test\n").await;
    let (_, other) = encrypted(b"").await;
    let fetched = async |authorities: Option<&str>| {
        let fetcher = Fetcher::new(authorities.map(str::as_bytes)).expect("they are authorities");
        fetcher.fetch(&address).await
    };
    assert_eq!(fetched(Some(&own)).await.expect("it is trusted"), b"1,a.test\n");
    assert!(fetched(Some(&format!("{other}{own}"))).await.is_ok(), "one of several");
    for strange in [None, Some(&*other)] {
        let error = fetched(strange).await.expect_err("nobody vouches for it").to_string();
        assert!(error.contains("certificate") && error.contains("`authorities_file`"), "{error}");
    }
    for none in
        ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let error = Fetcher::new(Some(none.as_bytes())).expect_err("it is none").to_string();
        assert!(error.contains("PEM"), "{error}");
    }
}

#[tokio::test]
async fn one_who_sends_round_and_round_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let error = Fetcher::new(None).unwrap().fetch(&Address::parse(&url).unwrap()).await;
    assert!(error.unwrap_err().to_string().contains("on and on"));
}

#[test]
fn the_first_ranks_count() {
    let plain = ranking(MOST_RANKED + 500);
    let read = |bytes: &[u8]| Content::read(&List::Tranco, bytes);
    assert_eq!(read(plain.as_bytes()).unwrap().len(), MOST_RANKED);
    let archive = zipped("top-1m.csv", plain.as_bytes());
    assert_eq!(read(&archive).unwrap(), read(plain.as_bytes()).unwrap());

    assert_eq!(read(b" <!doctype html>"), Err(ContentError::Page));
    assert_eq!(read(&archive[..archive.len() - 10]), Err(ContentError::Truncated));
    let mut changed = archive.clone();
    changed[archive.len() / 2] ^= 0xff;
    assert_eq!(read(&changed), Err(ContentError::Truncated));
    assert_eq!(read(plain.trim_end().as_bytes()), Err(ContentError::Truncated));
    assert_eq!(
        read(ranking(20).as_bytes()),
        Err(ContentError::TooShort { found: 20, expected: 1_000 })
    );
    let other = |result| matches!(result, Err(ContentError::Other(_)));
    assert!(other(read(plain.replacen("2,", "7,", 1).as_bytes())));
    assert!(other(read(b"rank,name\n1,a.test\n")));
    assert!(other(read(&[0xff, 0xfe, b'\n'])));
    assert!(other(read(&zipped("readme.txt", plain.as_bytes()))));
}

#[test]
fn a_small_archive_that_unpacks_to_very_much_is_left() {
    let bomb = zipped("top-1m.csv", &vec![b'\n'; (64 << 20) + 1]);
    assert!(bomb.len() < 1 << 20);
    let read = Content::read(&List::Tranco, &bomb);
    assert!(matches!(read, Err(ContentError::TooLong(_))), "{read:?}");
}

#[test]
fn warning_lists_have_names() {
    let read = |bytes: &[u8]| Content::read(&bank_website(), bytes);
    assert_eq!(read(&warnings("hostname", &["www.bank.test", "no name"])).unwrap().len(), 21);
    assert_eq!(read(&warnings("string", &[])).unwrap().len(), 20);
    assert!(read(&warnings("cidr", &[])).unwrap_err().to_string().contains("leave it out"));
    let whole = warnings("hostname", &[]);
    assert_eq!(read(&whole[..whole.len() - 4]), Err(ContentError::Truncated));
    assert!(matches!(read(b"[1, 2]"), Err(ContentError::Other(_))));
    let few = br#"{"type": "hostname", "list": ["a.test"]}"#;
    assert!(matches!(read(few), Err(ContentError::TooShort { .. })));
}

#[test]
fn suffixes_are_rules_between_their_marks() {
    let read = |text: &str| Content::read(&List::PublicSuffixes, text.as_bytes());
    let whole = suffixes(2_000);
    assert_eq!(read(&whole).unwrap().len(), 2_004);
    assert_eq!(read(&whole[..whole.len() - 10]), Err(ContentError::Truncated));
    assert_eq!(read("com\nnet\n"), Err(ContentError::Truncated));
    let odd = read(&whole.replacen("suffix7.test", "not_a/rule", 1)).unwrap_err().to_string();
    assert!(odd.contains("`not_a/rule` is no rule"), "{odd}");
    assert!(matches!(read(&suffixes(10)), Err(ContentError::TooShort { .. })));
}

const THEN: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

fn keep(shelf: &Shelf, list: &List, bytes: &[u8]) -> Result<usize, ShelfError> {
    let content = Content::read(list, bytes).expect("it goes as it should");
    Ok(shelf.keep(list, &content, "https://lists.example/\n# x", bytes, THEN)?.count)
}

#[test]
fn what_is_kept_says_where_it_is_from_and_protects() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::of(folder.path());
    assert_eq!(shelf.lists(), (Vec::new(), Vec::new()));
    keep(&shelf, &List::Tranco, ranking(2_000).as_bytes()).unwrap();
    keep(&shelf, &bank_website(), &warnings("hostname", &[])).unwrap();
    keep(&shelf, &List::PublicSuffixes, suffixes(2_000).as_bytes()).unwrap();
    let (lists, problems) = shelf.lists();
    assert_eq!(problems, [""; 0]);
    let names: Vec<_> = lists.iter().map(|list| (list.name.as_str(), list.count)).collect();
    let expected = [("public-suffixes", 2_004), ("tranco", 2_000), ("warning-bank-website", 20)];
    assert_eq!(names, expected);
    assert!(lists.iter().all(|list| list.fetched == THEN && list.sha256.len() == 64));
    assert_eq!(popular(&lists).len(), 2_020);
    shelf.drop_others(&[List::Tranco, List::PublicSuffixes]).unwrap();
    assert_eq!(shelf.lists().0.len(), 2);
}

#[test]
fn a_list_that_lost_most_of_its_names_needs_a_persons_word() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::of(folder.path());
    keep(&shelf, &List::Tranco, ranking(5_000).as_bytes()).unwrap();
    let error = keep(&shelf, &List::Tranco, ranking(2_000).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("2000 names, and the one in use has 5000"), "{error}");
    assert_eq!(shelf.lists().0[0].count, 5_000);
    keep(&shelf, &List::Tranco, ranking(4_000).as_bytes()).unwrap();
    assert_eq!(shelf.lists().0[0].count, 4_000);
}

#[test]
fn half_a_file_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::of(folder.path());
    keep(&shelf, &List::Tranco, ranking(2_000).as_bytes()).unwrap();
    let file = folder.path().join("lists/tranco.txt");
    let whole = std::fs::read(&file).unwrap();
    // What a kill leaves beside it is not looked at.
    std::fs::write(folder.path().join("lists/tranco.new"), &whole[..5_000]).unwrap();
    assert_eq!(shelf.lists().0[0].count, 2_000);
    for cut in [0, 10, 5_000, whole.len() - 1, whole.len() - 20] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let (lists, problems) = shelf.lists();
        assert!(lists.is_empty() && problems[0].contains("damaged"), "{cut}: {problems:?}");
    }
    keep(&shelf, &List::Tranco, ranking(2_000).as_bytes()).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), whole);
}
