//! Drives the look-alike index: any name against a few fixed brands, and against a brand
//! that is arbitrary too.
//!
//! Holds: the part that imitates lies within the name; case and a trailing dot change
//! nothing; the brand is one that was given; genuine names, and all below them, are never
//! flagged.

use std::sync::LazyLock;

use unhook_detect::lookalike::LookalikeIndex;
use unhook_model::{Brand, Hostname};

/// Made-up brands: of two words, long, an everyday word, short, with an abbreviation.
static FIXED: LazyLock<Vec<Brand>> = LazyLock::new(|| {
    vec![
        brand("Acme Rockets", "acmerockets.com"),
        brand("Cloudpillar", "cloudpillar.example"),
        Brand { ordinary_word: Some(true), ..brand("Kite", "kite.com") },
        Brand { abbreviations: vec!["vz".into()], ..brand("Vezuv Telecom", "vezuv.co.uk") },
        Brand { aliases: vec!["Bücherwurm AG".into()], ..brand("Bw", "xn--bcher-kva.example") },
    ]
});

static INDEX: LazyLock<LookalikeIndex> = LazyLock::new(|| index(&FIXED));

/// The input is lines: a brand's name, its domain, then names to examine.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let (name, domain) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let mut brands = FIXED.clone();
    brands.push(match Hostname::parse(domain) {
        Ok(domain) => brand(name, domain.as_str()),
        Err(_) => Brand { name: name.to_owned(), ..Brand::default() },
    });
    let own = index(&brands);
    for host in lines.take(16) {
        check(&INDEX, &FIXED, host);
        check(&own, &brands, host);
    }
}

fn check(index: &LookalikeIndex, brands: &[Brand], host: &str) {
    let found = index.examine(host);
    assert_eq!(index.examine(&host.to_ascii_uppercase()), found, "{host:?} in capitals");
    assert_eq!(index.examine(&host.to_ascii_lowercase()), found, "{host:?} in small letters");
    if let Ok(plain) = Hostname::parse(host) {
        let dotted = format!("{plain}.");
        assert_eq!(index.examine(&dotted), index.examine(plain.as_str()), "{dotted:?}");
    }
    for domain in brands.iter().flat_map(|brand| &brand.domains) {
        assert_eq!(index.examine(domain), None, "{domain} is genuine");
        assert_eq!(index.examine(&format!("{host}.{domain}")), None, "it is below {domain}");
    }
    let Some(found) = found else { return };
    let length = Hostname::parse(host).map_or(host.len() * 4, |plain| plain.as_str().len());
    assert!(found.part.0 < found.part.1 && found.part.1 <= length, "{found:?} in {host:?}");
    assert!(found.score <= 100, "{found:?}");
    if let Some(name) = found.brand {
        assert!(brands.iter().any(|brand| brand.name == name), "{found:?}");
    }
    assert_eq!(found.to_imitation().brand.as_deref(), found.brand);
}

fn index(brands: &[Brand]) -> LookalikeIndex {
    brands.iter().fold(LookalikeIndex::builder(), |builder, brand| builder.brand(brand)).build()
}

fn brand(name: &str, domain: &str) -> Brand {
    Brand { name: name.to_owned(), domains: vec![domain.to_owned()], ..Brand::default() }
}
