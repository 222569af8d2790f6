//! Does a project file have the shape that its schema describes?
//!
//! Serde stops at the first thing that it cannot read. Here the parsed TOML is held against the JSON schema of
//! [`super::file::ConfigFile`] node by node, so that every unknown key, wrong type, value out of range and date that does
//! not exist is found at once. What does not fit is taken out, so that serde can read the rest and the rest can be
//! judged too.

use super::problem::Problem;
use chrono::{Datelike, NaiveDate};
use serde_json::Value;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

/// Keys that other versions know: their path (without the user's own names) and what to do here.
const NOT_HERE: [(&str, &str, &str); 1] =
    [("engine.profile", "no warehouse engine in this version", "leave `profile` out: the facts are counted here")];

/// Longest text of the user's that a message repeats, in characters.
const LONGEST_QUOTE: usize = 60;

/// Holds a parsed file against the schema, takes out what does not fit, and tells what that was.
pub fn check(table: &mut DeTable<'_>, schema: &Value) -> Vec<Problem> {
    let mut checker = Checker { root: schema, problems: Vec::new() };
    checker.table(table, schema, &Place { path: String::new(), generic: String::new(), span: 0..0 });
    checker.problems
}

/// The schema that a schema stands for: what `$ref` names, else itself.
pub fn referred<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    name.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// The word for what the keys of a map are, for example `label`.
pub fn key_word(schema: &Value) -> &str {
    schema.get("x-key").and_then(Value::as_str).unwrap_or("name")
}

/// The candidate that `word` was probably meant to be, if one is near: at most `edits` slips of the pen away, with case,
/// dashes and blanks not counted as slips.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>, edits: usize) -> Option<&'c str> {
    let plain = |text: &str| text.trim().to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= edits)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many slips of the pen a word of this length may have and still be recognised.
pub fn slips(word: &str) -> usize {
    (word.chars().count() / 3).max(1)
}

/// A text of the user's as it is repeated in messages: in quotation marks, control characters escaped, not too long.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST_QUOTE).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let escaped: String =
        shown.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect();
    format!("\"{escaped}\"")
}

/// A key as it is written in TOML: in quotation marks where it needs them.
pub fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { text.to_string() } else { quoted(text) }
}

/// Where in the file a value stands.
struct Place {
    /// Dotted path with the user's own names.
    path: String,
    /// Dotted path with `<…>` for the user's own names.
    generic: String,
    /// Bytes of the value, or of the key where a value has no text of its own.
    span: Range<usize>,
}

impl Place {
    fn child(&self, name: &str, generic: &str, span: Range<usize>) -> Place {
        let join = |path: &str, name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        Place { path: join(&self.path, &key(name)), generic: join(&self.generic, generic), span }
    }
}

struct Checker<'s> {
    root: &'s Value,
    problems: Vec<Problem>,
}

impl<'s> Checker<'s> {
    fn wrong(&mut self, place: &Place, says: String) -> Fit {
        self.problems.push(Problem::at(place.span.clone(), format!("`{}` {says}", place.path)));
        Fit::No
    }

