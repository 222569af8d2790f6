//! Which records does a JSON text hold? A list of objects or of lists, an object around such a list, or an object a line.

use super::records::Records;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt::Write;

/// What a text turned out to be.
pub(super) enum Json {
    /// Records: the keys first.
    Table(Vec<u8>),
    /// Records without names.
    Rows(Vec<u8>),
    /// JSON, but no records.
    NoRecords(String),
    /// No JSON.
    Broken(String),
}

/// Whether a text may be JSON: its first character opens an object or a list.
pub(super) fn may_be(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Names under which lists of records usually stand.
const LISTS: [&str; 7] = ["data", "records", "results", "items", "rows", "value", "list"];

/// Reads a text as JSON.
pub(super) fn read(text: &[u8]) -> Json {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let first = match values.next() {
        Some(Ok(value)) => value,
        Some(Err(e)) => return Json::Broken(e.to_string()),
        None => return Json::Broken("there is nothing in it".into()),
    };
    if values.next().is_some() {
        return lines(text);
    }
    match first {
        Value::Array(rows) => list(rows),
        Value::Object(object) => around(object),
        _ => Json::NoRecords("it is a single value".into()),
    }
}

/// An object a line, read twice rather than kept.
fn lines(text: &[u8]) -> Json {
    let values = || serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let mut keys = Keys::default();
    for value in values() {
        match value {
            Ok(Value::Object(object)) => keys.learn("", &object),
            Ok(_) => return Json::NoRecords("its lines are no objects".into()),
            Err(e) => return Json::Broken(e.to_string()),
        }
    }
    let mut records = Records::default();
    records.push(keys.names.iter());
    for value in values() {
        if let Ok(Value::Object(object)) = value {
            records.push(keys.row(&object).into_iter());
        }
    }
    Json::Table(records.text)
}

/// An object around a list of records, or one record on its own.
fn around(mut object: Map<String, Value>) -> Json {
    let is_list = |value: &Value| matches!(value, Value::Array(rows) if rows.iter().any(is_row));
    let lists: Vec<String> = object.iter().filter(|(_, value)| is_list(value)).map(|(name, _)| name.clone()).collect();
    let usual = LISTS.iter().find(|usual| lists.iter().any(|name| name == *usual));
    let name = match (usual, lists.as_slice()) {
        (Some(usual), _) => (*usual).to_string(),
        (None, [only]) => only.clone(),
        (None, []) => {
            let mut keys = Keys::default();
            keys.learn("", &object);
            let mut records = Records::default();
            records.push(keys.names.iter());
            records.push(keys.row(&object).into_iter());
            return Json::Table(records.text);
        }
        (None, several) => return Json::NoRecords(format!("it holds several lists: {}", several.join(", "))),
    };
    match object.remove(&name) {
        Some(Value::Array(rows)) => list(rows),
        _ => Json::NoRecords("it holds no list".into()),
    }
}

fn is_row(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Array(_))
}

fn list(rows: Vec<Value>) -> Json {
    if rows.is_empty() {
        return Json::NoRecords("the list is empty".into());
    }
    let mut records = Records::default();
    if rows.iter().all(Value::is_array) {
        for row in rows {
            if let Value::Array(cells) = row {
                records.push(cells.iter().map(scalar));
            }
        }
        return Json::Rows(records.text);
    }
    let mut keys = Keys::default();
    for row in &rows {
        let Value::Object(object) = row else { return Json::NoRecords("not every entry is an object".into()) };
        keys.learn("", object);
    }
    records.push(keys.names.iter());
    for row in &rows {
        if let Value::Object(object) = row {
            records.push(keys.row(object).into_iter());
        }
    }
    Json::Table(records.text)
}

/// The union of the keys, in the order in which they first appear; those of objects in objects as `a.b`.
#[derive(Default)]
struct Keys {
    names: Vec<String>,
    position: HashMap<String, usize>,
}

impl Keys {
    fn learn(&mut self, prefix: &str, object: &Map<String, Value>) {
        for (key, value) in object {
            let name = joined(prefix, key);
            match value {
                Value::Object(inner) if !inner.is_empty() => self.learn(&name, inner),
                _ if self.position.contains_key(&name) => {}
                _ => {
                    self.position.insert(name.clone(), self.names.len());
                    self.names.push(name);
                }
            }
        }
    }

    fn row(&self, object: &Map<String, Value>) -> Vec<String> {
        let mut cells = vec![String::new(); self.names.len()];
        self.fill("", object, &mut cells);
        cells
    }

    fn fill(&self, prefix: &str, object: &Map<String, Value>, cells: &mut [String]) {
        for (key, value) in object {
            let name = joined(prefix, key);
            if let Value::Object(inner) = value {
                self.fill(&name, inner, cells);
            } else if let Some(cell) = self.position.get(&name).and_then(|at| cells.get_mut(*at)) {
                *cell = scalar(value);
            }
        }
    }
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") }
}

/// A value as a cell; lists are joined by semicolons.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let mut out = String::new();
            for (at, item) in items.iter().enumerate() {
                let item = if is_row(item) { item.to_string() } else { scalar(item) };
                // Writing into a text cannot fail.
                let _ = write!(out, "{}{item}", if at > 0 { ";" } else { "" });
            }
            out
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(text: &str, expected: &str) {
        match read(text.as_bytes()) {
            Json::Table(table) | Json::Rows(table) => assert_eq!(String::from_utf8_lossy(&table), expected, "{text}"),
            Json::NoRecords(why) | Json::Broken(why) => assert_eq!(format!("!{why}"), expected, "{text}"),
        }
    }

    #[test]
    fn records_are_found_wherever_they_stand() {
        is(r#"[{"a":1,"b":null},{"c":"x,y","a":2.5}]"#, "a,b,c\n1,,\n2.5,,\"x,y\"\n");
        is("{\"a\":1}\n{\"b\":true}\n", "a,b\n1,\n,true\n");
        is(r#"[["id","n"],[1,"x"]]"#, "id,n\n1,x\n");
        is(r#"{"data":[{"a":1}],"paging":{"next":[]}}"#, "a\n1\n");
        is(r#"{"type":"F","features":[{"a":{"b":[1,2],"c":[[1],{"d":2}]}}]}"#, "a.b,a.c\n1;2,\"[1];{\"\"d\"\":2}\"\n");
        is(r#"{"a":1}"#, "a\n1\n");
        is(r#"[]"#, "!the list is empty");
        is(r#"[1,2]"#, "!not every entry is an object");
        is(r#"{"x":[{}],"y":[{}]}"#, "!it holds several lists: x, y");
    }
}
