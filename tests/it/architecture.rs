//! Is the program still built the way that `src/lib.rs` says?
//!
//! Sources are read as text, with comments, literals and the tests at the foot of a file taken out. What is an exception
//! is written down here, and an exception that is no longer needed is a failure, too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module may name those before it. [`ASIDE`] stands aside: anyone may name it, and it names nobody.
const ORDER: [&str; 15] = [
    "vocabulary",
    "finding",
    "config",
    "model",
    "ingest",
    "engine",
    "replay",
    "facts",
    "metrics",
    "calibration",
    "pipeline",
    "report",
    "sample",
    "starter",
    "cli",
];
const ASIDE: &str = "stats";

/// Who names something that comes after it: file or folder, what it names, and why that is right.
const AGAINST_THE_ORDER: [(&str, &str, &str); 6] = [
    ("finding.rs", "report::format", "numbers become text in one place"),
    ("metrics/benchmark.rs", "report::format", "a rung says its numbers, and numbers become text in one place"),
    ("calibration/", "report::format", "advice says its numbers, and numbers become text in one place"),
    ("ingest/", "report::format", "a finding says its days, and days become text in one place"),
    ("pipeline/remarks.rs", "report::format", "a finding says its months, and months become text in one place"),
    ("replay.rs", "calibration::evidence", "the bands, weeks and age classes that the replay counts in"),
];

/// Crates that one place alone may name.
const ONE_PLACE: [(&str, &[&str]); 17] = [
    ("polars", &["ingest/", "engine/", "facts.rs", "pipeline/"]),
    ("plotters", &["report/chart/"]),
    ("plotters_backend", &["report/chart/"]),
    ("ttf_parser", &["report/fonts.rs"]),
    ("minijinja", &["report/write/html/"]),
    ("rust_xlsxwriter", &["starter/book.rs", "report/write/xlsx"]),
    ("resvg", &["config/picture.rs", "report/write/png.rs"]),
    ("typst", &["report/write/pdf"]),
    ("typst_layout", &["report/write/pdf"]),
    ("typst_pdf", &["report/write/pdf"]),
    ("base64", &["report/write/html/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("indicatif", &["cli/progress.rs"]),
    ("anstream", &["cli/", "main.rs"]),
    ("annotate_snippets", &["config/problem.rs"]),
    ("statrs", &["stats/"]),
];

/// A file of `src/`.
struct Source {
    /// Its path below `src/`.
    path: String,
    text: String,
    /// Its code: no comments, no literals, no tests.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("readable");
                let below = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
                found.push(Source { path: below, code: without_tests(&code(&text)).to_string(), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 40, "only {} files were found", found.len());
    found
}

/// What stands above the tests at the foot of a file.
fn without_tests(code: &str) -> &str {
    code.find("#[cfg(test)]\nmod ").map_or(code, |tests| &code[..tests])
}

/// The text with comments and the insides of literals blanked; lines stay lines.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let blank = |out: &mut String, from: usize, to: usize| {
        out.extend(chars[from..to].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
    };
    let find = |from: usize, end: &[char]| {
        (from..chars.len()).find(|i| chars[*i..].starts_with(end)).map_or(chars.len(), |i| i + end.len())
    };
    while at < chars.len() {
        let rest = &chars[at..];
        let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
        let hashes = |skip: usize| rest[skip..].iter().take_while(|c| **c == '#').count();
        let end = if rest.starts_with(&['/', '/']) {
            find(at, &['\n']).max(at + 1) - usize::from(rest.contains(&'\n'))
        } else if rest.starts_with(&['/', '*']) {
            find(at + 2, &['*', '/'])
        } else if !in_word && rest[0] == 'r' && rest.get(1 + hashes(1)) == Some(&'"') {
            let hashes = hashes(1);
            let mut close = vec!['"'];
            close.extend(std::iter::repeat_n('#', hashes));
            find(at + 2 + hashes, &close)
        } else if rest[0] == '"' {
            let mut i = at + 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            (i + 1).min(chars.len())
        } else if rest[0] == '\'' && (rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')) {
            let skip = if rest.get(1) == Some(&'\\') { 3 } else { 2 };
            find(at + skip, &['\''])
        } else {
            out.push(chars[at]);
            at += 1;
            continue;
        };
        blank(&mut out, at, end);
        at = end;
    }
    out
}

/// Where `word` stands as a word of its own.
fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let starts = !word.starts_with(|c: char| c.is_alphanumeric()) || edge(code[..*at].chars().next_back());
        let ends = !word.ends_with(|c: char| c.is_alphanumeric()) || edge(code[at + word.len()..].chars().next());
        starts && ends
    })
}

