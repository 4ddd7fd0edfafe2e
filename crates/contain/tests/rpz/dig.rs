//! `dig`, the second opinion.
