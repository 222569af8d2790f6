//! A project that reads as a script: files in, a report or a run of the program out.

use leadgauge::config;
use leadgauge::ingest::folder;
use leadgauge::pipeline::{self, Analysis, RunError};
use leadgauge::report::{self, Report};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with a project in it; gone when dropped.
pub struct Project {
    folder: TempDir,
    given: BTreeSet<String>,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    /// Exit code; −1 where a signal ended the program.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Progress and errors.
    pub stderr: String,
    /// Files that the project did not have before, by path from the project's folder.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Folders that the project did not have before.
    pub folders: BTreeSet<String>,
}

impl Project {
    /// A folder with nothing in it.
    pub fn empty() -> Project {
        Project { folder: tempfile::tempdir().expect("a temporary folder"), given: BTreeSet::new() }
    }

    /// Sixty leads with stages, activities, deals and spend, in which nothing is wrong.
    pub fn sound() -> Project {
        Project::empty()
            .toml(SOUND)
            .leads(&sound_leads())
            .stage_history(&sound_stage_history())
            .activities(&sound_activities())
            .deals(&sound_deals())
            .spend(&sound_spend())
    }

    /// The sample project of the repository.
    pub fn sample() -> Project {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        let entries = fs::read_dir(folder).expect("the sample project").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_file()).fold(Project::empty(), |project, path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            project.file(&name, &fs::read(&path).expect("a file of the sample"))
        })
    }

    pub fn toml(self, text: &str) -> Project {
        self.file("leadgauge.toml", text.as_bytes())
    }

    pub fn leads(self, text: &str) -> Project {
        self.file("leads.csv", text.as_bytes())
    }

    pub fn stage_history(self, text: &str) -> Project {
        self.file("stage_history.csv", text.as_bytes())
    }

    pub fn activities(self, text: &str) -> Project {
        self.file("activities.csv", text.as_bytes())
    }

    pub fn deals(self, text: &str) -> Project {
        self.file("deals.csv", text.as_bytes())
    }

    pub fn spend(self, text: &str) -> Project {
        self.file("spend.csv", text.as_bytes())
    }

    /// A file, in place of the one of that name.
    pub fn file(mut self, name: &str, bytes: &[u8]) -> Project {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
        self.given.insert(name.to_string());
        self
    }

    /// Without the file of that name.
    pub fn without(mut self, name: &str) -> Project {
        fs::remove_file(self.path(name)).expect("the file was there");
        self.given.remove(name);
        self
    }

    /// One more row at the end of a file.
    pub fn row(self, name: &str, row: &str) -> Project {
        let text = format!("{}{row}\n", self.text(name));
        self.file(name, text.as_bytes())
    }

    /// More lines at the end of the project file.
    pub fn settings(self, lines: &str) -> Project {
        self.row("leadgauge.toml", lines)
    }

    /// The same with some text of a file replaced, which must occur in it.
    pub fn replaced(self, name: &str, from: &str, to: &str) -> Project {
        let before = self.text(name);
        assert!(before.contains(from), "{name} has no {from:?}");
        self.file(name, before.replace(from, to).as_bytes())
    }

    /// Where a file of the project lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file that lies in the project's folder now.
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a text file")
    }

    /// Everything that a report is made of, through the library's door.
    pub fn try_analysis(&self) -> Result<Analysis, RunError> {
        pipeline::run(&self.plan(), &|_| {})
    }

    /// The same, where nothing stops it.
    pub fn analysis(&self) -> Analysis {
        self.try_analysis().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The report as a value.
    pub fn report(&self) -> Report {
        report::build(&self.plan(), &self.analysis())
    }

    /// What the project file says, with the files of the folder.
    pub fn plan(&self) -> config::Plan {
        let located = config::find(Some(self.folder.path())).expect("the folder is there");
        let mut plan = located.plan().unwrap_or_else(|problems| panic!("{problems}"));
        // What stops it stops the run, too, and is told there.
        let _ = folder::settle(&mut plan);
        plan
    }

    /// Runs the program in the project's folder: `run(&["report"])`.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_leadgauge"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("the program starts");
        let (files, folders) = self.results();
        let text = |bytes| String::from_utf8(bytes).expect("the program speaks UTF-8");
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            files,
            folders,
        };
        assert!(!run.stderr.contains("panicked"), "{run}");
        let leftover = run.folders.iter().find(|folder| folder.contains(".leadgauge-"));
        assert_eq!(leftover, None, "a temporary folder was left behind");
        run
    }

    /// What lies in the folder beside the files that were put there.
    fn results(&self) -> (BTreeMap<String, Vec<u8>>, BTreeSet<String>) {
        let root = self.folder.path();
        let given_folders: BTreeSet<PathBuf> =
            self.given.iter().flat_map(|name| Path::new(name).ancestors().skip(1).map(Path::to_path_buf)).collect();
        let (mut files, mut folders) = (BTreeMap::new(), BTreeSet::new());
        let mut open = vec![root.to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let inside = path.strip_prefix(root).expect("under the root");
                let name = inside.to_string_lossy().into_owned();
                if path.is_dir() {
                    if !given_folders.contains(inside) {
                        folders.insert(name);
                    }
                    open.push(path);
                } else if !self.given.contains(&name) {
                    files.insert(name, fs::read(&path).expect("a file"));
                }
            }
        }
        (files, folders)
    }
}