fn line(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The paths that a file names in its own crate, from the root, as `module::item`; groups are taken apart.
fn named(source: &Source) -> Vec<String> {
    let mut module: Vec<&str> = source.path.trim_end_matches(".rs").split('/').collect();
    if matches!(module.last(), Some(&("mod" | "lib" | "main"))) {
        module.pop();
    }
    let mut named = Vec::new();
    for (start, levels) in starts(&source.code) {
        let Some(levels) = levels else {
            named.extend(heads(&source.code[start..], ""));
            continue;
        };
        let base = &module[..module.len().saturating_sub(levels)];
        named.extend(heads(&source.code[start..], &base.join("::")));
    }
    named
}

/// Where paths into the crate begin: after `crate::` (or the library's own name), or after so many `super::`.
fn starts(code: &str) -> Vec<(usize, Option<usize>)> {
    let mut starts: Vec<(usize, Option<usize>)> = Vec::new();
    for root in ["crate::", "leadgauge::"] {
        starts.extend(places(code, root).map(|at| (at + root.len(), None)));
    }
    let supers: Vec<usize> = places(code, "super::").collect();
    for at in supers.iter().filter(|at| !supers.iter().any(|other| other + 7 == **at)) {
        let levels = (1..).take_while(|n| supers.contains(&(at + 7 * (n - 1)))).last().unwrap_or(1);
        starts.push((at + 7 * levels, Some(levels)));
    }
    starts
}

/// The two outermost names of a path, or of each path of a group.
fn heads(path: &str, base: &str) -> Vec<String> {
    let join = |name: &str| [base, name].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("::");
    let Some(group) = path.strip_prefix('{') else {
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(path.len());
        let two: Vec<&str> = path[..end].split("::").filter(|name| !name.is_empty()).take(2).collect();
        return if two.is_empty() { Vec::new() } else { vec![join(&two.join("::"))] };
    };
    let mut depth = 0;
    let mut from = 0;
    let mut all = Vec::new();
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                all.extend(heads(group[from..i].trim(), base));
                from = i + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    all
}

/// What a list of files does that it should not, one line each.
fn report(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n  {}", faults.len(), faults.join("\n  "));
}

#[test]
fn what_reads_the_sources_sees_code_and_nothing_else() {
    let text = r##"//! polars
use a; /* polars */ let x = "polars \" polars"; let y = r#"polars " polars"#; // polars
let c = '"'; let d = '\''; fn f<'a>(x: &'a str) -> u8 { b'x' } let polars = 1;
"##;
    let code = code(text);
    assert_eq!(places(&code, "polars").map(|at| line(&code, at)).collect::<Vec<_>>(), [3]);
    assert_eq!(code.lines().count(), text.lines().count());
    assert!(code.contains("fn f<'a>(x: &'a str) -> u8"), "{code}");
    assert_eq!(places("my_polars polars_io polars::x", "polars").count(), 1);
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {}\n"), "a\n");

    let source = |path: &str, code: &str| Source { path: path.into(), text: String::new(), code: code.into() };
    let nested = source(
        "a/b.rs",
        "use crate::{self as c, x, y::{z, w}}; use super::d; use super::super::e::f; crate::g::h::i();",
    );
    assert_eq!(named(&nested), ["self", "x", "y", "g::h", "a::d", "e::f"]);
    assert_eq!(named(&source("a/mod.rs", "use super::k::l;")), ["k::l"]);
    assert_eq!(named(&source("a.rs", "use super::k;")), ["k"]);
}

#[test]
fn modules_know_only_those_before_them() {
    let mut faults = Vec::new();
    let mut excused = BTreeSet::new();
    let place = |module: &str| ORDER.iter().position(|known| *known == module);
    for source in sources() {
        let module = source.path.split(['/', '.']).next().unwrap_or_default().to_string();
        if module == "lib" || module == "main" {
            continue;
        }
        if place(&module).is_none() && module != ASIDE {
            faults.push(format!("{}: `{module}` has no place in the order", source.path));
        }
        for path in named(&source) {
            let target = path.split("::").next().unwrap_or_default();
            if target == module || target == "self" || (target == ASIDE && module != ASIDE) {
                continue;
            }
            if let Some(known) =
                AGAINST_THE_ORDER.iter().find(|(file, item, _)| source.path.starts_with(file) && path == *item)
            {
                excused.insert(known.0);
                continue;
            }
            match (place(&module), place(target)) {
                (Some(here), Some(there)) if there < here => {}
                _ => faults.push(format!("{} names `{path}`", source.path)),
            }
        }
    }
    let unused = AGAINST_THE_ORDER.iter().filter(|(file, ..)| !excused.contains(file));
    faults.extend(unused.map(|(file, item, _)| format!("{file} no longer names `{item}`: drop the exception")));
    report(&faults);
}

#[test]
fn the_document_of_the_architecture_names_every_module() {
    let library = sources().into_iter().find(|source| source.path == "lib.rs").expect("a library");
    let modules: Vec<&str> = library.code.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    let modules: BTreeSet<&str> = modules.iter().map(|name| name.trim_end_matches(';')).collect();
    let known: BTreeSet<&str> = ORDER.iter().copied().chain([ASIDE]).collect();
    assert_eq!(modules, known);
    for module in modules {
        assert!(
            library.text.contains(&format!("//! | [`{module}`] | ")),
            "src/lib.rs does not say what `{module}` is for"
        );
    }
}

