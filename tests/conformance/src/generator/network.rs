//! Host ports of containers.

use serde_json::{Value, json};

use super::tables::{HOST_IPS, HOST_PORTS, PROTOCOLS};
use super::world::{Feature, World};

/// The ports of a container, or null.
pub fn ports(w: &mut World) -> Value {
    if !w.chance(Feature::Ports, 35, 4) {
        return Value::Null;
    }
    (0..w.rng.between(1, 2)).map(|_| port(w)).collect()
}

fn port(w: &mut World) -> Value {
    let number = *w.rng.pick(&HOST_PORTS);
    let mut port = json!({"containerPort": number});
    // What a manifest leaves out the server writes; a file may still lack it.
    if !w.rng.percent(3) {
        port["protocol"] = json!(w.word(&PROTOCOLS));
    }
    if w.rng.percent(85) {
        port["hostPort"] = json!(number);
    }
    let address = w.word(&HOST_IPS);
    if !address.is_empty() {
        port["hostIP"] = json!(address);
    }
    port
}
