//! The README's transcript is what the program says.

use super::project::Project;
use std::path::Path;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn two_commands_lead_from_raw_exports_to_a_report_as_the_readme_shows() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("the README");
    let (_, rest) = readme.split_once("<!-- transcript: ").expect("a transcript");
    let (files, rest) = rest.split_once(" -->").expect("its files");
    let (_, rest) = rest.split_once("```console\n").expect("its text");
    let (shown, _) = rest.split_once("```").expect("its end");
    let mut project = Project::empty();
    for name in files.split(' ') {
        let bytes =
            std::fs::read(repository().join("sample-data/messy").join(name)).expect("a file of the messy sample");
        project = project.file(&format!("acme/{name}"), &bytes);
    }
    let mut said: Vec<String> = Vec::new();
    for line in shown.lines().filter_map(|line| line.strip_prefix("$ leadgauge ")) {
        let arguments: Vec<&str> = line.split(' ').collect();
        said.push(format!("$ leadgauge {line}"));
        // Spaces that keep a number and its unit on one line are spaces.
        let stdout = project.run(&arguments).ended(0).stdout.replace(['\u{a0}', '\u{202f}'], " ");
        said.extend(stdout.lines().map(str::to_string));
    }
    // Every line that the README shows was said, in that order; … stands for lines left out.
    let mut rest = said.iter();
    for line in shown.lines().filter(|line| line.trim() != "…") {
        assert!(rest.any(|said| said == line), "not said, or not here: {line}\n{}", said.join("\n"));
    }
}

#[test]
fn the_page_on_exports_names_every_system() {
    let page = std::fs::read_to_string(repository().join("docs/exports.md")).expect("the page");
    for export in leadgauge::ingest::recognise::EXPORTS.iter() {
        let name = export.system.trim_end_matches(" Ads").trim_start_matches("Google Analytics");
        assert!(page.contains(name), "{}", export.system);
    }
}
