//! What is left of a budget while the pods of a plan spend from it, over all nodes.
//!
//! A server-side dry run asks for one pod at a time and stores nothing, so every pod passes alone. Here a disruption
//! that is spent is gone, until the pod that took it is replaced.

use std::collections::VecDeque;

/// Tells whether a disruption comes back, which it does when the pod is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refund {
    /// The pod's controller makes another.
    Sure,
    /// Nobody knows whether the pod is made again.
    Unsure,
    /// The pod is not made again.
    Never,
}

/// What became of a claim on a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Leaves in this wave, from 1.
    Wave {
        /// The wave's number.
        number: u32,
        /// Whether the wave rests on a refund that is not sure.
        refund: Refund,
    },
    /// Nothing is left and nothing comes back.
    Denied,
}

/// One budget's balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    balance: i64,
    capacity: i64,
    wave: u32,
    standing: Refund,
    refunds: VecDeque<Refund>,
}

impl Account {
    /// Opens an account with what is allowed now; `capacity` is the most that may be away at once later on.
    pub fn new(allowed: i64, capacity: i64) -> Account {
        Account {
            balance: allowed.max(0),
            capacity: capacity.max(0),
            wave: 1,
            standing: Refund::Sure,
            refunds: VecDeque::new(),
        }
    }

    /// Returns what is left in the current wave; never negative.
    pub fn balance(&self) -> i64 {
        self.balance
    }

    /// Spends one disruption, waiting for refunds (the next wave) where none is left.
    pub fn spend(&mut self, refund: Refund) -> Grant {
        if self.balance == 0 {
            self.collect_refunds();
        }
        if self.balance == 0 {
            return Grant::Denied;
        }
        self.balance -= 1;
        if refund != Refund::Never {
            self.refunds.push_back(refund);
        }
        Grant::Wave {
            number: self.wave,
            refund: self.standing,
        }
    }

    /// Begins the next wave with what the last one gives back.
    fn collect_refunds(&mut self) {
        let count = i64::try_from(self.refunds.len()).unwrap_or(i64::MAX);
        let back = count.min(self.capacity);
        if back == 0 {
            return;
        }
        self.standing = self
            .refunds
            .drain(..)
            .fold(self.standing, |worst, refund| worst.max(refund));
        self.balance = back;
        self.wave += 1;
    }
}
