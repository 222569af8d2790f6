//! What does the engine mean? Its errors speak of types, plans and its own functions; whoever wrote a query knows columns,
//! tables and lines.

use super::bounded::{Refusal, bare, line_of};
use crate::config::shape::{closest, slips};

/// Most names that are listed where none is meant.
const MOST_NAMES: usize = 12;

/// An error of the engine in the words of who wrote `text`; `tables` are the names that it may read.
pub(super) fn told(error: &str, text: &str, tables: &[String]) -> Refusal {
    let raw = error.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let said = raw.trim_start_matches("sql parser error: ");
    let code = bare(text);
    let of_name = |name: &str| line_of(&code, name).or_else(|| line_of(text, name));
    let given: Option<usize> = raw
        .split_once("Line: ")
        .and_then(|(_, after)| after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .filter(|line| *line <= text.lines().count().max(1));
    let at = |line: Option<usize>, says: String| Refusal { line: given.or(line), says };
    let said = said.split(" at Line: ").next().unwrap_or(said);

    if let Some(name) = between(said, "duplicate output name '", "'") {
        // What has no name is called by what was done.
        let is_own = of_name(name).is_some();
        let line = of_name(if is_own { name } else { "count(" });
        return at(
            line,
            match is_own {
                true => format!("two columns are called \"{name}\": name one of them, for example {name} AS other"),
                false => "two columns have no name of their own: name them, for example COUNT(*) AS n".to_string(),
            },
        );
    }
    if said.contains("only one) statement") {
        let second = code.find(';').map(|end| (end, code[end..].trim_start_matches([';', ' ', '\t', '\r', '\n'])));
        let line = second.map(|(_, rest)| code[..code.len() - rest.len()].matches('\n').count() + 1);
        return at(line, "it holds more than one query: keep one, and put the others into files of their own".into());
    }
    if said.contains("recursion limit") {
        return at(None, "its brackets are nested too deeply: name the inner parts with WITH".into());
    }
    if let Some((expected, found)) = said.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        let found = found.trim();
        let last = code.trim_end().matches('\n').count() + 1;
        return match found {
            "EOF" | "" => at(Some(last), format!("it ends too early: {} is missing", article(expected))),
            word => at(
                of_name(word),
                format!("\"{word}\" cannot stand here: something before it is misspelt, or a comma or word is missing"),
            ),
        };
    }
    if said.starts_with("Unterminated") {
        return at(None, "a text or name is opened with a quotation mark and not closed".into());
    }
    if let Some(name) = between(said, "unable to find column \"", "\"") {
        let known = between(said, "valid columns: [", "]").unwrap_or_default();
        let known: Vec<&str> = known.split(", ").map(|name| name.trim_matches('"')).filter(|n| !n.is_empty()).collect();
        let hint = match is_text(text, name) {
            true => format!(": a text stands in single quotation marks, '{name}'"),
            false => instead(name, &known, "the columns are"),
        };
        return at(of_name(name), format!("there is no column \"{name}\"{hint}"));
    }
    if let Some(name) = between(said, "relation '", "' was not found") {
        let known: Vec<&str> = tables.iter().map(String::as_str).collect();
        return at(of_name(name), format!("there is no table \"{name}\"{}", instead(name, &known, "the tables are")));
    }
    if let Some((name, rest)) = said.strip_prefix("no column named '").and_then(|rest| rest.split_once('\'')) {
        let table = between(rest, "in table '", "'").map(|table| format!(" in \"{table}\"")).unwrap_or_default();
        return at(of_name(name), format!("there is no column \"{name}\"{table}"));
    }
    if let Some(name) = between(said, "no table or struct column named '", "'") {
        return at(of_name(name), format!("there is no table \"{name}\" in its FROM"));
    }
    if let Some(name) = between(said, "unsupported function '", "'") {
        return at(of_name(name), format!("there is no function {}", name.to_uppercase()));
    }
    if said.contains("arithmetic on dtypes") {
        let sides: Vec<&str> =
            said.match_indices("column '").filter_map(|(i, _)| between(&said[i..], "'", "'")).collect();
        let line = sides.last().and_then(|name| of_name(name));
        let named = if sides.is_empty() { String::new() } else { format!(" ({})", sides.join(", ")) };
        return at(line, format!("it calculates with things of two kinds{named}, such as a number and a text"));
    }
    if said.contains("cannot compare") {
        return at(
            None,
            "it compares things of two kinds, such as a number and a text; days and months are whole numbers here"
                .into(),
        );
    }
    if said.starts_with("conversion from") {
        let column = between(said, "in column '", "'");
        let of = column.map(|name| format!(" of \"{name}\"")).unwrap_or_default();
        return at(column.and_then(of_name), format!("values{of} cannot be converted to what the query asks for"));
    }
    if said.starts_with("HAVING clause not valid") {
        return at(of_name("having"), "HAVING needs a GROUP BY; single rows are chosen with WHERE".into());
    }
    if said.contains("subquery") {
        return at(
            given.or_else(|| within(&code)),
            "a query in brackets cannot stand here: name it with WITH, and join it".into(),
        );
    }
    let quoted = ['\'', '"', '`'].into_iter().find_map(|mark| {
        let name = said.split(mark).nth(1)?;
        of_name(name)
    });
    match said {
        "" => at(None, "it cannot be run".into()),
        words => at(quoted, format!("it cannot be run, because {}", without_advice(words))),
    }
}

/// The engine's own words up to the advice for those who write programs.
fn without_advice(words: &str) -> String {
    let end = [". ", "; try", "\n"].iter().filter_map(|mark| words.find(mark)).min().unwrap_or(words.len());
    words[..end].replace('`', "\"")
}

fn article(expected: &str) -> String {
    match expected {
        "an expression" | "an expression:" => "a column or a value".to_string(),
        "end of statement" => "its end".to_string(),
        "identifier" => "a name".to_string(),
        other => format!("\"{other}\""),
    }
}

/// What may have been meant: the nearest name, else all of them.
fn instead(name: &str, known: &[&str], are: &str) -> String {
    if let Some(near) = closest(name, known.iter().copied(), slips(name)) {
        return format!("; perhaps \"{near}\" is meant");
    }
    match known.len() {
        0 => String::new(),
        n if n > MOST_NAMES => format!("; {are} {} and {} more", known[..MOST_NAMES].join(", "), n - MOST_NAMES),
        _ => format!("; {are} {}", known.join(", ")),
    }
}

/// Whether a name stands in double quotation marks, as texts do elsewhere.
fn is_text(text: &str, name: &str) -> bool {
    text.contains(&format!("\"{name}\""))
}

/// The line of the first query within.
fn within(code: &str) -> Option<usize> {
    let small = code.to_ascii_lowercase();
    let (at, _) = small.match_indices("select").nth(1)?;
    Some(small[..at].matches('\n').count() + 1)
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(open)?;
    after.split_once(close).map(|(inner, _)| inner)
}