#[test]
fn a_crate_with_one_task_is_named_in_one_place() {
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources() {
        for (name, homes) in ONE_PLACE {
            for at in places(&source.code, name) {
                used.insert(name);
                if !homes.iter().any(|home| source.path.starts_with(home)) {
                    faults.push(format!("{}:{} names `{name}`", source.path, line(&source.code, at)));
                }
            }
        }
    }
    faults.extend(
        ONE_PLACE.iter().filter(|(name, _)| !used.contains(name)).map(|(name, _)| format!("`{name}` is unused")),
    );
    report(&faults);
}

#[test]
fn every_file_opens_with_the_question_it_answers() {
    let silent = |source: &Source| source.text.strip_prefix("//! ").is_none_or(|rest| rest.trim_start().len() <= 10);
    let faults: Vec<String> =
        sources().iter().filter(|source| silent(source)).map(|source| source.path.clone()).collect();
    report(&faults);
}

#[test]
fn the_library_neither_gives_up_nor_prints() {
    const WORDS: [&str; 11] = [
        ".unwrap()",
        "panic!",
        "todo!",
        "unimplemented!",
        "dbg!",
        "print!",
        "println!",
        "eprint!",
        "eprintln!",
        "process::exit",
        "process::abort",
    ];
    let mut faults = Vec::new();
    for source in sources() {
        let speaks = source.path.starts_with("cli/") || source.path == "main.rs";
        for word in WORDS.iter().filter(|word| !speaks || word.starts_with('.') || ["todo!", "dbg!"].contains(word)) {
            faults.extend(
                places(&source.code, word).map(|at| format!("{}:{} {word}", source.path, line(&source.code, at))),
            );
        }
    }
    report(&faults);
}

#[test]
fn no_test_is_ignored() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut folders = vec![tests];
    let mut texts: Vec<(String, String)> =
        sources().into_iter().map(|source| (source.path, code(&source.text))).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the tests are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("readable");
                texts.push((path.display().to_string(), code(&text)));
            }
        }
    }
    let ignored = |code: &str| places(code, "#[ignore").next().is_some() || places(code, ", ignore").next().is_some();
    report(&texts.iter().filter(|(_, code)| ignored(code)).map(|(path, _)| path.clone()).collect::<Vec<_>>());
}

#[test]
fn time_and_chance_are_arguments() {
    const WORDS: [&str; 8] =
        ["SystemTime", "Instant::now", "Utc::now", "Local::now", "thread_rng", "rand::", "RandomState", "getrandom"];
    let mut faults = Vec::new();
    for source in sources() {
        for word in WORDS {
            faults.extend(
                places(&source.code, word).map(|at| format!("{}:{} {word}", source.path, line(&source.code, at))),
            );
        }
    }
    report(&faults);
}

#[test]
fn sections_show_what_was_computed_elsewhere() {
    // What a section may not name it cannot compute with: no statistics, no data, no rows of facts.
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("report/sections/")) {
        for path in named(source) {
            let head = path.split("::").next().unwrap_or_default();
            let fine = path == "facts::Transition" || !["stats", "facts", "ingest", "engine", "replay"].contains(&head);
            if !fine {
                faults.push(format!("{} names `{path}`", source.path));
            }
        }
    }
    report(&faults);
}

/// What stands between `{{ }}` and `{% %}`, without its literals.
fn expressions(template: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        for part in template.split(open).skip(1) {
            let inside = part.split(close).next().unwrap_or_default();
            // A minus at the brace takes away white space.
            let inside = inside.trim_start_matches('-').trim_end_matches('-');
            let bare = inside.split(['"', '\'']).step_by(2).collect::<Vec<_>>().join(" ");
            all.push(bare);
        }
    }
    all
}

fn computes(expression: &str) -> bool {
    expression.contains(['+', '-', '*', '/'])
        || ["round", "sum", "int", "float", "abs", "min", "max"]
            .iter()
            .any(|name| places(expression, name).any(|at| expression[..at].trim_end().ends_with('|')))
}

#[test]
fn templates_show_and_do_not_compute() {
    for (expression, expected) in [
        ("a.b", false),
        ("rows | length", false),
        ("a * 100", true),
        ("a / b", true),
        ("a | round", true),
        ("a-1", true),
    ] {
        assert_eq!(computes(expression), expected, "{expression}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/templates");
    let mut seen = 0;
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the templates are there") {
        let path = entry.expect("readable").path();
        if path.extension().is_none_or(|ending| ending != "j2") {
            continue;
        }
        for expression in expressions(&std::fs::read_to_string(&path).expect("readable")) {
            seen += 1;
            if computes(&expression) {
                faults.push(format!("{}: {expression}", path.display()));
            }
        }
    }
    assert!(seen > 20, "only {seen} expressions were found");
    report(&faults);
}
