//! The values of one label, by class of nodes: a requirement is judged once for each value, not for each class.

use std::collections::HashMap;

use super::rows::{NodeClass, NodeRow};

/// The values of one label.
#[derive(Debug)]
pub(super) struct ClassLabels {
    /// Each value that some class has; `None` stands for the label's absence.
    values: Vec<Option<String>>,
    /// The value of each class, as an index into `values`.
    of_class: Vec<u32>,
}

impl ClassLabels {
    pub(super) fn of(nodes: &[NodeRow], classes: &[NodeClass], key: &str) -> ClassLabels {
        let mut numbers: HashMap<Option<&str>, u32> = HashMap::new();
        let mut values = Vec::new();
        let of_class = classes.iter().map(|class| {
            let labels = &nodes[class.example.index()].object.labels;
            let value = labels.get(key).map(String::as_str);
            *numbers.entry(value).or_insert_with(|| {
                values.push(value.map(str::to_owned));
                // More values than 32 bits can name do not fit any machine's memory.
                u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
            })
        });
        let of_class = of_class.collect();
        ClassLabels { values, of_class }
    }

    /// Takes out the classes whose value does not hold.
    pub(super) fn narrow(&self, classes: &mut [bool], holds: impl Fn(Option<&str>) -> bool) {
        let values = self.values.iter();
        let held: Vec<bool> = values.map(|value| holds(value.as_deref())).collect();
        for (class, value) in classes.iter_mut().zip(&self.of_class) {
            *class &= held[*value as usize];
        }
    }
}
