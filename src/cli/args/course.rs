//! In which order several nodes go, and how many at once.

use clap::{Args, ValueEnum, value_parser};

use crate::domain::drain::order::Order;

/// The order of nodes.
#[derive(Debug, Clone, Default, Args)]
pub struct CourseArgs {
    /// In which order the nodes are emptied
    #[arg(long, value_enum, value_name = "ORDER", default_value = "given")]
    pub order: OrderArg,
    /// How many nodes are emptied at the same time; 1 unless given. All are cordoned first
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub max_parallel: Option<u16>,
}

/// What `--order` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OrderArg {
    /// As they are named, or as the server lists them.
    #[default]
    Given,
    /// By name.
    Name,
    /// Those with the fewest pods to move first.
    FewestPods,
    /// Zone by zone.
    Zone,
}

impl CourseArgs {
    /// Returns the order.
    pub fn order(&self) -> Order {
        match self.order {
            OrderArg::Given => Order::Given,
            OrderArg::Name => Order::Name,
            OrderArg::FewestPods => Order::FewestPods,
            OrderArg::Zone => Order::Zone,
        }
    }

    /// Returns how many nodes are emptied at once.
    pub fn at_once(&self) -> usize {
        self.max_parallel.map_or(1, usize::from)
    }
}
