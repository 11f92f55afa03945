//! Domain values and engine events as text and JSON.
//!
//! Knows neither the cluster nor the process: it returns lines and documents, and draws progress on the screen that it
//! is given.

pub mod assumed;
pub mod budget_report;
pub mod budgets_table;
pub mod data_lost;
pub mod describe_table;
pub mod document;
pub mod drain_event;
pub mod drain_plan;
pub mod fit_preemption;
pub mod fit_report;
pub mod fit_table;
pub mod fleet;
pub mod guard;
pub mod hopeless;
pub mod html;
pub mod landing;
pub mod lines;
pub mod load;
pub mod markdown;
pub mod node_description;
pub mod object;
pub mod plan_course;
pub mod plan_summary;
pub mod plan_table;
pub mod progress;
pub mod reading;
pub mod refusal;
pub mod rule_lines;
pub mod saved_plan;
pub mod span;
pub mod style;
pub mod taint_plan;
pub mod taint_report;
pub mod taint_show;
pub mod taint_table;
pub mod taint_wire;
pub mod text;
mod unread;
#[cfg(test)]
mod width_tests;
