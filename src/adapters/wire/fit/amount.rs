//! Quantities, parsed while they are read: a list of pods holds more of them than of anything else.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::super::error::ConvertError;
use super::here::Here;
use super::slim;
use crate::domain::fit::object::Resources;
use crate::domain::quantity::Quantity;

/// A quantity, or the text that is none: only the object that holds it can say whose mistake it is.
#[derive(Debug)]
pub(in crate::adapters::wire) struct Amount(Result<Quantity, String>);

impl Default for Amount {
    fn default() -> Self {
        Amount(Ok(Quantity::ZERO))
    }
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
        Ok(Amount(
            // The API server too drops what stands around it (`Quantity.UnmarshalJSON`).
            Quantity::parse(text.trim()).map_err(|error| error.to_string()),
        ))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
        Ok(Amount(Ok(Quantity::of(number))))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<Amount, E> {
        Ok(Amount::default())
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

impl Amount {
    /// Returns the quantity; `field` is only called for the error.
    pub fn into_domain(
        self,
        here: Here<'_>,
        field: impl FnOnce() -> String,
    ) -> Result<Quantity, ConvertError> {
        self.0.map_err(|problem| here.error(field(), problem))
    }
}

/// Amounts by resource.
pub(in crate::adapters::wire) type Amounts = BTreeMap<String, Amount>;

/// Converts amounts; `field` names the map, and is only called for an error.
pub(in crate::adapters::wire) fn resources(
    amounts: Amounts,
    here: Here<'_>,
    field: &dyn Fn() -> String,
) -> Result<Resources, ConvertError> {
    amounts
        .into_iter()
        .map(|(name, amount)| {
            let amount = amount.into_domain(here, || format!("{}.{name}", field()))?;
            Ok((name, amount))
        })
        .collect()
}

slim!(
    /// `resources` of a container, of a pod, or of their status.
    Requirements { requests: Amounts }
);
