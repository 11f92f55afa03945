//! From a template's text to its parts.

use super::{Filter, JsonPathError, Operator, Part, Path, Slice, Step};

/// Parses a whole template.
pub(super) fn template(text: &str) -> Result<Vec<Part>, JsonPathError> {
    let mut open: Vec<(Path, Vec<Part>)> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut cursor = Cursor::new(text);
    while let Some(piece) = piece(&mut cursor)? {
        match piece {
            Piece::Text(text) => parts.push(Part::Text(text)),
            Piece::Path(path) => parts.push(Part::Action(path)),
            Piece::Range(path) => open.push((path, std::mem::take(&mut parts))),
            Piece::End => {
                let (path, outer) = open
                    .pop()
                    .ok_or_else(|| JsonPathError::new("not in range, nothing to end"))?;
                let body = std::mem::replace(&mut parts, outer);
                parts.push(Part::Range(path, body));
            }
        }
    }
    // A range that nothing ends lasts until the end of the template, as in kubectl.
    while let Some((path, outer)) = open.pop() {
        let body = std::mem::replace(&mut parts, outer);
        parts.push(Part::Range(path, body));
    }
    Ok(parts)
}

enum Piece {
    Text(String),
    Path(Path),
    Range(Path),
    End,
}

fn piece(cursor: &mut Cursor) -> Result<Option<Piece>, JsonPathError> {
    let text = cursor.take_while(|c| c != '{');
    if !text.is_empty() {
        return Ok(Some(Piece::Text(text)));
    }
    if cursor.next().is_none() {
        return Ok(None);
    }
    let (word, path) = action(cursor)?;
    match word.as_deref() {
        None => Ok(Some(Piece::Path(path))),
        Some("range") => Ok(Some(Piece::Range(path))),
        Some("end") => Ok(Some(Piece::End)),
        Some(other) => Err(JsonPathError(format!("unrecognized identifier {other}"))),
    }
}

/// Parses what stands behind `{`, with its `}`; the word (`range`, `end`) is handed out.
fn action(cursor: &mut Cursor) -> Result<(Option<String>, Path), JsonPathError> {
    let mut word = None;
    let mut path = Path::new();
    loop {
        match cursor.peek() {
            None | Some('\n' | '\r') => return Err(JsonPathError::new("unclosed action")),
            Some('}') => {
                cursor.next();
                return Ok((word, path));
            }
            Some(c) if is_word(c) && !c.is_numeric() => {
                let text = cursor.take_while(|c| !is_terminator(c));
                match text.as_str() {
                    "true" => path.push(Step::Bool(true)),
                    "false" => path.push(Step::Bool(false)),
                    _ => word = Some(text),
                }
            }
            Some(_) => step(cursor, &mut path)?,
        }
    }
}

fn step(cursor: &mut Cursor, path: &mut Path) -> Result<(), JsonPathError> {
    if cursor.starts_with("[?(") {
        cursor.skip(3);
        path.push(Step::Filter(filter(cursor)?));
        return Ok(());
    }
    if cursor.starts_with("..") {
        if path.last() == Some(&Step::Recursive) {
            return Err(JsonPathError::new("invalid multiple recursive descent"));
        }
        cursor.skip(2);
        path.push(Step::Recursive);
        if cursor.peek().is_some_and(is_word) {
            path.push(field(cursor));
        }
        return Ok(());
    }
    match cursor.next() {
        // The current object: kubectl passes both signs over.
        None | Some(' ' | '@' | '$') => {}
        Some('[') => path.extend(brackets(cursor)?),
        Some(quote @ ('"' | '\'')) => path.push(Step::Text(quoted(cursor, quote)?)),
        Some('.') => path.push(field(cursor)),
        Some(c) if c == '+' || c == '-' || c.is_ascii_digit() => path.push(number(c, cursor)?),
        Some(c) => {
            return Err(JsonPathError(format!(
                "unrecognized character in action: U+{:04X} '{}'",
                u32::from(c),
                c.escape_default()
            )));
        }
    }
    Ok(())
}

fn field(cursor: &mut Cursor) -> Step {
    let mut name = String::new();
    while let Some(c) = cursor.peek() {
        if c == '\\' {
            cursor.next();
            name.extend(cursor.next());
        } else if is_terminator(c) {
            break;
        } else {
            cursor.next();
            name.push(c);
        }
    }
    if name == "*" {
        Step::Wildcard
    } else {
        Step::Field(name)
    }
}

fn number(first: char, cursor: &mut Cursor) -> Result<Step, JsonPathError> {
    let rest = cursor.take_while(|c| c == '.' || c.is_ascii_digit());
    let text = format!("{first}{rest}");
    let float = || text.parse().map(Step::Float);
    text.parse()
        .map(Step::Int)
        .or_else(|_| float())
        .map_err(|_| JsonPathError(format!("cannot parse number {text}")))
}

