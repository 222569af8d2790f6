//! How does a [`Page`] read in a browser? One file: style, script, font and charts are inside, and a content security
//! policy forbids every request and every other script.
//!
//! The furniture is in `reports/templates/`; a file of the same name in the project's own `reports/templates/` wins.
//! A template gets finished texts: it chooses and arranges, and computes nothing.

mod drawing;
mod view;
mod what_if;

use crate::report::chart::{Palette, theme};
use crate::report::page::Page;
use crate::report::write::joined;
use crate::report::write::templates::{FOLDER, check_style, read, read_page};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use sha2::{Digest as _, Sha256};
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = "page.html.j2";
const STYLE: &str = "page.css";
const SCRIPT: &str = "page.js";
/// More than a page of a thousand rows needs; an endless loop ends here.
const FUEL: u64 = 20_000_000;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A file of the project's own templates is there but cannot be read.
    #[error("cannot read the template {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A template is wrong. Says where and what, and never what the page holds.
    #[error("the template {FOLDER}/{file}{} is wrong: {says}", line.map_or_else(String::new, |line| format!(", line {line},")))]
    Template {
        /// The file, from the folder of the templates.
        file: String,
        /// The line, if known.
        line: Option<usize>,
        /// What is wrong.
        says: String,
    },
    /// The workbook breaks a rule of its format.
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
    /// A style sheet that would end the `<style>` it stands in.
    #[error("the style sheet {FOLDER}/page.css must not hold `</style`")]
    StyleSheet,
    /// A script that would end the `<script>` it stands in, or begin another.
    #[error("the script {FOLDER}/page.js must hold neither `</script` nor `<!--`")]
    Script,
}

/// The page as one HTML file. `overrides` is the folder of the project's own templates, if it has one.
pub fn html(page: &Page, overrides: Option<&Path>) -> Result<String, RenderError> {
    let (style, script) = (style(overrides)?, script(overrides)?);
    let data = what_if::data(page);
    let view = view::View::of(page);
    read_page(overrides, TEMPLATE)?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the default delimiters are valid"));
    environment.set_fuel(Some(FUEL));
    // So that an undefined value is named; what the page holds is never printed.
    environment.set_debug(true);
    let folder = overrides.map(Path::to_path_buf);
    environment.set_loader(move |name| {
        let text = read(folder.as_deref(), name).map_err(|error| {
            // The reason stands in the message; the page's values do not.
            minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string())
        })?;
        Ok(text.or_else(|| built_in(name).map(str::to_owned)))
    });
    let context = minijinja::context! {
        page => Value::from(Serde(&view)),
        style => Value::from_safe_string(style.clone()),
        style_hash => hash(&style),
        script => Value::from_safe_string(script.clone()),
        script_hash => hash(&script),
        data => Value::from_safe_string(data.clone()),
    };
    let template = environment.get_template(TEMPLATE).map_err(|error| sentence(&error))?;
    let page = template.render(context).map_err(|error| sentence(&error))?;
    if page.trim().is_empty() {
        return Err(RenderError::Template {
            file: TEMPLATE.to_owned(),
            line: None,
            says: "it gives a blank page".to_owned(),
        });
    }
    Ok(unbroken(&page, &[&style, &script, &data]))
}

/// What a content security policy calls an inline style or script.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(Sha256::digest(text.as_bytes())))
}

/// [`joined`], but for what is no text: a style or script whose bytes change is no longer the one that the policy allows.
fn unbroken(page: &str, kept: &[&str]) -> String {
    let first =
        kept.iter().filter(|kept| !kept.is_empty()).filter_map(|kept| Some((page.find(kept)?, kept.len()))).min();
    let Some((at, length)) = first else { return joined(page) };
    let (before, rest) = page.split_at(at);
    let (kept_text, after) = rest.split_at(length);
    joined(before) + kept_text + &unbroken(after, kept)
}

/// Colours, font and furniture in one sheet.
fn style(overrides: Option<&Path>) -> Result<String, RenderError> {
    let own = read(overrides, STYLE)?;
    let sheet = own.as_deref().or(built_in(STYLE)).unwrap_or_default();
    if sheet.to_ascii_lowercase().contains("</style") {
        return Err(RenderError::StyleSheet);
    }
    check_style(sheet)?;
    let font = BASE64.encode(include_bytes!("../../../../reports/fonts/InterVar.woff2"));
    Ok(as_parsed(&format!(
        "@font-face{{font-family:Inter;font-style:normal;font-weight:400 700;font-display:block;\
         src:url(data:font/woff2;base64,{font}) format('woff2')}}\n\
         :root{{color-scheme:light;{}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{}}}}}\n{}{}\n{sheet}",
        theme::variables(Palette::Light),
        theme::variables(Palette::Dark),
        theme::rules(),
        drawing::RULES,
    )))
}

/// What the page does when it is touched.
fn script(overrides: Option<&Path>) -> Result<String, RenderError> {
    let own = read(overrides, SCRIPT)?;
    let script = own.as_deref().or(built_in(SCRIPT)).unwrap_or_default();
    let small = script.to_ascii_lowercase();
    if small.contains("</script") || small.contains("<!--") {
        return Err(RenderError::Script);
    }
    Ok(as_parsed(script))
}

/// The text as a browser sees it, so that it hashes the same bytes: a file's mark of byte order and its line ends of
/// another kind do not survive parsing.
fn as_parsed(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}")
}

fn built_in(name: &str) -> Option<&'static str> {
    match name {
        TEMPLATE => Some(include_str!("../../../../reports/templates/page.html.j2")),
        STYLE => Some(include_str!("../../../../reports/templates/page.css")),
        SCRIPT => Some(include_str!("../../../../reports/templates/page.js")),
        _ => None,
    }
}

/// What a template engine's error may say aloud. Details of other kinds can quote values of the page.
fn sentence(error: &minijinja::Error) -> RenderError {
    let mut error = error;
    // An error inside an included file is reported at the file that includes it; its source knows the place.
    while let Some(inner) = error.source().and_then(|source| source.downcast_ref::<minijinja::Error>()) {
        error = inner;
    }
    let quotable = matches!(
        error.kind(),
        ErrorKind::SyntaxError
            | ErrorKind::UndefinedError
            | ErrorKind::TemplateNotFound
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
    );
    let detail = error.detail().unwrap_or_default();
    let own_words = match error.kind() {
        ErrorKind::OutOfFuel => Some("it does not come to an end: a loop in it runs too often"),
        _ if detail == "recursion limit exceeded" => {
            Some("it includes, extends or calls itself without end, directly or by way of another")
        }
        _ if detail.starts_with("cannot read the template") => Some(detail),
        _ if detail.contains("cycle in template inheritance") => {
            Some("it extends itself, directly or by way of another")
        }
        _ if detail == "range has too many elements" => Some("a range in it has too many numbers"),
        _ => None,
    };
    if let Some(says) = own_words {
        let file = error.name().unwrap_or(TEMPLATE).to_owned();
        return RenderError::Template { file, line: error.line(), says: says.to_owned() };
    }
    let detail = error.detail().filter(|_| quotable || error.line().is_none());
    let kind = match error.kind() {
        ErrorKind::InvalidOperation => "what it does here cannot be done with these values".to_owned(),
        kind => kind.to_string(),
    };
    RenderError::Template {
        file: error.name().unwrap_or(TEMPLATE).to_owned(),
        line: error.line(),
        says: detail.map_or(kind.clone(), |detail| format!("{kind}: {detail}")),
    }
}
