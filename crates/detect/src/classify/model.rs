//! The model file: a text header of `key value` lines, an empty line, then the tables.
//!
//! ```text
//! unhook-model 1
//! seed 7
//! data 3f1c… smishx_1200
//! scale 0.0312 0.0290 0.0100
//! calibration 0.9 1.1
//! fuse urgency 0.41
//! …
//! (empty line)
//! (2 × BUCKETS bytes: lure and promotion weights, interleaved)
//! (KIND_BUCKETS × kinds bytes)
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;

use unhook_model::{LogOdds, Probability, ScamKind};

use super::features;
use crate::text::words::Words;

/// Buckets of the main table; each has one byte for either head.
pub(super) const BUCKETS: usize = 1 << 19;

/// Buckets of the table of kinds.
pub(super) const KIND_BUCKETS: usize = 1 << 13;

/// Kinds of scam that the table tells apart.
pub(super) const KINDS: usize = ScamKind::ALL.len();

const MAGIC: &str = "unhook-model 1";

/// The longest header accepted, in bytes.
const LONGEST_HEADER: usize = 64 * 1024;

/// Why a model file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It does not begin as a model does, or is of another version.
    #[error("not a model file of this version: it must begin with `{MAGIC}`")]
    Version,
    /// A line of the header cannot be read.
    #[error("line {line} of the model's header cannot be read: {text}")]
    Header {
        /// Counted from one.
        line: usize,
        /// The line.
        text: String,
    },
    /// Its tables are not as long as they must be.
    #[error(
        "the model's tables have {found} bytes where {expected} are needed: is the file cut off?"
    )]
    Tables {
        /// Bytes that are there.
        found: usize,
        /// Bytes that must be there.
        expected: usize,
    },
}

/// The text model and the weights by which all signals are added up.
#[derive(Clone, Debug)]
pub struct Model {
    /// Lines of the header that say where the model comes from, in order.
    origin: Vec<(String, String)>,
    /// Nats per step of a byte: lure, promotion, kinds.
    scale: [f32; 3],
    /// What each head says of a text without features.
    bias: [f32; 2],
    /// What is added to a score, in nats, once multiplied by the second, to make it the
    /// log-odds of a lure.
    calibration: [f32; 2],
    /// Weight of each signal, in nats per step, by id.
    fusion: BTreeMap<String, f64>,
    heads: Cow<'static, [u8]>,
    kinds: Cow<'static, [u8]>,
}

/// What the model says of a text, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Opinion {
    /// For a lure when positive.
    pub lure: f32,
    /// For advertising when positive.
    pub promotion: f32,
}

