//! Finds every path a source file mentions, in `use` trees and in code alike, and resolves
//! `crate`, `self` and `super` to the module they stand for.

use super::lexer::{Token, tokens};

/// Where a mention stands: what only tests compile may break the rules about the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Product,
    Test,
}

/// One path as the code mentions it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    pub line: usize,
    pub place: Place,
    pub target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// In this library, without the leading `crate`.
    Own(Vec<String>),
    /// In another crate, its name first.
    Foreign(Vec<String>),
    /// A macro called by its bare name.
    Macro(String),
    /// `async` or `await`.
    Async,
}

/// Words that may stand before a path that begins with `::`.
const KEYWORDS: [&str; 12] = [
    "use", "return", "in", "as", "impl", "for", "dyn", "mut", "else", "match", "if", "break",
];

/// The module a file of `src/` holds: `src/a/b.rs` and `src/a/b/mod.rs` are both `a::b`.
pub fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    match inner {
        "lib" | "main" => Vec::new(),
        _ => inner.split('/').map(str::to_owned).collect(),
    }
}

/// Finds the mentions of a file that, as a whole, stands at `file_place`.
pub fn mentions(path: &str, source: &str, file_place: Place) -> Vec<Mention> {
    let tokens = tokens(source);
    let places = places(&tokens, file_place);
    let mut walk = Walk {
        tokens: &tokens,
        places,
        modules: Vec::new(),
        out: Vec::new(),
    };
    walk.run(&module_of(path));
    walk.out
}

/// Marks which tokens only tests compile.
pub fn places(tokens: &[Token], file_place: Place) -> Vec<Place> {
    let mut places = vec![file_place; tokens.len()];
    for start in 0..tokens.len() {
        if let Some(after) = test_attribute_end(tokens, start) {
            let end = item_end(tokens, after);
            places[start..end].fill(Place::Test);
        }
    }
    places
}

/// The index after `#[cfg(test)]` (or `#[cfg(any(test, ..))]`) if one starts at `start`.
fn test_attribute_end(tokens: &[Token], start: usize) -> Option<usize> {
    let opens = ["#", "[", "cfg", "("];
    let here = tokens.get(start..start + opens.len())?;
    if !here.iter().zip(opens).all(|(token, text)| token.is(text)) {
        return None;
    }
    let end = start + tokens[start..].iter().position(|token| token.is("]"))?;
    let inside = &tokens[start..end];
    let is_test = inside.iter().any(|token| token.is("test"));
    let is_not = inside.iter().any(|token| token.is("not"));
    (is_test && !is_not).then_some(end + 1)
}

/// The index after the item that starts at `start`: its first `;` or block outside brackets.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.is("}") {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

struct Walk<'a> {
    tokens: &'a [Token],
    places: Vec<Place>,
    /// Inline modules around the current token, with the brace depth they opened at.
    modules: Vec<(String, usize)>,
    out: Vec<Mention>,
}

