//! A headless Chromium that is told what to do through a pipe, in its own protocol: no driver, no port, no crate.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The variable that names a Chromium which is not on the PATH.
pub const VARIABLE: &str = "NODEMAINT_CHROMIUM";

/// What a Chromium is called.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// No answer takes longer on a machine that does something else besides.
const PATIENCE: Duration = Duration::from_secs(120);

/// Chromium reads commands from descriptor 3 and writes to 4; a child of ours has 0 to 2 alone.
const PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;

/// Finds a Chromium.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = folders
        .iter()
        .flat_map(|folder| NAMES.map(|name| folder.join(name)));
    named.or_else(|| candidates.into_iter().find(|path| path.is_file()))
}

/// A browser with one page.
pub struct Chromium {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    /// What happened and nobody asked for yet.
    events: VecDeque<Value>,
    session: Option<String>,
    last: u64,
    _profile: TempDir,
}

impl Chromium {
    pub fn start(program: &Path) -> Chromium {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(PIPES).arg(program).args([
            "--headless",
            "--remote-debugging-pipe",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-sync",
            "--force-color-profile=srgb",
            "--hide-scrollbars",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        if nix::unistd::geteuid().is_root() {
            // Its sandbox refuses to run as root; what it opens here is our own file.
            command.arg("--no-sandbox");
        }
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = process.stderr(Stdio::null()).spawn().unwrap();
        let commands = process.stdin.take().unwrap();
        let output = process.stdout.take().unwrap();
        let (send, answers) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|n| n > 1) {
                message.pop();
                let value = serde_json::from_slice(&message).unwrap();
                if send.send(value).is_err() {
                    return;
                }
                message.clear();
            }
        });
        let mut chromium = Chromium {
            process,
            commands,
            answers,
            events: VecDeque::new(),
            session: None,
            last: 0,
            _profile: profile,
        };
        chromium.attach();
        chromium
    }

    fn attach(&mut self) {
        let target = self.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = self.ask(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        );
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
        let focus = json!({"enabled": true});
        self.ask("Emulation.setFocusEmulationEnabled", focus);
    }

    /// Sends a command and waits for its answer.
    pub fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.commands.write_all(&bytes).unwrap();
        loop {
            let answer = self.answers.recv_timeout(PATIENCE);
            let mut answer = answer.unwrap_or_else(|cause| panic!("{method}: {cause}"));
            if answer["id"] != self.last {
                self.events.push_back(answer);
                continue;
            }
            assert!(answer.get("error").is_none(), "{method}: {answer}");
            return answer["result"].take();
        }
    }

    /// Opens a file, in a window of that size, and returns what happened until it was there.
    pub fn open(&mut self, file: &Path, (width, height): (u32, u32)) -> Vec<Value> {
        self.resize((width, height));
        self.events.clear();
        let address = format!("file://{}", file.display());
        self.ask("Page.navigate", json!({"url": address}));
        while !self.has_loaded() {
            let event = self.answers.recv_timeout(PATIENCE).unwrap();
            self.events.push_back(event);
        }
        self.happened()
    }

    fn has_loaded(&self) -> bool {
        let mut events = self.events.iter();
        events.any(|event| event["method"] == "Page.loadEventFired")
    }

    /// Returns what happened since it was last asked.
    pub fn happened(&mut self) -> Vec<Value> {
        // Events come before the answer to a later command.
        self.run("0");
        self.events.drain(..).collect()
    }

    pub fn resize(&mut self, (width, height): (u32, u32)) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /// Shows the page as on paper (`print`) or on a screen, light or dark.
    pub fn show_as(&mut self, media: &str, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let media = json!({"media": media, "features": features});
        self.ask("Emulation.setEmulatedMedia", media);
    }

    /// Evaluates an expression in the page.
    pub fn run(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.ask("Runtime.evaluate", parameters);
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].take()
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            other => panic!("what is the code of {other}?"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Takes a picture of the page, as far down as anybody scrolls.
    pub fn picture(&mut self) -> Vec<u8> {
        let size = self.run(
            "({width: innerWidth, height: Math.min(document.documentElement.scrollHeight, 6000)})",
        );
        let clip =
            json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let how = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.ask("Page.captureScreenshot", how);
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// Returns role and name of everything that a screen reader meets.
    pub fn heard(&mut self) -> Vec<(String, String)> {
        let tree = self.ask("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter();
        let nodes = nodes.filter(|node| node["ignored"] != true);
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        nodes
            .map(|node| (text(&node["role"]), text(&node["name"])))
            .collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How many different bytes the rows of a PNG have: a page without anything on it has a few.
pub fn variety(png: &[u8]) -> usize {
    let mut data = Vec::new();
    let mut rest = &png[8..];
    while rest.len() > 12 {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        if &rest[4..8] == b"IDAT" {
            data.extend(&rest[8..8 + length]);
        }
        rest = &rest[12 + length..];
    }
    let mut rows = Vec::new();
    let mut inflated = flate2::read::ZlibDecoder::new(&data[..]);
    inflated.read_to_end(&mut rows).unwrap();
    let mut seen = [false; 256];
    for byte in rows {
        seen[usize::from(byte)] = true;
    }
    seen.into_iter().filter(|seen| *seen).count()
}
