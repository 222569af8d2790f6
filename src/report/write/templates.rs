//! What of the project's own templates is used, and what in their folder looks as if it should be and is not?

use super::RenderError;
use crate::config::asks_outside;
use crate::config::shape::closest;
use std::fs;
use std::path::{Component, Path};

/// Where own templates stand, from the project file.
pub const FOLDER: &str = "reports/templates";
/// Every file that is replaced by one of the same name.
const NAMES: [&str; 4] = ["page.html.j2", "page.css", "page.js", "page.typ"];
/// Where they are looked for in vain.
const ELSEWHERE: [&str; 6] =
    ["templates", "template", "report/templates", "reports/template", "report/template", "reports"];
/// Most slips of the pen in a name.
const SLIPS: usize = 3;

/// A file of the project's own templates; none if there is no such file, or if the name leads out of the folder.
pub(super) fn read(folder: Option<&Path>, name: &str) -> Result<Option<String>, RenderError> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let Some(path) = folder.filter(|_| inside && !name.contains('\\')).map(|folder| folder.join(name)) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(source) => Err(RenderError::Unreadable { path, source }),
    }
}

/// As [`read`], of a file without which there is no page: a blank one is refused.
pub(super) fn read_page(folder: Option<&Path>, name: &str) -> Result<Option<String>, RenderError> {
    match read(folder, name)? {
        Some(text) if text.trim_start_matches('\u{feff}').trim().is_empty() => Err(RenderError::Template {
            file: name.to_owned(),
            line: None,
            says: "it is blank, and so would be the report; remove it, or copy the built-in one".to_owned(),
        }),
        text => Ok(text),
    }
}

/// Refuses a style sheet that asks for a file: the page's policy forbids it, and the report would not look as written.
pub(super) fn check_style(sheet: &str) -> Result<(), RenderError> {
    let code = without_remarks(sheet);
    for (at, line) in code.lines().enumerate() {
        if let Some(found) = asks_outside(line) {
            let found: String = found.chars().take(80).collect();
            return Err(RenderError::Template {
                file: NAMES[1].to_owned(),
                line: Some(at + 1),
                says: format!(
                    "`{found}` asks for a file, and a report loads none: put it in as a data: address, or leave it out"
                ),
            });
        }
    }
    Ok(())
}

/// The sheet without its remarks; lines stay lines.
fn without_remarks(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        let (remark, behind) = after.split_once("*/").unwrap_or((after, ""));
        out.extend(remark.chars().filter(|c| *c == '\n'));
        rest = behind;
    }
    out + rest
}

/// What in the project looks like an own template and is none, in sentences.
pub fn odd(root: &Path) -> Vec<String> {
    let folder = root.join(FOLDER);
    let mut says = Vec::new();
    for name in names(&folder) {
        let small = name.to_lowercase();
        if NAMES.contains(&name.as_str()) {
            continue;
        }
        let near = closest(&small, NAMES, SLIPS);
        let begun = NAMES.into_iter().find(|known| small.starts_with("page.") && known.starts_with(small.as_str()));
        if let Some(meant) = begun.or(near).filter(|_| !is_named(&folder, &name)) {
            says.push(format!("{FOLDER}/{name} is not used; did you mean `{meant}`?"));
        }
    }
    for other in ELSEWHERE {
        if let Some(name) = names(&root.join(other)).into_iter().find(|name| NAMES.contains(&name.as_str())) {
            says.push(format!("{other}/{name} is not used: own templates stand in {FOLDER}/"));
        }
    }
    says
}

/// Whether an own template speaks of the file, and so has a use for it.
fn is_named(folder: &Path, file: &str) -> bool {
    NAMES.iter().filter_map(|name| fs::read_to_string(folder.join(name)).ok()).any(|text| text.contains(file))
}

/// What lies directly in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_that_asks_for_a_file_is_told_with_its_line_and_remarks_are_free() {
        let line = |sheet: &str| match check_style(sheet) {
            Err(RenderError::Template { line, .. }) => line,
            _ => None,
        };
        assert_eq!(line("a { color: red }\n\nb { background: url( 'https://x.example/a.png') }"), Some(3));
        assert_eq!(line("/* url(https://x.example)\n */ @import 'a.css';"), Some(2));
        assert_eq!(line("@font-face { src: url(font.woff2) }"), Some(1));
        assert_eq!(line("/* @import url(https://x.example) */ a { fill: url(#g); background: url(data:x) }"), None);
    }
}