fn quoted(cursor: &mut Cursor, quote: char) -> Result<String, JsonPathError> {
    let mut text = String::new();
    loop {
        match cursor.next() {
            None | Some('\n') => return Err(JsonPathError::new("unterminated quoted string")),
            Some(c) if c == quote => return Ok(text),
            Some('\\') => text.push(unescape(cursor)?),
            Some(c) => text.push(c),
        }
    }
}

fn unescape(cursor: &mut Cursor) -> Result<char, JsonPathError> {
    let wrong = || JsonPathError::new("invalid syntax in a quoted string");
    Ok(match cursor.next().ok_or_else(wrong)? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        c @ ('\\' | '"' | '\'') => c,
        kind @ ('x' | 'u' | 'U') => {
            let length = match kind {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let digits: String = (0..length).map_while(|_| cursor.next()).collect();
            let code = u32::from_str_radix(&digits, 16).map_err(|_| wrong())?;
            char::from_u32(code).ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    })
}

/// Parses what stands between `[` and `]`.
fn brackets(cursor: &mut Cursor) -> Result<Path, JsonPathError> {
    let text = cursor.take_while(|c| c != ']' && c != '\n');
    if cursor.next() != Some(']') {
        return Err(JsonPathError::new("unterminated array"));
    }
    let members: Vec<&str> = text.split(',').collect();
    if members.len() > 1 {
        let paths: Result<Vec<Path>, _> = members.iter().map(|m| member(m.trim())).collect();
        return Ok(vec![Step::Union(paths?)]);
    }
    member(&text)
}

fn member(text: &str) -> Result<Path, JsonPathError> {
    let key = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .filter(|key| !key.contains('\''));
    match key {
        Some(key) => inner(&format!(".{key}")),
        None => slice(text).map(|slice| vec![Step::Slice(slice)]),
    }
}

fn slice(text: &str) -> Result<Slice, JsonPathError> {
    let wrong = || JsonPathError(format!("invalid array index {text}"));
    let bound = |part: &str| match part {
        "" => Ok(None),
        _ => part.parse().map(Some).map_err(|_| wrong()),
    };
    let run = |from, to, step| Slice::Run { from, to, step };
    match text.split(':').collect::<Vec<_>>()[..] {
        ["*"] => Ok(run(None, None, None)),
        [index] => bound(index).and_then(|i| i.map(Slice::Index).ok_or_else(wrong)),
        [from, to] => Ok(run(bound(from)?, bound(to)?, None)),
        [from, to, step] => Ok(run(bound(from)?, bound(to)?, bound(step)?)),
        _ => Err(wrong()),
    }
}

/// Parses what stands between `[?(` and `)]`; a quoted text may hold brackets.
fn filter(cursor: &mut Cursor) -> Result<Filter, JsonPathError> {
    let mut text = String::new();
    let mut quote = None;
    loop {
        match (cursor.next(), quote) {
            (None | Some('\n'), _) => return Err(JsonPathError::new("unterminated filter")),
            (Some(')'), None) => break,
            (Some(c), Some(q)) if c == q && !text.ends_with('\\') => {
                quote = None;
                text.push(c);
            }
            (Some(c @ ('"' | '\'')), None) => {
                quote = Some(c);
                text.push(c);
            }
            (Some(c), _) => text.push(c),
        }
    }
    if cursor.next() != Some(']') {
        return Err(JsonPathError::new("unclosed array expect ]"));
    }
    let is_operator = |c: char| "!<>=".contains(c);
    let left_end = text.find(is_operator).filter(|at| *at > 0);
    let Some(at) = left_end else {
        return Ok(Filter {
            left: inner(&text)?,
            comparison: None,
        });
    };
    let right_at = text[at..]
        .find(|c: char| !is_operator(c))
        .map_or(text.len(), |n| at + n);
    let comparison = Some((operator(&text[at..right_at])?, inner(&text[right_at..])?));
    Ok(Filter {
        left: inner(&text[..at])?,
        comparison,
    })
}

fn operator(text: &str) -> Result<Operator, JsonPathError> {
    Ok(match text {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => {
            return Err(JsonPathError(format!(
                "unrecognized filter operator {text}"
            )));
        }
    })
}

/// Parses a path that stands alone, without braces.
fn inner(text: &str) -> Result<Path, JsonPathError> {
    let braced = format!("{text}}}");
    match action(&mut Cursor::new(&braced))? {
        (None, path) => Ok(path),
        (Some(word), _) => Err(JsonPathError(format!("unrecognized identifier {word}"))),
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_terminator(c: char) -> bool {
    " \t\r\n.,[]$@{}".contains(c)
}

/// A text that is read from front to back.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Cursor<'a> {
        Cursor { rest: text }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn starts_with(&self, prefix: &str) -> bool {
        self.rest.starts_with(prefix)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let taken = self.rest[..end].to_owned();
        self.skip(end);
        taken
    }
}