    /// Checks the entries of a table and takes out those that do not fit.
    fn table(&mut self, table: &mut DeTable<'_>, schema: &'s Value, place: &Place) {
        let known = schema.get("properties").and_then(Value::as_object);
        let free = schema.get("additionalProperties").filter(|value| value.is_object());
        let mut unfit: Vec<String> = Vec::new();
        for (name, value) in table.iter_mut() {
            let name_span = name.span();
            let name: &str = name.get_ref();
            let named = known.and_then(|known| known.get(name));
            let generic =
                if named.is_some() || free.is_none() { name.to_string() } else { format!("<{}>", key_word(schema)) };
            let child = place.child(name, &generic, value.span());
            let Some(inner) = named.or(free) else {
                self.unknown_key(name, name_span, known.into_iter().flat_map(|known| known.keys()), place, &child);
                unfit.push(name.to_string());
                continue;
            };
            if named.is_none() && !self.free_key(name, name_span, schema, place) {
                unfit.push(name.to_string());
                continue;
            }
            if self.value(value, inner, &child) == Fit::No {
                // In a map the key still counts as present, so that no other key is told that it is missing.
                let is_number = referred(self.root, inner).get("type").is_some_and(|kind| kind == "number");
                if named.is_none() && is_number {
                    *value = Spanned::new(value.span(), DeValue::Integer(DeInteger::default()));
                } else {
                    unfit.push(name.to_string());
                }
            }
        }
        for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let Some(required) = required.as_str() else { continue };
            if !table.contains_key(required) {
                let example = match required {
                    "threshold" => "100".to_string(),
                    "mql_to_sql" => "[0.13, 0.31]".to_string(),
                    "path" => format!("\"{}.csv\"", place.path.rsplit('.').next().unwrap_or_default()),
                    _ => "\"…\"".to_string(),
                };
                self.problems.push(
                    Problem::at(place.span.clone(), format!("`{}` has no `{required}`", place.path))
                        .help(format!("add `{required} = {example}`")),
                );
            }
        }
        for name in &unfit {
            table.remove(name.as_str());
        }
    }

    fn unknown_key<'k>(
        &mut self,
        name: &str,
        span: Range<usize>,
        known: impl Iterator<Item = &'k String>,
        parent: &Place,
        child: &Place,
    ) {
        if let Some((_, says, help)) = NOT_HERE.iter().find(|(path, ..)| *path == child.generic) {
            self.problems.push(Problem::at(span, *says).help(*help));
            return;
        }
        let under = if parent.path.is_empty() { String::new() } else { format!(" under `{}`", parent.path) };
        let known: Vec<&str> = known.map(String::as_str).collect();
        let help = match closest(name, known.iter().copied(), slips(name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => match elsewhere(name) {
                Some(path) => format!("did you mean `{path}`?"),
                None => format!("known here: {}", known.join(", ")),
            },
        };
        self.problems.push(Problem::at(span, format!("unknown key `{}`{under}", key(name))).help(help));
    }

    /// Checks a key of the user's own choice; `false` = it is none of the names that may stand here.
    fn free_key(&mut self, name: &str, span: Range<usize>, schema: &'s Value, place: &Place) -> bool {
        let word = key_word(schema);
        if name.trim().is_empty() {
            self.problems.push(Problem::at(span, format!("blank {word} under `{}`", place.path)));
            return false;
        }
        let Some(names) = schema.pointer("/propertyNames/enum").and_then(Value::as_array) else { return true };
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        if names.contains(&name) {
            return true;
        }
        let help = match closest(name, names.iter().copied(), slips(name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", names.join(", ")),
        };
        self.problems
            .push(Problem::at(span, format!("unknown {word} `{}` under `{}`", key(name), place.path)).help(help));
        false
    }

    /// Checks a value.
    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: &'s Value, place: &Place) -> Fit {
        let schema = referred(self.root, schema);
        let schema = match schema.get("anyOf").and_then(Value::as_array) {
            // Of several shapes, the one of the value's own kind tells best what is wrong with it.
            Some(choices) => {
                let fitting = choices.iter().map(|choice| referred(self.root, choice));
                match fitting.into_iter().find(|choice| is_kind(value.get_ref(), kind(choice))) {
                    Some(choice) => choice,
                    None => {
                        let wanted: Vec<&str> = choices.iter().map(|choice| self.wanted(choice)).collect();
                        let wanted = wanted.join(" or ");
                        return self.wrong(place, format!("must be {wanted}, found {}", found(value.get_ref())));
                    }
                }
            }
            None => schema,
        };
        let is_date = schema.get("format").is_some_and(|format| format == "date");
        if is_date && let DeValue::Datetime(moment) = value.get_ref() {
            // A date without quotation marks is a date all the same.
            let text = moment.to_string();
            *value = Spanned::new(value.span(), DeValue::String(text.into()));
        }
        if !is_kind(value.get_ref(), kind(schema)) {
            let wanted = self.wanted(schema);
            return self.wrong(place, format!("must be {wanted}, found {}", found(value.get_ref())));
        }
        match value.get_mut() {
            DeValue::Table(table) => {
                self.table(table, schema, place);
                Fit::Yes
            }
            DeValue::Array(items) => self.list(items, schema, place),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => self.number(number as f64, schema, place),
                Err(_) => self.wrong(place, "is too large a number".to_string()),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => self.number(number, schema, place),
                _ => self.wrong(place, format!("must be a finite number, found {}", number.as_str())),
            },
            DeValue::String(text) if is_date => self.date(text, place),
            DeValue::String(text) => self.text(text, schema, place),
            DeValue::Boolean(_) | DeValue::Datetime(_) => Fit::Yes,
        }
    }

    fn list(&mut self, items: &mut DeArray<'_>, schema: &'s Value, place: &Place) -> Fit {
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        let (least, most) = (limit("minItems"), limit("maxItems"));
        let n = items.len() as u64;
        if least.is_some_and(|least| n < least) || most.is_some_and(|most| n > most) {
            let wanted = match (least, most) {
                (Some(least), Some(most)) if least == most => format!("exactly {least} values"),
                (Some(1), None) => "at least one value".to_string(),
                (least, _) => format!("at least {} values", least.unwrap_or(0)),
            };
            return self.wrong(place, format!("must have {wanted}, found {n}"));
        }
        let Some(inner) = schema.get("items") else { return Fit::Yes };
        let mut kept = DeArray::new();
        for mut item in std::mem::replace(items, DeArray::new()) {
            let at = Place { path: place.path.clone(), generic: place.generic.clone(), span: item.span() };
            if self.value(&mut item, inner, &at) == Fit::Yes {
                kept.push(item);
            }
        }
        // A pair with one end is no pair, and a list whose every entry was wrong is not meant to be empty.
        let is_usable = kept.len() as u64 == n || (most.is_none() && !kept.is_empty());
        *items = kept;
        if is_usable { Fit::Yes } else { Fit::No }
    }

    fn number(&mut self, number: f64, schema: &'s Value, place: &Place) -> Fit {
        let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, more_than) = (limit("minimum"), limit("exclusiveMinimum"));
        let (most, less_than) = (limit("maximum"), limit("exclusiveMaximum"));
        // Without a range of its own, a whole number still has to fit its 32 bits.
        let most = most.or(schema.get("format").filter(|format| *format == "uint32").map(|_| f64::from(u32::MAX)));
        let inside = least.is_none_or(|least| number >= least)
            && more_than.is_none_or(|low| number > low)
            && most.is_none_or(|most| number <= most)
            && less_than.is_none_or(|high| number < high);
        if inside {
            return Fit::Yes;
        }
        let low = more_than.map(|low| format!("more than {low}")).or(least.map(|least| format!("at least {least}")));
        let high = less_than.map(|high| format!("less than {high}")).or(most.map(|most| format!("at most {most}")));
        let wanted = match (least, most) {
            (Some(least), Some(most)) if more_than.is_none() && less_than.is_none() => {
                format!("from {least} to {most}")
            }
            _ => low.into_iter().chain(high).collect::<Vec<_>>().join(" and "),
        };
        let fit = self.wrong(place, format!("must be {wanted}, found {number}"));
        let is_share = most.or(less_than).is_some_and(|high| high <= 1.0) && number > 1.0 && number <= 100.0;
        if let Some(problem) = self.problems.last_mut().filter(|_| is_share) {
            problem.help = Some(format!("a share is a part of one: {number} % is {}", number / 100.0));
        }
        fit
    }

    /// Checks a date. A text that is no date stays where it is: the key is there, and no other check takes it for missing.
    fn date(&mut self, text: &str, place: &Place) -> Fit {
        let parts: Vec<&str> = text.split('-').collect();
        let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
        let is_written_so = matches!(parts[..], [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2));
        match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            _ if !is_written_so => {
                self.wrong(place, format!("must be a date like \"2026-10-31\", found {}", quoted(text)));
            }
            Err(_) => {
                self.wrong(place, format!("is no date: there is no {text}"));
            }
            Ok(date) if !(1970..2200).contains(&date.year()) => {
                self.wrong(place, format!("must be a date from 1970 to 2199, found {text}"));
            }
            Ok(_) => {}
        }
        Fit::Yes
    }

    fn text(&mut self, text: &str, schema: &'s Value, place: &Place) -> Fit {
        if schema.get("minLength").is_some() && text.trim().is_empty() {
            return self.wrong(place, "must not be blank".to_string());
        }
        let words = words(schema);
        if words.is_empty() || words.contains(&text) {
            return Fit::Yes;
        }
        let fit = self.wrong(place, format!("must be one of {}, found {}", words.join(", "), quoted(text)));
        let near = closest(text, words.iter().copied(), slips(text));
        if let (Some(near), Some(problem)) = (near, self.problems.last_mut()) {
            problem.help = Some(format!("did you mean \"{near}\"?"));
        }
        fit
    }

    /// What a schema asks for, in words.
    fn wanted(&self, schema: &'s Value) -> &'static str {
        let schema = referred(self.root, schema);
        if schema.get("format").is_some_and(|format| format == "date") {
            return "a date like \"2026-10-31\"";
        }
        match kind(schema) {
            "string" => "a text in quotation marks",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => match schema.get("items").map(|items| kind(referred(self.root, items))) {
                Some("string") => "a list of texts",
                Some("number") => "a list of numbers",
                Some("object") => "a list of tables, each under its own [[…]]",
                _ => "a list",
            },
            _ => "a table",
        }
    }
}

