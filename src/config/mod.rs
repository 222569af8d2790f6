//! What has the user told us, and is it possible?
//!
//! A project file is read in three steps. [`mod@file`] says which keys there are; [`shape`] holds the file against the JSON
//! schema of those keys and collects everything that does not fit, with its place; [`resolve`] judges what needs more
//! than one key, fills in the defaults and gives a [`plan::Plan`], which is total and valid. What is wrong comes back as
//! one [`problem::ConfigError`] that points into the file.

pub mod file;
mod look;
mod picture;
pub mod plan;
pub mod problem;
pub mod resolve;
pub mod shape;

#[cfg(test)]
pub(crate) use look::PAPER;
pub(crate) use picture::asks_outside;
pub use plan::Plan;
pub use problem::{ConfigError, Look, Problem};
pub use resolve::{load, parse, without_file};

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Name of the project file in a folder.
pub const FILE_NAME: &str = "leadgauge.toml";

/// Folder of the sample project, relative to the repository.
const SAMPLE: &str = "sample-data";

/// What PROJECT on the command line turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// A project file.
    File(PathBuf),
    /// A folder of exports without a project file.
    Folder(PathBuf),
}

impl Located {
    /// The plan of what was found.
    ///
    /// # Errors
    /// Everything that is wrong with the project file.
    pub fn plan(&self) -> Result<Plan, ConfigError> {
        match self {
            Located::File(path) => load(path),
            Located::Folder(folder) => Ok(without_file(folder)),
        }
    }
}

/// Why there is no project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Nothing was named, and neither default stands here.
    #[error("no project named, and there is no `leadgauge.toml` here")]
    NoDefault,
    /// What was named does not exist.
    #[error("there is no `{}`", .0.display())]
    Missing(PathBuf),
    /// What was named is a file, but no project file.
    #[error("`{}` is not a project: expected a `.toml` file or a folder", .0.display())]
    NotAProject(PathBuf),
}

impl FindError {
    /// The way out.
    pub fn help(&self) -> String {
        match self {
            FindError::NoDefault => {
                "name a project file or a folder of exports, or write a sample project with `leadgauge sample --out DIR`"
                    .to_string()
            }
            FindError::Missing(_) => "name a project file or a folder of exports that exists".to_string(),
            FindError::NotAProject(path) => match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => {
                    format!("name the folder that holds it: `{}`", folder.display())
                }
                _ => "name the folder that holds it: `.`".to_string(),
            },
        }
    }
}

/// Finds the project that is meant: a toml, a folder that holds `leadgauge.toml`, or a folder of exports; without an
/// argument `./leadgauge.toml`, else `./sample-data/leadgauge.toml` where it stands.
///
/// # Errors
/// When there is none.
pub fn find(argument: Option<&Path>) -> Result<Located, FindError> {
    find_from(Path::new(""), argument)
}

/// As [`find`], with `here` for the current folder.
///
/// # Errors
/// When there is none.
pub fn find_from(here: &Path, argument: Option<&Path>) -> Result<Located, FindError> {
    let Some(argument) = argument else {
        let defaults = [here.join(FILE_NAME), here.join(SAMPLE).join(FILE_NAME)];
        return defaults.into_iter().find(|path| path.is_file()).map(Located::File).ok_or(FindError::NoDefault);
    };
    let path = here.join(argument);
    if path.is_dir() {
        let file = path.join(FILE_NAME);
        return Ok(if file.is_file() { Located::File(file) } else { Located::Folder(path) });
    }
    if !path.exists() {
        return Err(FindError::Missing(path));
    }
    let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    if is_toml { Ok(Located::File(path)) } else { Err(FindError::NotAProject(path)) }
}

/// The JSON schema (draft 2020-12) of the project file.
///
/// Maps carry `x-key`, the word for what their keys are.
pub fn schema() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with_transform(RecursiveTransform(|schema: &mut schemars::Schema| {
            if let Some(object) = schema.as_object_mut() {
                without_null(object);
            }
        }));
    settings.into_generator().into_root_schema_for::<file::ConfigFile>().to_value()
}

/// TOML has no null: a key is left out instead.
fn without_null(schema: &mut serde_json::Map<String, Value>) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            schema.insert("type".to_string(), only);
        }
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    let [Value::Object(only)] = choices.as_slice() else { return };
    let only = only.clone();
    schema.remove("anyOf");
    for (key, value) in only {
        schema.entry(key).or_insert(value);
    }
}

/// A key of the project file and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDoc {
    /// Dotted path; `<…>` stands for a name of the user's own choice, as in `stages.<label>`.
    pub path: String,
    /// What it means, in one line.
    pub doc: String,
}

/// Every key of the project file, tables included, in the order of the manual.
pub fn keys() -> Vec<KeyDoc> {
    let root = schema();
    let mut keys = Vec::new();
    list(&root, &root, "", &mut keys);
    keys
}

fn list(root: &Value, schema: &Value, path: &str, keys: &mut Vec<KeyDoc>) {
    let schema = one_of(root, schema);
    if let Some(items) = schema.get("items") {
        return list(root, items, path, keys);
    }
    let join = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    let mut describe = |path: String, value: &Value| {
        let described = value.get("description").or_else(|| shape::referred(root, value).get("description"));
        let doc = described.and_then(Value::as_str).unwrap_or_default();
        keys.push(KeyDoc { path: path.clone(), doc: doc.split_whitespace().collect::<Vec<_>>().join(" ") });
        list(root, value, &path, keys);
    };
    for (name, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        describe(join(name), value);
    }
    // Single values under the user's own names are told by the table that holds them; tables speak for themselves.
    let free = schema.get("additionalProperties").filter(|value| one_of(root, value).get("properties").is_some());
    if let Some(value) = free {
        describe(join(&format!("<{}>", shape::key_word(schema))), value);
    }
}

/// The schema that a schema stands for; of one table or a list of them, the one.
fn one_of<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let schema = shape::referred(root, schema);
    let one = schema.pointer("/anyOf/0").map(|one| shape::referred(root, one));
    one.filter(|one| one.get("properties").is_some()).unwrap_or(schema)
}
