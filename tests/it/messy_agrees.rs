//! The messy folder gives the numbers of the clean one.

use super::messy::{self, numbers, project};
use super::project::Project;
use std::collections::BTreeMap;

/// Findings of the messy folder that the clean sample does not have, or more often: each with the fault that it is about.
const MORE: [(&str, &str); 7] = [
    ("leads::duplicate", "rows twice in one file, two overlapping files, the same people in HubSpot and Marketo"),
    ("activities::duplicate", "overlapping jobs of Marketo"),
    ("activities::unknown_lead", "an action of a deleted lead lies in two overlapping jobs"),
    ("config::aside_file", "the sessions of Google Analytics are no table of ours"),
    ("config::recognised", "no file bears a table's own name"),
    ("spend::set_aside", "campaigns that were not shown, and the total of Meta"),
    ("stage_history::set_aside", "changes of other fields than the status"),
];

#[test]
fn clean_and_messy_give_the_same_numbers() {
    let (clean, messy) = (Project::sample().analysis(), project(&messy::files()).analysis());
    let (expected, found) = (numbers(&clean), numbers(&messy));
    let differ = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert_eq!(differ, None, "the first line of the numbers that differs: clean, messy");
    assert_eq!(expected.lines().count(), found.lines().count());
}

#[test]
fn the_messy_folder_s_findings_are_the_sample_s_and_those_of_its_exports() {
    let counts = |project: Project| -> BTreeMap<String, u64> {
        project.analysis().findings.iter().map(|finding| (finding.code.clone(), finding.count)).collect()
    };
    let (clean, messy) = (counts(Project::sample()), counts(project(&messy::files())));
    for (code, count) in &clean {
        let found = messy.get(code).copied().unwrap_or_default();
        let may_be_more = MORE.iter().any(|(more, _)| more == code);
        assert!(
            found == *count || (may_be_more && found > *count),
            "{code}: {count} in the clean folder, {found} in the messy one"
        );
    }
    let extra: Vec<&String> = messy.keys().filter(|code| !clean.contains_key(*code)).collect();
    let unexpected: Vec<_> = extra.iter().filter(|code| !MORE.iter().any(|(more, _)| more == **code)).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

#[test]
fn no_row_of_the_messy_folder_is_lost() {
    let analysis = project(&messy::files()).analysis();
    for input in &analysis.inputs {
        assert_eq!(input.rows_read, input.rows_used + input.rows_rejected, "{}", input.path);
    }
    let rejected: u64 = analysis.inputs.iter().map(|input| input.rows_rejected).sum();
    let clean: u64 = Project::sample().analysis().inputs.iter().map(|input| input.rows_rejected).sum();
    assert!(rejected >= clean, "what is wrong in the clean folder is wrong in this one");
}
