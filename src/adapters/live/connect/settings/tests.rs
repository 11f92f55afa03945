//! Overrides and checks, row by row.
