//! The page of `-o html` in a real browser: opened from its file, walked through by keyboard, looked at in several sizes.
//!
//! Runs where a Chromium is found, and says so where none is.

mod chromium;
mod pages;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use chromium::{Chromium, VARIABLE, find, variety};
use pages::Pages;

const DESKTOP: (u32, u32) = (1280, 800);
const PHONE: (u32, u32) = (390, 800);

/// Starts a browser with the pages to look at; `None`, and a word to whoever runs the tests, where there is none.
fn browser(test: &str) -> Option<(Chromium, Pages)> {
    let Some(program) = find() else {
        // Past the test harness, which would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: browser::{test}: no Chromium on the PATH, and {VARIABLE} names none"
        );
        return None;
    };
    Some((Chromium::start(&program), Pages::new()))
}

/// Where pictures are kept for a person to look at; in a temporary folder unless told otherwise.
fn keep(picture: &[u8], folder: &Path, name: &str) {
    let asked = std::env::var_os("NODEMAINT_PICTURES").map(PathBuf::from);
    let folder = asked.as_deref().unwrap_or(folder);
    std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().unwrap().iter();
    let items = items.map(|item| item.as_str().unwrap().to_owned());
    items.collect()
}

#[test]
fn the_page_opens_from_its_file_without_a_word_on_the_console_or_to_the_network() {
    let Some((mut browser, pages)) = browser("opens") else {
        return;
    };
    for page in pages.all() {
        let events = browser.open(&page.path, DESKTOP);
        let of = |method: &str| {
            let events = events.iter().filter(|event| event["method"] == method);
            events.cloned().collect::<Vec<Value>>()
        };
        let asked = of("Network.requestWillBeSent");
        let addresses: BTreeSet<&str> = asked
            .iter()
            .filter_map(|event| event["params"]["request"]["url"].as_str())
            .collect();
        let own = format!("file://{}", page.path.display());
        assert_eq!(addresses, BTreeSet::from([own.as_str()]), "{}", page.name);
        for method in [
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
        ] {
            assert_eq!(of(method), [] as [Value; 0], "{}", page.name);
        }
        assert_eq!(browser.run("document.scripts.length"), 0);
    }
}

#[test]
fn every_detail_opens_by_keyboard_and_the_focus_is_seen_on_its_way() {
    let Some((mut browser, pages)) = browser("keyboard") else {
        return;
    };
    for page in pages.all() {
        browser.open(&page.path, DESKTOP);
        let details = browser.run("document.querySelectorAll('details').length");
        let mut walked = Vec::new();
        for _ in 0..400 {
            browser.press("Tab");
            let at = browser.run(WHERE);
            if at["tag"] == "BODY" {
                break;
            }
            assert_eq!(at["seen"], true, "{}: {at}", page.name);
            if at["tag"] == "SUMMARY" {
                let before = at["open"].as_bool();
                browser.press("Enter");
                assert_eq!(browser.run(WHERE)["open"].as_bool(), before.map(|o| !o));
                if before == Some(true) {
                    browser.press("Enter");
                }
                assert_eq!(browser.run(WHERE)["open"], true, "{}: {at}", page.name);
            }
            walked.push((at["order"].as_u64().unwrap(), at["tag"].clone()));
        }
        assert!(walked.is_sorted_by_key(|(order, _)| *order), "{walked:?}");
        let opened = walked.iter().filter(|(_, tag)| tag == "SUMMARY").count();
        assert_eq!(details, opened, "{}: {walked:?}", page.name);
    }
}

#[test]
fn nothing_runs_over_the_edge_or_into_its_neighbour_at_any_width() {
    let Some((mut browser, pages)) = browser("width") else {
        return;
    };
    for page in pages.all() {
        for (size, name) in [(DESKTOP, "desktop"), (PHONE, "phone")] {
            for scheme in ["light", "dark"] {
                browser.show_as("screen", scheme);
                browser.open(&page.path, size);
                browser
                    .run("for (const one of document.querySelectorAll('details')) one.open = true");
                let picture = browser.picture();
                let title = format!("{}-{name}-{scheme}", page.name);
                keep(&picture, pages.folder(), &title);
                assert!(variety(&picture) > 32, "{title} is blank");
                let width = browser.run("document.documentElement.scrollWidth");
                assert!(
                    width.as_u64() <= Some(u64::from(size.0)),
                    "{title}: {width}"
                );
                assert_eq!(texts(&browser.run(OUTSIDE)), [""; 0], "{title}");
                assert_eq!(texts(&browser.run(OVERLAPS)), [""; 0], "{title}");
                assert_eq!(texts(&browser.run(FAINT)), [""; 0], "{title}");
            }
        }
    }
}

