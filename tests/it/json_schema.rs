//! Does a JSON value fit a schema? As much of JSON Schema as our own schemas use; what it does not know is a failure,
//! so that no part of a schema goes unchecked. (A full validator would change the features polars is built with, and so
//! make the two commands of the README compile it twice.)

use serde_json::{Map, Value};

/// What does not fit, each with its place; empty when the value fits.
pub fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut found = Vec::new();
    check(root, schema, value, "$", &mut found);
    found.is_empty()
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let object = match schema {
        Value::Bool(true) => return,
        Value::Object(object) => object,
        _ => return found.push(format!("{at}: nothing is allowed here")),
    };
    for (keyword, wanted) in object {
        let fine = match keyword.as_str() {
            "$ref" => {
                let path = wanted.as_str().and_then(|path| path.strip_prefix('#')).expect("local references only");
                check(root, root.pointer(path).expect("references resolve"), value, at, found);
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|name| has_type(value, name)),
                name => has_type(value, name),
            },
            "enum" => wanted.as_array().is_some_and(|allowed| allowed.contains(value)),
            "const" => wanted == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= limit(wanted)),
            "maximum" => value.as_f64().is_none_or(|number| number <= limit(wanted)),
            "exclusiveMinimum" => value.as_f64().is_none_or(|number| number > limit(wanted)),
            "exclusiveMaximum" => value.as_f64().is_none_or(|number| number < limit(wanted)),
            "minItems" => value.as_array().is_none_or(|items| items.len() as f64 >= limit(wanted)),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as f64 <= limit(wanted)),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 >= limit(wanted)),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 <= limit(wanted)),
            "uniqueItems" => value
                .as_array()
                .is_none_or(|items| items.iter().enumerate().all(|(i, item)| !items[..i].contains(item))),
            "required" => match value {
                Value::Object(fields) => each(wanted).all(|name| fields.contains_key(name.as_str().expect("a name"))),
                _ => true,
            },
            "propertyNames" => {
                let names = value.as_object().into_iter().flat_map(|fields| fields.keys());
                names.for_each(|name| check(root, wanted, &Value::from(name.as_str()), at, found));
                true
            }
            "anyOf" => each(wanted).any(|one| fits(root, one, value)),
            "oneOf" => each(wanted).filter(|one| fits(root, one, value)).count() == 1,
            "allOf" => {
                each(wanted).for_each(|one| check(root, one, value, at, found));
                true
            }
            "properties" | "additionalProperties" => {
                fields(root, object, keyword, value, at, found);
                true
            }
            "items" | "prefixItems" => {
                let first = if keyword == "items" {
                    each(object.get("prefixItems").unwrap_or(&Value::Null)).count()
                } else {
                    0
                };
                for (i, item) in value.as_array().into_iter().flatten().enumerate().skip(first) {
                    let wanted = if keyword == "items" { Some(wanted) } else { wanted.get(i) };
                    if let Some(wanted) = wanted {
                        check(root, wanted, item, &format!("{at}[{i}]"), found);
                    }
                }
                true
            }
            "$schema" | "$id" | "$defs" | "title" | "description" | "examples" | "default" | "format" => true,
            other if other.starts_with("x-") => true,
            other => panic!("the schema uses `{other}`, which this check does not know"),
        };
        if !fine {
            found.push(format!("{at}: {value} does not fit {keyword} {wanted}"));
        }
    }
}

fn fields(root: &Value, schema: &Map<String, Value>, keyword: &str, value: &Value, at: &str, found: &mut Vec<String>) {
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, field) in value.as_object().into_iter().flatten() {
        let place = format!("{at}.{name}");
        match (known.and_then(|known| known.get(name)), keyword) {
            (Some(wanted), "properties") => check(root, wanted, field, &place, found),
            (None, "additionalProperties") => check(root, &schema["additionalProperties"], field, &place, found),
            _ => {}
        }
    }
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn limit(value: &Value) -> f64 {
    value.as_f64().expect("limits are numbers")
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("types are names") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("no such type: {other}"),
    }
}