impl Run {
    /// The one file whose path ends so, as text.
    pub fn text(&self, end: &str) -> &str {
        let mut found =
            self.files.iter().filter(|(path, _)| path.as_str() == end || path.ends_with(&format!("/{end}")));
        let (path, bytes) = found.next().unwrap_or_else(|| panic!("no {end} among {:?}\n{self}", self.files.keys()));
        assert!(found.next().is_none(), "more than one {end}");
        std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{path} is no text"))
    }

    /// The same as JSON.
    pub fn json(&self, end: &str) -> Value {
        serde_json::from_str(self.text(end)).unwrap_or_else(|error| panic!("{end}: {error}"))
    }

    /// The rows of a CSV file, header first.
    pub fn rows(&self, end: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(self.text(end).as_bytes());
        let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_string).collect());
        rows.collect()
    }

    /// The run, having ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Run {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// The run, having said these words on stderr.
    #[track_caller]
    pub fn complaining(self, words: &[&str]) -> Run {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in: {self}");
        }
        self
    }

    /// The run, having left nothing behind.
    #[track_caller]
    pub fn without_a_trace(self) -> Run {
        assert!(self.files.is_empty() && self.folders.is_empty(), "left: {:?} {:?}", self.files.keys(), self.folders);
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\nstdout: {}\nstderr: {}", self.code, self.stdout, self.stderr)
    }
}

const SOUND: &str = r#"project  = "Sound"
timezone = "Europe/Berlin"
currency = "EUR"
as_of    = "2026-06-30"

[[criteria]]
threshold = 50
points = { email_click = 10, demo_request = 30 }
caps = { email_click = 5 }
fit.job_title = { "*director*" = 15 }

[economics]
value_per_sql = 1000
sales_cost_per_mql = 100
"#;

const CHANNELS: [&str; 3] = ["webinar", "paid_search", "referral"];

/// The date `days` after 1 July 2025.
pub fn date(days: i32) -> String {
    leadgauge::vocabulary::Day(20_270).plus(days).to_string()
}

fn lines(header: &str, rows: impl Iterator<Item = String>) -> String {
    rows.fold(format!("{header}\n"), |text, row| text + &row + "\n")
}

fn sound_leads() -> String {
    lines(
        "lead_id,email,created_at,channel,job_title",
        (0..60).map(|i| {
            let title = if i % 3 == 0 { "IT Director" } else { "Analyst" };
            format!("L{i:02},p{i}@firm{i}.example,{}T09:00:00,{},{title}", date(5 * i), CHANNELS[i as usize % 3])
        }),
    )
}

fn sound_stage_history() -> String {
    let mqls = (0..60).filter(|i| i % 4 != 3);
    let entries = mqls.flat_map(|i| {
        let mut entries = vec![format!("L{i:02},MQL,{}T10:00:00,", date(5 * i + 3))];
        if i % 5 < 2 {
            entries.push(format!("L{i:02},SQL,{}T11:00:00,", date(5 * i + 8 + i % 12)));
        }
        if i % 5 == 4 {
            entries.push(format!("L{i:02},Disqualified,{}T12:00:00,no budget", date(5 * i + 9)));
        }
        entries
    });
    lines("lead_id,stage,entered_at,reason", entries)
}

fn sound_activities() -> String {
    let actions = (0..60).flat_map(|i| {
        let at = move |day: i32, hour: i32| format!("{}T{hour:02}:30:00", date(5 * i + day));
        // Only those that become MQL ask for a demo.
        let clicks = [(0, 10), (1, 11), (2, 12)].map(|(day, hour)| format!("L{i:02},email_click,{}", at(day, hour)));
        clicks.into_iter().chain((i % 4 != 3).then(|| format!("L{i:02},demo_request,{}", at(3, 8))))
    });
    lines("lead_id,type,at", actions)
}

fn sound_deals() -> String {
    let deals = (0..60).filter(|i| i % 4 != 3 && i % 5 < 2).map(|i| {
        let (opened, closed) = (date(5 * i + 20), date(5 * i + 50));
        match i % 3 {
            0 => format!("D{i:02},L{i:02},{opened},{closed},won,5000.00,EUR,new"),
            1 => format!("D{i:02},L{i:02},{opened},{closed},lost,4000.00,EUR,new"),
            _ => format!("D{i:02},L{i:02},{opened},,open,3000.00,EUR,new"),
        }
    });
    lines("deal_id,lead_id,opened_at,closed_at,status,amount,currency,kind", deals)
}

fn sound_spend() -> String {
    let months =
        (7..=12).map(|month| format!("2025-{month:02}")).chain((1..=6).map(|month| format!("2026-{month:02}")));
    let rows = months.flat_map(|month| {
        [("webinar", "500.00"), ("paid_search", "800.50")]
            .map(|(channel, amount)| format!("{month},{channel},{amount},EUR"))
    });
    lines("month,channel,amount,currency", rows)
}

#[test]
fn the_sound_project_is_sound() {
    let run = Project::sound().run(&["report"]).ended(0);
    assert_eq!(run.stderr, "");
    let report = run.json("report.json");
    assert_eq!(report["findings"], serde_json::json!([]), "nothing is wrong with it");
    assert_eq!(report["overall"]["leads"], 60, "{}", report["overall"]);
}
