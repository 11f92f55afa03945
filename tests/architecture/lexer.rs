//! Cuts Rust source into the few tokens the rules need: words, `::` and single signs, each
//! with its line. Comments disappear and strings are no words, so that a rule never
//! trips over prose. A real parser would cost a dependency and see no more of a path.

/// A word, `::`, a sign, or a literal in quotes, which begins with `"` and so is no word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub line: usize,
    pub text: String,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn is_word(&self) -> bool {
        self.text.starts_with(is_word_char)
    }
}

pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        chars: source.chars().collect(),
        at: 0,
        line: 1,
        out: Vec::new(),
    };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.out
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    out: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn advance(&mut self) {
        if self.peek(0) == '\n' {
            self.line += 1;
        }
        self.at += 1;
    }

    fn push(&mut self, line: usize, text: &str) {
        self.out.push(Token {
            line,
            text: text.to_owned(),
        });
    }

    fn step(&mut self) {
        let line = self.line;
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.skip_while(|c| c != '\n'),
            ('/', '*') => self.skip_block_comment(),
            ('"', _) => self.skip_string(0),
            ('\'', _) => self.skip_quote(),
            (':', ':') => {
                self.at += 2;
                self.push(line, "::");
            }
            (c, _) if is_word_char(c) => self.word(),
            (c, _) => {
                if !c.is_whitespace() {
                    self.push(line, &c.to_string());
                }
                self.advance();
            }
        }
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.at < self.chars.len() && keep(self.peek(0)) {
            self.advance();
        }
    }

    /// Block comments nest in Rust.
    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.advance();
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
    }

    /// Skips a string that starts at `"`; `hashes` is 0 for one with escapes, and one more
    /// than the number of `#` for a raw one.
    fn skip_string(&mut self, hashes: usize) {
        let (start, line) = (self.at, self.line);
        self.advance();
        let mut end = self.chars.len();
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' if hashes == 0 => {
                    self.advance();
                    self.advance();
                }
                '"' if (1..hashes).all(|n| self.peek(n) == '#') => {
                    end = self.at;
                    self.at += hashes.max(1);
                    break;
                }
                _ => self.advance(),
            }
        }
        let text: String = self.chars[start..end].iter().collect();
        self.push(line, &text);
    }

    /// A character literal or a lifetime: only the first has a closing quote right after.
    fn skip_quote(&mut self) {
        let literal = self.peek(1) == '\\' || self.peek(2) == '\'';
        self.advance();
        if !literal {
            return;
        }
        if self.peek(0) == '\\' {
            self.advance();
        }
        self.advance();
        self.skip_while(|c| c != '\'');
        self.advance();
    }

    fn word(&mut self) {
        let (start, line) = (self.at, self.line);
        self.skip_while(is_word_char);
        let word: String = self.chars[start..self.at].iter().collect();
        let hashes = (0..).take_while(|&n| self.peek(n) == '#').count();
        let opens_string = self.peek(hashes) == '"';
        match word.as_str() {
            "r" | "br" | "cr" if opens_string => {
                self.at += hashes;
                self.skip_string(hashes + 1);
            }
            "b" | "c" if opens_string && hashes == 0 => self.skip_string(0),
            "b" if self.peek(0) == '\'' => self.skip_quote(),
            // A raw identifier (`r#type`): the word follows.
            "r" if hashes == 1 => self.at += 1,
            _ => self.push(line, &word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_disappear_and_strings_are_one_token() {
        let source = "a // kube::x\n/* kube /* y */ z */ b \"kube \\\" q\" c r#\"kube \" \"# d";
        let expected = ["a", "b", "\"kube \\\" q", "c", "\"kube \" ", "d"];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn lifetimes_and_characters_are_told_apart() {
        assert_eq!(
            texts("&'a str '\"' '\\'' '\\u{1F}' b'x' x"),
            ["&", "a", "str", "x"]
        );
    }

    #[test]
    fn lines_are_counted_through_every_literal() {
        let source = "\"one\ntwo\"\n/* three\n*/ word\nr\"\n\" last";
        let line_of = |text: &str| {
            tokens(source)
                .into_iter()
                .find(|token| token.is(text))
                .map(|token| token.line)
        };
        assert_eq!(line_of("word"), Some(4));
        assert_eq!(line_of("last"), Some(6));
    }

    #[test]
    fn raw_identifiers_lose_their_mark() {
        assert_eq!(texts("crate::r#type"), ["crate", "::", "type"]);
    }
}
