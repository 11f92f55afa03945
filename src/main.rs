#![doc = "Entry point."]
fn main() {}
