//! Text that fits a terminal and cannot take it over.

/// Escapes what a terminal would obey or what would change the order of the letters: names and messages come from the
/// cluster or from a file, where others can write.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            cleaned.extend(c.escape_default());
        } else {
            cleaned.push(c);
        }
    }
    cleaned
}

/// Tells whether a character changes the direction in which others are shown.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Breaks a text at spaces into lines of at most `width` characters; a longer word stays whole, so that a command can be
/// copied. `None` does not break.
pub fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![text.to_owned()];
    };
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        let length = line.chars().count();
        if length == 0 {
            line.push_str(word);
        } else if length + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Returns a count with its noun: `1 pod`, `2 pods`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// One cell of a table: a text and how wide it is without escape sequences.
#[derive(Debug, Clone)]
pub struct Cell {
    shown: String,
    width: usize,
}

impl Cell {
    /// Makes a cell of a text that is shown as it is.
    pub fn plain(text: impl Into<String>) -> Cell {
        let shown = text.into();
        let width = shown.chars().count();
        Cell { shown, width }
    }

    /// Makes a cell whose text was painted; `text` is what it says.
    pub fn painted(text: &str, shown: String) -> Cell {
        Cell {
            shown,
            width: text.chars().count(),
        }
    }
}

/// Aligns rows in columns, two spaces apart, without spaces at the ends of lines.
pub fn align(rows: &[Vec<Cell>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width).max().unwrap_or(0)
        })
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    let last = row.iter().rposition(|cell| cell.width > 0).unwrap_or(0);
    for (index, cell) in row.iter().enumerate().take(last + 1) {
        line.push_str(&cell.shown);
        if index < last {
            let padding = widths[index].saturating_sub(cell.width) + 2;
            line.extend(std::iter::repeat_n(' ', padding));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_a_terminal() {
        assert_eq!(
            clean("a\u{1b}[31m\nb\u{202e}c"),
            "a\\u{1b}[31m\\nb\\u{202e}c"
        );
        assert_eq!(clean("zürich-1"), "zürich-1");
    }

    #[test]
    fn lines_break_at_spaces_and_words_stay_whole() {
        assert_eq!(wrap("aa bb cc", Some(5)), ["aa bb", "cc"]);
        assert_eq!(wrap("a longerword b", Some(4)), ["a", "longerword", "b"]);
        assert_eq!(wrap("aa bb cc", None), ["aa bb cc"]);
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let rows = [
            vec![Cell::plain("POD"), Cell::plain("FATE"), Cell::plain("WAVE")],
            vec![
                Cell::plain("a/long"),
                Cell::painted("no", "<b>no</b>".to_owned()),
                Cell::plain(""),
            ],
            vec![Cell::plain("b"), Cell::plain("evict"), Cell::plain("1")],
        ];
        assert_eq!(
            align(&rows),
            [
                "POD     FATE   WAVE",
                "a/long  <b>no</b>",
                "b       evict  1"
            ]
        );
    }
}