#[test]
fn on_paper_everything_is_unfolded() {
    let Some((mut browser, pages)) = browser("paper") else {
        return;
    };
    let page = pages.all().find(|page| page.name == "large").unwrap();
    browser.show_as("print", "dark");
    browser.open(&page.path, (800, 1100));
    keep(&browser.picture(), pages.folder(), "large-paper");
    let hidden = "[...document.querySelectorAll('details > *:not(summary)')].filter(one => !one.checkVisibility({contentVisibilityAuto: true})).length";
    assert_eq!(browser.run(hidden), 0);
    let background = browser.run("getComputedStyle(document.documentElement).backgroundColor");
    assert_eq!(background, "rgb(255, 255, 255)");
}

#[test]
fn who_hears_the_page_hears_what_everything_is() {
    let Some((mut browser, pages)) = browser("heard") else {
        return;
    };
    for page in pages.all() {
        browser.open(&page.path, DESKTOP);
        browser.run("for (const one of document.querySelectorAll('details')) one.open = true");
        let heard = browser.heard();
        let speaking = [
            "heading",
            "link",
            "image",
            "img",
            "DisclosureTriangle",
            "table",
            "columnheader",
            "rowheader",
            "region",
            "navigation",
        ];
        let silent: Vec<_> = heard
            .iter()
            .filter(|(role, name)| speaking.contains(&role.as_str()) && name.trim().is_empty())
            .collect();
        assert!(silent.is_empty(), "{}: {silent:?}", page.name);
        let number = |roles: &[&str]| {
            let named = heard
                .iter()
                .filter(|(role, _)| roles.contains(&role.as_str()));
            named.count()
        };
        assert!(number(&["image", "img"]) >= 3, "{heard:?}");
        assert!(number(&["table"]) >= 1 && number(&["columnheader"]) >= 6);
        assert!(number(&["DisclosureTriangle"]) >= 1, "{heard:?}");
        assert_eq!(browser.run("document.querySelectorAll('h1').length"), 1);
        assert_eq!(texts(&browser.run(SKIPPED_LEVELS)), [""; 0]);
    }
}

/// Where the focus is, and whether it shows.
const WHERE: &str = "(() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    return {
        tag: at.tagName,
        order: [...document.querySelectorAll('*')].indexOf(at),
        open: at.parentElement.open,
        seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    };
})()";

/// What is wider than the window, but for what is there to be heard alone.
const OUTSIDE: &str = "[...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1) && !one.closest('.skip') && !(one.closest('.to')?.offsetWidth <= 1);
}).map(one => one.outerHTML.slice(0, 200))";

/// Texts that share a place with another text.
const OVERLAPS: &str = "(() => {
    const found = [];
    const boxes = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const owner = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || owner.closest('title, desc, .skip, style')) continue;
        const heard = owner.closest('.to, thead');
        if (heard && heard.offsetWidth <= 1) continue;
        const clip = owner.closest('.target b, .sources bdi');
        const range = document.createRange();
        range.selectNodeContents(walk.currentNode);
        for (const box of range.getClientRects()) {
            if (box.width < 2) continue;
            let right = box.right;
            if (clip) {
                const edge = clip.getBoundingClientRect();
                right = Math.min(right, edge.right);
                if (box.top + 4 > edge.bottom) continue;
            }
            boxes.push({left: box.left + 1, right: right - 1, top: box.top + 4, bottom: box.bottom - 4, text: walk.currentNode.data, node: walk.currentNode});
        }
    }
    boxes.sort((a, b) => a.top - b.top);
    for (let i = 0; i < boxes.length; i++) {
        for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
            const [a, b] = [boxes[i], boxes[j]];
            if (a.node !== b.node && a.left < b.right && b.left < a.right) found.push(a.text.trim().slice(0, 60) + ' | ' + b.text.trim().slice(0, 60));
        }
    }
    return found.slice(0, 10);
})()";

/// Texts whose colour is less than 4.5 times as bright or dark as what is behind them.
const FAINT: &str = "(() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const part = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const behind = one => {
        for (; one; one = one.parentElement) {
            const color = parse(getComputedStyle(one).backgroundColor);
            if (color.length < 4 || color[3] > 0) return color;
        }
        return [255, 255, 255];
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const owner = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || owner.closest('title, desc, style')) continue;
        const drawn = owner.tagName === 'text';
        const text = light(parse(drawn ? getComputedStyle(owner).fill : getComputedStyle(owner).color));
        const ground = light(drawn ? parse(getComputedStyle(owner.previousElementSibling).fill) : behind(owner));
        const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
        if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + owner.outerHTML.slice(0, 120));
    }
    return found.slice(0, 10);
})()";

/// Headings that are more than one level below the one before.
const SKIPPED_LEVELS: &str = "(() => {
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(one => [Number(one.tagName[1]), one.textContent]);
    return levels.filter((one, at) => at > 0 && one[0] > levels[at - 1][0] + 1).map(one => one[1]);
})()";