impl Walk<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn is_word(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_word)
    }

    fn run(&mut self, file_module: &[String]) {
        let (mut at, mut depth) = (0, 0_usize);
        while at < self.tokens.len() {
            match self.text(at) {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    self.modules.retain(|(_, opened)| *opened < depth);
                }
                "mod" if self.text(at + 2) == "{" => {
                    self.modules.push((self.text(at + 1).to_owned(), depth));
                    at += 1;
                }
                "async" | "await" => self.push(at, Target::Async),
                _ if self.starts_path(at) => {
                    at = self.path(at, file_module);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn starts_path(&self, at: usize) -> bool {
        let word = self.is_word(at) && !KEYWORDS.contains(&self.text(at));
        // After `>` it goes on with a type's own items: `<T as Trait>::item`.
        let absolute = self.text(at) == "::" && self.is_word(at + 1);
        word || (absolute && at > 0 && self.text(at - 1) != ">")
    }

    /// Records the path that starts at `at`; returns the index after it.
    fn path(&mut self, at: usize, file_module: &[String]) -> usize {
        let imported = at > 0 && self.text(at - 1) == "use";
        let first = if self.text(at) == "::" { at + 1 } else { at };
        let mut found = Vec::new();
        let end = self.tree(first, &[], &mut found);
        for (index, segments) in found {
            if segments.len() == 1 && self.text(end) == "!" {
                self.push(index, Target::Macro(segments[0].clone()));
            } else if segments.len() > 1 || imported {
                self.push(index, self.resolve(segments, file_module));
            }
        }
        end
    }

    /// Flattens `a::{b, c::{self, d}}` into its paths; returns the index after the tree.
    fn tree(&self, at: usize, prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
        let (mut at, mut segments) = (at, prefix.to_vec());
        loop {
            match self.text(at) {
                "{" => return self.group(at + 1, &segments, found),
                "self" if !segments.is_empty() => {}
                text => segments.push(text.to_owned()),
            }
            let goes_on = self.text(at + 1) == "::"
                && (self.is_word(at + 2) || matches!(self.text(at + 2), "{" | "*"));
            if !goes_on {
                found.push((at, segments));
                return at + 1;
            }
            at += 2;
        }
    }

    fn group(&self, at: usize, prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
        let mut at = at;
        loop {
            match self.text(at) {
                "" => return at,
                "}" => return at + 1,
                "as" => at += 2,
                _ if self.is_word(at) || matches!(self.text(at), "{" | "*") => {
                    at = self.tree(at, prefix, found);
                }
                _ => at += 1,
            }
        }
    }

    fn resolve(&self, segments: Vec<String>, file_module: &[String]) -> Target {
        let mut here = file_module.to_vec();
        here.extend(self.modules.iter().map(|(name, _)| name.clone()));
        match segments[0].as_str() {
            "crate" | "nodemaint" => Target::Own(segments[1..].to_vec()),
            "self" => Target::Own([&here[..], &segments[1..]].concat()),
            "super" => {
                let up = segments
                    .iter()
                    .take_while(|segment| *segment == "super")
                    .count();
                here.truncate(here.len().saturating_sub(up));
                Target::Own([&here[..], &segments[up..]].concat())
            }
            _ => Target::Foreign(segments),
        }
    }

    fn push(&mut self, at: usize, target: Target) {
        let line = self.tokens[at].line;
        self.out.push(Mention {
            line,
            place: self.places[at],
            target,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(path: &str, source: &str) -> Vec<Mention> {
        mentions(path, source, Place::Product)
    }

    fn own(source: &str) -> Vec<String> {
        let is_own = |mention: Mention| match mention.target {
            Target::Own(path) => Some(path.join("::")),
            _ => None,
        };
        found_in("src/engine/drain/mod.rs", source)
            .into_iter()
            .filter_map(is_own)
            .collect()
    }

    #[test]
    fn groups_are_flattened() {
        let source = "use crate::{domain::pod::{self, Pod as P}, adapters::*, present};";
        let expected = ["domain::pod", "domain::pod::Pod", "adapters::*", "present"];
        assert_eq!(own(source), expected);
    }

    #[test]
    fn super_and_self_are_resolved_from_the_module_they_stand_in() {
        assert_eq!(own("use super::event::Event;"), ["engine::event::Event"]);
        assert_eq!(
            own("mod inner { use super::super::event; } use self::wait::Wait;"),
            ["engine::event", "engine::drain::wait::Wait"]
        );
    }

    #[test]
    fn paths_in_code_count_like_imports() {
        assert_eq!(
            own("fn f() -> crate::adapters::Live { crate::cli::run::<u8>() }"),
            ["adapters::Live", "cli::run"]
        );
    }

    #[test]
    fn a_leading_double_colon_means_another_crate() {
        let target = Target::Foreign(vec!["kube".to_owned(), "Api".to_owned()]);
        let found = found_in("src/engine/x.rs", "use ::kube::Api;");
        assert_eq!(
            found,
            [Mention {
                line: 1,
                place: Place::Product,
                target
            }]
        );
    }

    #[test]
    fn only_the_item_after_the_attribute_is_test_code() {
        let source =
            "#[cfg(test)]\nuse a::b;\nuse c::d;\n#[cfg(test)]\nmod tests { use e::f; }\nuse g::h;";
        let places: Vec<Place> = found_in("src/engine/x.rs", source)
            .iter()
            .map(|mention| mention.place)
            .collect();
        assert_eq!(
            places,
            [Place::Test, Place::Product, Place::Test, Place::Product]
        );
    }

    #[test]
    fn code_for_everything_but_tests_is_product_code() {
        let found = found_in("src/engine/x.rs", "#[cfg(not(test))]\nuse a::b;");
        assert_eq!(found[0].place, Place::Product);
    }
}
