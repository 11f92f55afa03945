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
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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

/// One cell of a table: a text, and how it is shown.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    shown: String,
}

impl Cell {
    /// Makes a cell of a text that is shown as it is.
    pub fn plain(text: impl Into<String>) -> Cell {
        let text = text.into();
        Cell {
            shown: text.clone(),
            text,
        }
    }

    /// Makes a cell whose text was painted; `text` is what it says.
    pub fn painted(text: &str, shown: String) -> Cell {
        Cell {
            text: text.to_owned(),
            shown,
        }
    }

    /// How wide it is, without escape sequences.
    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// The first column may be so much wider than others before its texts leave the table.
const FIRST: usize = 12;

/// Between two columns.
const GAP: usize = 2;

/// Aligns rows in columns, two spaces apart, without spaces at the ends of lines.
pub fn align(rows: &[Vec<Cell>]) -> Vec<String> {
    let widths = widths(rows);
    rows.iter().map(|row| line(row, &widths)).collect()
}

/// Aligns rows as [`align`] does and returns the lines of each; the first row has the titles.
///
/// Where the table would be wider than `room`, its longest texts leave it: one of the first column stands above its row, one
/// of another column below it, behind the title. Nothing is cut, so that it can be copied; a word that is wider than the
/// room stays whole.
pub fn fit(rows: &[Vec<Cell>], room: Option<usize>) -> Vec<Vec<String>> {
    let (Some(room), Some(titles)) = (room, rows.first()) else {
        return align(rows).into_iter().map(|line| vec![line]).collect();
    };
    let widths = narrowed(rows, room);
    let lines = |row: &Vec<Cell>| {
        let is_long = |at: usize, cell: &Cell| cell.width() > widths[at];
        let kept: Vec<Cell> = row
            .iter()
            .enumerate()
            .map(|(at, cell)| match is_long(at, cell) {
                true => Cell::plain(""),
                false => cell.clone(),
            })
            .collect();
        let mut lines = Vec::new();
        let mut below = Vec::new();
        for (at, cell) in row
            .iter()
            .enumerate()
            .filter(|(at, cell)| is_long(*at, cell))
        {
            match at {
                0 => lines.push(cell.shown.clone()),
                _ => below.extend(told(&titles[at], cell, room)),
            }
        }
        lines.push(line(&kept, &widths));
        lines.extend(below);
        lines
    };
    rows.iter().map(lines).collect()
}

/// A text that left its row, behind the title of its column.
fn told(title: &Cell, cell: &Cell, room: usize) -> Vec<String> {
    let text = format!("{}: {}", title.text.to_lowercase(), cell.text);
    let lines = wrap(&text, Some(room.saturating_sub(GAP).max(20)));
    lines.into_iter().map(|line| format!("  {line}")).collect()
}

fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(Cell::width).max().unwrap_or(0)
    };
    (0..columns).map(width).collect()
}

/// Takes the longest text of the widest column away until the rest fits, as far as titles let it.
fn narrowed(rows: &[Vec<Cell>], room: usize) -> Vec<usize> {
    let mut widths = widths(rows);
    let mut fixed = vec![false; widths.len()];
    while widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) > room {
        let loose = (0..widths.len()).filter(|column| !fixed[*column]);
        let weight = |column: &usize| match column {
            // Who looks for a name wants the row with it.
            0 => widths[0].saturating_sub(FIRST),
            column => widths[*column],
        };
        let Some(column) = loose.max_by_key(weight) else {
            break;
        };
        let cells = rows.iter().filter_map(|row| row.get(column));
        let shorter = cells.map(Cell::width).filter(|w| *w < widths[column]);
        let title = rows.first().and_then(|row| row.get(column));
        let least = title.map_or(0, Cell::width);
        match shorter.max().filter(|width| *width >= least) {
            Some(width) => widths[column] = width,
            None => fixed[column] = true,
        }
    }
    widths
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    let last = row.iter().rposition(|cell| cell.width() > 0).unwrap_or(0);
    for (index, cell) in row.iter().enumerate().take(last + 1) {
        line.push_str(&cell.shown);
        if index < last {
            let padding = widths[index].saturating_sub(cell.width()) + GAP;
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

    #[test]
    fn what_is_too_long_leaves_the_table_and_is_not_cut() {
        let row = |cells: [&str; 3]| cells.map(Cell::plain).to_vec();
        let rows = [
            row(["POD", "FATE", "LANDS ON"]),
            row(["a", "evict", "n1"]),
            row(["a-name-that-is-much-longer", "evict", "n2"]),
            row(["b", "evict", "a node of two words"]),
        ];
        let lines: Vec<String> = fit(&rows, Some(20)).concat();
        assert_eq!(
            lines,
            [
                "POD  FATE   LANDS ON",
                "a    evict  n1",
                "a-name-that-is-much-longer",
                "     evict  n2",
                "b    evict",
                "  lands on: a node of",
                "  two words",
            ]
        );
        assert_eq!(fit(&rows, None).concat(), align(&rows));
        assert_eq!(fit(&rows, Some(60)).concat(), align(&rows), "it fits");
        assert!(fit(&[], Some(10)).is_empty());
    }
}
