//! Judged rows, written and counted as they come.

use std::io::{BufWriter, Write};

use indicatif::ProgressBar;

use super::Output;
use super::judge::{COLUMNS, Judged};
use super::summary::Summary;
use crate::failure::exit;
use crate::terminal;

/// Bad rows that are told on standard error, one by one; the rest are counted. A file in the
/// wrong format has nothing else.
const MOST_TOLD: u64 = 100;

/// Rows between two looks at the progress bar.
const ROWS_PER_TICK: u64 = 1024;

pub(super) struct Writer {
    out: BufWriter<Box<dyn Write>>,
    format: Output,
    strict: bool,
    stopped: bool,
    /// Whether an input broke off.
    failed: bool,
    progress: ProgressBar,
    rows: u64,
    bad: u64,
    summary: Summary,
}

impl Writer {
    pub(super) fn new(
        mut out: BufWriter<Box<dyn Write>>,
        format: Output,
        strict: bool,
        progress: ProgressBar,
    ) -> std::io::Result<Self> {
        if format == Output::Csv {
            writeln!(out, "{}", COLUMNS.join(","))?;
        }
        let summary = Summary::default();
        Ok(Self {
            out,
            format,
            strict,
            stopped: false,
            failed: false,
            progress,
            rows: 0,
            bad: 0,
            summary,
        })
    }

    /// Whether nothing more is wanted.
    pub(super) fn has_stopped(&self) -> bool {
        self.stopped
    }

    /// Writes and counts one row of this file.
    pub(super) fn take(&mut self, judged: Judged, file: &str) -> std::io::Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_PER_TICK) && !self.progress.is_hidden() {
            self.progress.set_message(format!("{} texts", self.rows));
        }
        self.out.write_all(&judged.line)?;
        if let Some(counted) = judged.counted {
            self.summary.take(counted);
        }
        if let Some(error) = judged.error {
            self.bad += 1;
            self.stopped = self.strict;
            self.failed |= error.is_final();
            if self.bad <= MOST_TOLD {
                self.progress.suspend(|| terminal::complain(&format!("{file}: {error}")));
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }

    /// Ends the output; returns the exit status.
    pub(super) fn finish(mut self) -> std::io::Result<u8> {
        self.progress.finish_and_clear();
        if self.format == Output::Summary {
            self.summary.write(&mut self.out, self.bad)?;
        }
        self.out.flush()?;
        if self.bad > 0 {
            terminal::complain(&format!("{} of {} rows could not be read", self.bad, self.rows));
        }
        let nothing_read = self.bad > 0 && self.bad == self.rows;
        Ok(if self.stopped || self.failed || nothing_read { exit::DATA } else { 0 })
    }
}