impl Model {
    /// The model built into this release.
    ///
    /// # Panics
    /// Never: a test reads the embedded file.
    #[must_use]
    pub fn embedded() -> Self {
        Self::read(Cow::Borrowed(include_bytes!("../../model/unhook.model")))
            .expect("the embedded model was read by a test before release")
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// When it is of another version, damaged or cut off.
    pub fn read(file: Cow<'static, [u8]>) -> Result<Self, ModelError> {
        let limit = file.len().min(LONGEST_HEADER);
        let end =
            file[..limit].windows(2).position(|pair| pair == b"\n\n").ok_or(ModelError::Version)?;
        let header = std::str::from_utf8(&file[..end]).map_err(|_| ModelError::Version)?;
        // Not `lines`, which would drop a carriage return that belongs to a value.
        let mut lines = header.split('\n');
        if lines.next() != Some(MAGIC) {
            return Err(ModelError::Version);
        }
        let mut model = Self::empty();
        for (number, line) in (2..).zip(lines) {
            model
                .read_line(line)
                .ok_or_else(|| ModelError::Header { line: number, text: line.to_owned() })?;
        }
        let expected = 2 * BUCKETS + KIND_BUCKETS * KINDS;
        let found = file.len() - end - 2;
        if found != expected {
            return Err(ModelError::Tables { found, expected });
        }
        let split = end + 2 + 2 * BUCKETS;
        (model.heads, model.kinds) = match file {
            Cow::Borrowed(file) => {
                (Cow::Borrowed(&file[end + 2..split]), Cow::Borrowed(&file[split..]))
            }
            Cow::Owned(file) => {
                (Cow::Owned(file[end + 2..split].to_vec()), Cow::Owned(file[split..].to_vec()))
            }
        };
        Ok(model)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let (key, value) = line.split_once(' ')?;
        let number = |text: &str| text.parse().ok().filter(|n: &f32| n.is_finite());
        let mut numbers = value.split(' ').map(number);
        match key {
            "scale" => self.scale = [numbers.next()??, numbers.next()??, numbers.next()??],
            "bias" => self.bias = [numbers.next()??, numbers.next()??],
            "calibration" => self.calibration = [numbers.next()??, numbers.next()??],
            "fuse" => {
                let (id, weight) = value.split_once(' ')?;
                let weight = weight.parse().ok().filter(|n: &f64| n.is_finite())?;
                self.fusion.insert(id.to_owned(), weight);
            }
            _ => self.origin.push((key.to_owned(), value.to_owned())),
        }
        Some(())
    }

    /// A model that knows nothing: every text scores zero.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            origin: Vec::new(),
            scale: [0.0; 3],
            bias: [0.0; 2],
            calibration: [0.0, 1.0],
            fusion: BTreeMap::new(),
            heads: Cow::Owned(Vec::new()),
            kinds: Cow::Owned(Vec::new()),
        }
    }

    /// The bytes of the model file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut header = format!("{MAGIC}\n");
        for (key, value) in &self.origin {
            header += &format!("{key} {value}\n");
        }
        header += &format!("scale {} {} {}\n", self.scale[0], self.scale[1], self.scale[2]);
        header += &format!("bias {} {}\n", self.bias[0], self.bias[1]);
        header += &format!("calibration {} {}\n", self.calibration[0], self.calibration[1]);
        for (id, weight) in &self.fusion {
            header += &format!("fuse {id} {weight}\n");
        }
        let mut file = header.into_bytes();
        file.push(b'\n');
        file.extend_from_slice(&self.heads);
        file.extend_from_slice(&self.kinds);
        file
    }

    /// Where the model comes from: seed, data and their digests, as recorded in training.
    #[must_use]
    pub fn origin(&self) -> &[(String, String)] {
        &self.origin
    }

    /// The learned weight of a signal, in nats per step; `None` when it was not learned.
    #[must_use]
    pub fn fusion_weight(&self, id: &str) -> Option<f64> {
        self.fusion.get(id).copied()
    }

    /// How likely a message of this score is a lure, where one text in ten is: in what people
    /// report, more than nine in ten are none.
    #[must_use]
    pub fn probability(&self, score: LogOdds) -> Probability {
        let [offset, slope] = self.calibration.map(f64::from);
        Probability::from_log_odds(LogOdds::from_nats(offset + slope * score.nats()))
    }

    /// What the words of a text say.
    #[must_use]
    pub fn opinion(&self, words: &Words) -> Opinion {
        if self.heads.is_empty() {
            return Opinion::default();
        }
        let (mut lure, mut promotion, mut count) = (0_i32, 0_i32, 0_u32);
        features::for_each(words, |feature, _| {
            let row = bucket(feature, BUCKETS) * 2;
            lure += i32::from(self.heads[row].cast_signed());
            promotion += i32::from(self.heads[row + 1].cast_signed());
            count += 1;
        });
        let length = norm(count);
        Opinion {
            lure: self.bias[0] + lure as f32 * self.scale[0] * length,
            promotion: self.bias[1] + promotion as f32 * self.scale[1] * length,
        }
    }

    /// How much each word speaks for a lure, in nats, by index.
    #[must_use]
    pub fn shares(&self, words: &Words) -> Vec<f32> {
        let mut shares = vec![0.0; words.as_slice().len()];
        let mut count = 0;
        if self.heads.is_empty() || shares.is_empty() {
            return shares;
        }
        features::for_each(words, |feature, word| {
            let row = bucket(feature, BUCKETS) * 2;
            shares[word] += f32::from(self.heads[row].cast_signed());
            count += 1;
        });
        let unit = self.scale[0] * norm(count);
        shares.iter_mut().for_each(|share| *share *= unit);
        shares
    }

    /// How much the words speak for each kind of scam, in nats, in the order of
    /// [`ScamKind::ALL`].
    #[must_use]
    pub fn kinds(&self, words: &Words) -> [f32; KINDS] {
        let mut sums = [0_i32; KINDS];
        let mut count = 0;
        if self.kinds.is_empty() {
            return [0.0; KINDS];
        }
        features::for_each_word(words, |feature| {
            let row = bucket(feature, KIND_BUCKETS) * KINDS;
            for (sum, weight) in sums.iter_mut().zip(&self.kinds[row..row + KINDS]) {
                *sum += i32::from(weight.cast_signed());
            }
            count += 1;
        });
        let unit = self.scale[2] * norm(count);
        sums.map(|sum| sum as f32 * unit)
    }

    pub(super) fn assemble(
        origin: Vec<(String, String)>,
        bias: [f32; 2],
        heads: [&[f32]; 2],
        kinds: &[f32],
    ) -> Self {
        let scale = [scale_of(heads[0]), scale_of(heads[1]), scale_of(kinds)];
        let byte = |weight: f32, scale: f32| {
            ((weight / scale).round().clamp(-127.0, 127.0) as i8).cast_unsigned()
        };
        let pairs = heads[0].iter().zip(heads[1]);
        let table =
            pairs.flat_map(|(lure, promotion)| [byte(*lure, scale[0]), byte(*promotion, scale[1])]);
        Self {
            origin,
            scale,
            bias,
            calibration: [0.0, 1.0],
            fusion: BTreeMap::new(),
            heads: Cow::Owned(table.collect()),
            kinds: Cow::Owned(kinds.iter().map(|weight| byte(*weight, scale[2])).collect()),
        }
    }

    pub(super) fn set_fusion(&mut self, weights: BTreeMap<String, f64>, calibration: [f32; 2]) {
        self.fusion = weights;
        self.calibration = calibration;
    }
}

