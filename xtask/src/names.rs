//! `cargo xtask names`: how well `unhook lookalikes` tells imitations from honest names.
//!
//! It runs the program as a user does, over the names in the folder that `UNHOOK_DATA` names
//! or in `../shared/data`, and prints the rows of "Names" in `docs/benchmarks.md`, each with
//! how many names it was counted from. A file that is not there is named, and its rows are
//! left out. Random sets are drawn by hash, so that every run draws the same.
//!
//! Brands with `unhook.toml`: their names and domains alone, as somebody writes them who
//! has just begun. Start reading at [`run`]; [`count`] counts, [`data`] reads, [`brands`]
//! draws.

mod brands;
mod count;
mod data;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::bench::unhook;
use crate::project::Project;
use crate::shell;
use brands::{Brand, Half};
use count::{Hit, Hits, Noise, Tally};
use data::{Data, Imitation};

/// Random sets of catalogue brands, and brands in each.
const SETS: u64 = 10;
const SET: usize = 100;

/// Catalogue brands that an attentive provider would watch.
const MANY: usize = 1000;

/// Brands in whose number alerts are counted.
const PER_BRANDS: f64 = 100.0;

/// Lists of ordinary names that alerts are counted on.
const ORDINARY: [(&str, &[&str]); 2] = [
    ("new names", &["registered_2020-05-13.txt.gz", "registered_2020-05-09.txt.gz"]),
    ("older names", &["registered_sample.txt.gz"]),
];

/// Lists of genuine names, of which none should be called high.
const GENUINE: [(&str, &str); 2] = [
    ("genuine names that look alike", "benign_hard_negatives.txt.gz"),
    ("genuine popular names", "benign_popular_2016.txt.gz"),
];

/// Measures the program at `program`, or builds it first.
pub(crate) fn run(project: &Project, program: Option<&str>) -> Result<()> {
    let program = match program {
        Some(program) => PathBuf::from(program),
        None => unhook::build(project)?,
    };
    let folder = project.path("target/names");
    std::fs::create_dir_all(&folder)?;
    let data = Data::in_folder(project.data_folder().join("domains"));
    let looker = Looker { program, folder };
    let catalogue = brands::catalogue(project)?;
    let imitations = data.imitations()?;
    let named = imitations.as_deref().map(brands::of_imitations).unwrap_or_default();

    println!("| what | result | names |\n| --- | --- | --- |");
    if let Some(imitations) = &imitations {
        recall(&looker, imitations, &named)?;
    }
    for (what, files) in ORDINARY {
        let Some(names) = data.names(files)? else { continue };
        noise(&looker, what, &names, &named, &catalogue)?;
    }
    for (what, file) in GENUINE {
        let Some(names) = data.names(&[file])? else { continue };
        genuine(&looker, what, &names, &named, &catalogue)?;
    }
    consumer(&looker, &data, &catalogue)?;
    for missing in data.missing() {
        println!("\nleft out, since there is no {}", missing.display());
    }
    if data.nothing_found() {
        bail!("there is nothing to count; set UNHOOK_DATA to the folder that holds domains/");
    }
    Ok(())
}

/// How many imitations of sign-in pages are found: all, by wave, and by half of the brands.
fn recall(looker: &Looker, imitations: &[Imitation], brands: &[Brand]) -> Result<()> {
    let names: Vec<&str> = imitations.iter().map(|row| row.name.as_str()).collect();
    let hits = looker.look(Some(brands), &names)?;
    let of = |what: &str, belongs: &dyn Fn(&Imitation) -> bool| {
        let rows = imitations.iter().filter(|row| belongs(row));
        let tally = Tally::of(&hits, rows.map(|row| row.name.as_str()));
        println!("{}", tally.row(&format!("sign-in look-alikes found, {what}")));
    };
    of(&format!("{} brands", brands.len()), &|_| true);
    for wave in data::waves(imitations) {
        of(&format!("those of {wave}"), &|row| row.wave() == wave);
    }
    for half in [Half::First, Half::Second] {
        of(half.name(), &|row| Half::of(&row.brand) == half);
    }
    Ok(())
}

/// How many ordinary names raise an alert.
fn noise(
    looker: &Looker,
    names_of: &str,
    names: &[String],
    named: &[Brand],
    catalogue: &[Brand],
) -> Result<()> {
    let alerts = |brands: &[Brand]| -> Result<Noise> {
        let hits = looker.look(Some(brands), names)?;
        Ok(Noise::of(&hits, names.len(), brands.len()))
    };
    let what = |brands: &str| format!("alerts per million {names_of}, 100 brands: {brands}");
    if !named.is_empty() {
        println!("{}", count::noise_row(&what("the imitated"), &[alerts(named)?]));
    }
    let sets = (0..SETS).map(|seed| alerts(&brands::draw(catalogue, seed, SET)));
    let sets = sets.collect::<Result<Vec<Noise>>>()?;
    println!("{}", count::noise_row(&what(&format!("{SETS} sets of the catalogue")), &sets));
    let hits = looker.look(None, names)?;
    let all = Noise::of(&hits, names.len(), catalogue.len());
    println!("{}", count::noise_row(&what("the whole catalogue"), &[all]));
    Ok(())
}

/// How many genuine names are called what they are not.
fn genuine(
    looker: &Looker,
    what: &str,
    names: &[String],
    named: &[Brand],
    catalogue: &[Brand],
) -> Result<()> {
    let many = brands::draw(catalogue, 0, MANY);
    let sets = [
        ("the imitated brands".to_owned(), Some(named)),
        (format!("{} of the catalogue", many.len()), Some(&many)),
        ("the whole catalogue".to_owned(), None),
    ];
    for (whose, brands) in sets {
        if brands.is_some_and(<[Brand]>::is_empty) {
            continue;
        }
        let hits = looker.look(brands, names)?;
        let tally = Tally::of(&hits, names.iter().map(String::as_str));
        println!("{}", tally.row(&format!("{what} called so, {whose}")));
    }
    Ok(())
}

/// How many names of lures sent to the public the catalogue finds.
fn consumer(looker: &Looker, data: &Data, catalogue: &[Brand]) -> Result<()> {
    for (theme, names) in data.themes()? {
        let hits = looker.look(None, &names)?;
        let tally = Tally::of(&hits, names.iter().map(String::as_str));
        println!("{}", tally.row(&format!("lures found by the catalogue, {theme}")));
        let Some(brand) = brands::of_theme(&theme, catalogue) else { continue };
        let holding = names.iter().map(String::as_str).filter(|name| name.contains(brand));
        let tally = Tally::of(&hits, holding);
        println!("{}", tally.row(&format!("the same, those that hold \"{brand}\"")));
    }
    Ok(())
}

/// Runs `unhook lookalikes`.
struct Looker {
    program: PathBuf,
    /// Where its input is written.
    folder: PathBuf,
}

impl Looker {
    /// What it says of names: of brands in an `unhook.toml`, or of the whole catalogue.
    fn look(&self, brands: Option<&[Brand]>, names: &[impl AsRef<str>]) -> Result<Hits> {
        let list: String = names.iter().map(|name| name.as_ref().to_owned() + "\n").collect();
        let file = self.write("names.txt", &list)?;
        let mut command = Command::new(&self.program);
        command.args(["lookalikes", "--json"]).arg(file);
        if let Some(brands) = brands {
            command.arg("--org").arg(self.write("unhook.toml", &brands::organization(brands)?)?);
        }
        let hits = shell::written(&mut command)?.out;
        hits.lines().map(Hit::parse).collect()
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path: PathBuf = Path::new(&self.folder).join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }
}