/// The path of a key of this name, or nearly, that belongs under another table.
fn elsewhere(name: &str) -> Option<String> {
    let keys = super::keys();
    let last = |path: &'_ str| path.rsplit('.').next().unwrap_or_default().to_string();
    let names: Vec<String> = keys.iter().map(|key| last(&key.path)).collect();
    let near = closest(name, names.iter().map(String::as_str), name.chars().count() / 5)?;
    names.iter().position(|known| known == near).map(|i| keys[i].path.clone())
}

/// Whether a value may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
}

/// The JSON type that a schema asks for.
fn kind(schema: &Value) -> &str {
    match schema.get("type").and_then(Value::as_str) {
        Some(kind) => kind,
        // An enumeration of texts names no type of its own.
        None => "string",
    }
}

/// The texts that a schema allows; none when it allows any.
fn words(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    listed.chain(described.filter_map(|choice| choice.get("const"))).filter_map(Value::as_str).collect()
}

fn is_kind(value: &DeValue<'_>, kind: &str) -> bool {
    match value {
        DeValue::String(_) => kind == "string",
        DeValue::Integer(_) => kind == "integer" || kind == "number",
        DeValue::Float(_) => kind == "number",
        DeValue::Boolean(_) => kind == "boolean",
        DeValue::Array(_) => kind == "array",
        DeValue::Table(_) => kind == "object",
        DeValue::Datetime(_) => false,
    }
}

/// What stands in the file, in words.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", quoted(text)),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(moment) => format!("the date {moment}"),
        DeValue::Array(_) => "a list".to_string(),
        DeValue::Table(_) => "a table".to_string(),
    }
}