/// Nats per step of a byte such that all but the few largest weights fit.
fn scale_of(weights: &[f32]) -> f32 {
    let mut sizes: Vec<f32> = weights.iter().map(|w| w.abs()).filter(|w| *w > 0.0).collect();
    sizes.sort_by(f32::total_cmp);
    let largest =
        sizes.get(sizes.len().saturating_sub(1 + sizes.len() / 2000)).copied().unwrap_or(1.0);
    largest / 127.0
}

/// The table row of a feature.
pub(super) fn bucket(feature: u64, buckets: usize) -> usize {
    feature as usize & (buckets - 1)
}

/// A text of fewer features than this, about three words, says less.
const FEW_FEATURES: u32 = 24;

/// What the sum over features is divided by: the root of their number, so that long texts
/// weigh no more than short ones for their length alone, and a word or two hardly anything.
pub(super) fn norm(features: u32) -> f32 {
    1.0 / (features.max(FEW_FEATURES) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_reads_and_writes_itself() {
        let model = Model::embedded();
        let again = Model::read(Cow::Owned(model.write())).unwrap();
        assert_eq!(again.write(), model.write());
        assert!(model.write().len() < 2 << 20, "the model must stay below two megabytes");
    }

    #[test]
    fn a_line_of_the_header_is_kept_as_it_is() {
        let file = Model::embedded().write();
        let first = MAGIC.len() + 1;
        let file = [&file[..first], b"note \tof mine \r\n", &file[first..]].concat();
        assert!(Model::read(Cow::Owned(file.clone())).unwrap().write() == file);
    }

    #[test]
    fn damaged_files_are_refused_with_a_reason() {
        let file = Model::embedded().write();
        let read = |bytes: Vec<u8>| Model::read(Cow::Owned(bytes)).unwrap_err();
        assert_eq!(read(Vec::new()), ModelError::Version);
        assert_eq!(read(b"unhook-model 99\n\n".to_vec()), ModelError::Version);
        assert!(matches!(read(file[..file.len() - 1].to_vec()), ModelError::Tables { .. }));
        assert!(matches!(
            read(b"unhook-model 1\nscale x\n\n".to_vec()),
            ModelError::Header { line: 2, .. }
        ));
    }
}
