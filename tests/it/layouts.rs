//! The same people as different systems export them.
//!
//! A [`World`] holds the canonical tables of a project. Each module writes it as one system would: headers, labels, ids,
//! dates, footers and encodings are those that the vendors document, not those that the program is known to read. What
//! a system cannot carry is left out of the world first, by a reduction with a name, so that the rest can be compared
//! number by number.

pub mod active_campaign;
mod carried;
pub mod hubspot;
pub mod marketo;
pub mod pipedrive;
pub mod salesforce;
pub mod spend;
pub mod spreadsheet;
pub mod zoho;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::Path;

/// Files by name, as [`super::project::Project::file`] takes them.
pub type Files = Vec<(String, Vec<u8>)>;

/// When something happened, as exactly as the world knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// A local day.
    Day(NaiveDate),
    /// An instant.
    At(DateTime<Utc>),
    /// What a spreadsheet shows where a column is too narrow.
    Misprint,
}

/// A record of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lead {
    /// The id in the canonical tables.
    pub id: String,
    /// Position among the records, from 1: every system's own id is made of it.
    pub number: usize,
    pub email: String,
    pub created: Option<Moment>,
    pub channel: String,
    pub campaign: String,
    pub account: String,
    pub job_title: String,
    pub company_size: String,
    pub industry: String,
    pub country: String,
}

/// A stage entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub lead: String,
    /// Our name of the stage; a label that means none of ours is kept as it is.
    pub stage: String,
    pub at: Moment,
    pub reason: String,
}

/// Something that a person did.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub lead: String,
    pub kind: String,
    pub at: Moment,
}

/// An opportunity.
#[derive(Clone, Debug, PartialEq)]
pub struct Deal {
    pub id: String,
    pub lead: String,
    pub opened: Option<Moment>,
    pub closed: Option<Moment>,
    /// "open", "won" or "lost".
    pub status: String,
    pub cents: i64,
    pub currency: String,
    /// "new" or "renewal".
    pub kind: String,
}

/// What a channel cost in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Spend {
    /// "2026-10".
    pub month: String,
    pub channel: String,
    pub cents: i64,
    pub currency: String,
}

/// The canonical tables of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub zone: Tz,
    pub leads: Vec<Lead>,
    pub stages: Vec<Entry>,
    pub actions: Vec<Action>,
    pub deals: Vec<Deal>,
    pub spend: Vec<Spend>,
}

/// Channels that every CRM can tell apart: our name, HubSpot's label, Salesforce's, Pipedrive's.
pub const CHANNELS: [[&str; 4]; 7] = [
    ["organic_search", "Organic search", "Organic Search", "SEO"],
    ["paid_search", "Paid search", "Paid Search", "Google Ads"],
    ["paid_social", "Paid social", "Paid Social", "Facebook"],
    ["referral", "Referrals", "Partner Referral", "Partner"],
    ["email", "Email marketing", "Email", "Newsletter"],
    ["offline", "Offline sources", "Trade Show", "Fair"],
    ["other", "Other campaigns", "Other", "Something else"],
];

/// `[channels]` of a project file that reads every layout's channels as ours.
pub fn channels_toml() -> String {
    CHANNELS.iter().fold("[channels]\n".to_string(), |text, names| {
        // A label that differs from our name in case and blanks alone may already have been read as "offline_sources".
        let folded: Vec<String> = names[1..].iter().map(|name| name.to_lowercase().replace(' ', "_")).collect();
        let mut aliases: Vec<&str> = names[1..].to_vec();
        for name in &folded {
            if name != names[0] && !aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name)) {
                aliases.push(name);
            }
        }
        let mut distinct: Vec<&str> = Vec::new();
        for alias in aliases {
            if !distinct.iter().any(|known| known.eq_ignore_ascii_case(alias)) {
                distinct.push(alias);
            }
        }
        text + &format!("{} = {distinct:?}\n", names[0])
    })
}

/// The system's label of one of [`CHANNELS`]; 1 = HubSpot, 2 = Salesforce, 3 = Pipedrive. Others are kept.
fn channel_label(channel: &str, system: usize) -> String {
    let known = CHANNELS.iter().find(|names| names[0] == channel);
    known.map_or(channel, |names| names[system]).to_string()
}

impl Moment {
    /// A canonical cell; `None` where it is empty.
    pub fn parse(text: &str, zone: Tz) -> Option<Moment> {
        if text.is_empty() {
            return None;
        }
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Some(Moment::Day(day));
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Moment::At(at.to_utc()));
        }
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
        let at = local.ok().and_then(|local| zone.from_local_datetime(&local).earliest());
        Some(at.map_or(Moment::Misprint, |at| Moment::At(at.to_utc())))
    }

    /// The local day.
    pub fn day(self, zone: Tz) -> Option<NaiveDate> {
        match self {
            Moment::Day(day) => Some(day),
            Moment::At(at) => Some(at.with_timezone(&zone).date_naive()),
            Moment::Misprint => None,
        }
    }

    /// An instant of its local day: noon, where only the day is known.
    pub fn instant(self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Moment::Day(day) => {
                let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("a time");
                zone.from_local_datetime(&day.and_time(noon)).earliest().map(|at| at.to_utc())
            }
            Moment::At(at) => Some(at),
            Moment::Misprint => None,
        }
    }

    /// The local time in a format of chrono's; noon where only the day is known.
    pub fn local(self, zone: Tz, format: &str) -> String {
        let local = self.instant(zone).map(|at| at.with_timezone(&zone).format(format).to_string());
        local.unwrap_or_else(|| MISPRINT.to_string())
    }

    /// "2024-11-01T10:24:47Z"; noon where only the day is known.
    pub fn iso(self, zone: Tz) -> String {
        let utc = self.instant(zone).map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        utc.unwrap_or_else(|| MISPRINT.to_string())
    }

    /// "2024-11-01": what a date field holds.
    pub fn date(self, zone: Tz) -> String {
        self.day(zone).map_or_else(|| MISPRINT.to_string(), |day| day.to_string())
    }

    /// As the canonical tables have it.
    fn canonical(self, zone: Tz) -> String {
        match self {
            Moment::Day(day) => day.to_string(),
            _ => self.iso(zone),
        }
    }

    fn to_day(self, zone: Tz) -> Moment {
        self.day(zone).map_or(self, Moment::Day)
    }

    fn to_minute(self) -> Moment {
        match self {
            Moment::At(at) => Moment::At(at.with_second(0).expect("a full minute")),
            _ => self,
        }
    }
}

/// What stands where no date can be read.
const MISPRINT: &str = "########";

impl World {
    /// The five tables of a folder, by their own names.
    pub fn read(folder: &Path, zone: Tz) -> World {
        let table = |name: &str| -> Vec<HashMap<String, String>> {
            let mut reader =
                csv::Reader::from_path(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{name}: {error}"))).collect()
        };
        let cell = |row: &HashMap<String, String>, name: &str| row.get(name).cloned().unwrap_or_default();
        let when = |row: &HashMap<String, String>, name: &str| Moment::parse(&cell(row, name), zone);
        let rows = table("leads.csv");
        let leads = rows.iter().enumerate().map(|(at, row)| Lead {
            id: cell(row, "lead_id"),
            number: at + 1,
            email: cell(row, "email"),
            created: when(row, "created_at"),
            channel: cell(row, "channel"),
            campaign: cell(row, "campaign"),
            account: cell(row, "account"),
            job_title: cell(row, "job_title"),
            company_size: cell(row, "company_size"),
            industry: cell(row, "industry"),
            country: cell(row, "country"),
        });
        let leads = leads.collect();
        let rows = table("stage_history.csv");
        let stages = rows.iter().map(|row| Entry {
            lead: cell(row, "lead_id"),
            stage: stage_of(&cell(row, "stage")),
            at: when(row, "entered_at").expect("a stage has a date"),
            reason: cell(row, "reason"),
        });
        let stages = stages.collect();
        let rows = table("activities.csv");
        let actions = rows.iter().map(|row| Action {
            lead: cell(row, "lead_id"),
            kind: cell(row, "type"),
            at: when(row, "at").expect("an action has a date"),
        });
        let actions = actions.collect();
        let rows = table("deals.csv");
        let deals = rows.iter().map(|row| Deal {
            id: cell(row, "deal_id"),
            lead: cell(row, "lead_id"),
            opened: when(row, "opened_at"),
            closed: when(row, "closed_at"),
            status: cell(row, "status"),
            cents: cents(&cell(row, "amount")),
            currency: cell(row, "currency"),
            kind: Some(cell(row, "kind")).filter(|kind| !kind.is_empty()).unwrap_or_else(|| "new".to_string()),
        });
        let deals = deals.collect();
        let rows = table("spend.csv");
        let spend = rows.iter().map(|row| Spend {
            month: cell(row, "month"),
            channel: cell(row, "channel"),
            cents: cents(&cell(row, "amount")),
            currency: cell(row, "currency"),
        });
        World { zone, leads, stages, actions, deals, spend: spend.collect() }
    }

    /// The sample project of the repository.
    pub fn sample() -> World {
        World::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data"), chrono_tz::Europe::Berlin)
    }

    /// The canonical tables again.
    pub fn canonical(&self) -> Files {
        let when = |moment: Option<Moment>| moment.map(|moment| moment.canonical(self.zone)).unwrap_or_default();
        let mut leads = Sheet::of(&[
            "lead_id",
            "email",
            "created_at",
            "channel",
            "campaign",
            "account",
            "job_title",
            "company_size",
            "industry",
            "country",
        ]);
        for lead in &self.leads {
            leads.row([
                lead.id.clone(),
                lead.email.clone(),
                when(lead.created),
                lead.channel.clone(),
                lead.campaign.clone(),
                lead.account.clone(),
                lead.job_title.clone(),
                lead.company_size.clone(),
                lead.industry.clone(),
                lead.country.clone(),
            ]);
        }
        let mut stages = Sheet::of(&["lead_id", "stage", "entered_at", "reason"]);
        for entry in &self.stages {
            stages.row([entry.lead.clone(), entry.stage.clone(), when(Some(entry.at)), entry.reason.clone()]);
        }
        let mut actions = Sheet::of(&["lead_id", "type", "at"]);
        for action in &self.actions {
            actions.row([action.lead.clone(), action.kind.clone(), when(Some(action.at))]);
        }
        let mut deals =
            Sheet::of(&["deal_id", "lead_id", "opened_at", "closed_at", "status", "amount", "currency", "kind"]);
        for deal in &self.deals {
            deals.row([
                deal.id.clone(),
                deal.lead.clone(),
                when(deal.opened),
                when(deal.closed),
                deal.status.clone(),
                decimal(deal.cents),
                deal.currency.clone(),
                deal.kind.clone(),
            ]);
        }
        let mut files = vec![
            ("leads.csv".to_string(), leads.text(',').into_bytes()),
            ("stage_history.csv".to_string(), stages.text(',').into_bytes()),
        ];
        if !self.actions.is_empty() {
            files.push(("activities.csv".to_string(), actions.text(',').into_bytes()));
        }
        files.push(("deals.csv".to_string(), deals.text(',').into_bytes()));
        files.push(("spend.csv".to_string(), spend::canonical(&self.spend).text(',').into_bytes()));
        files
    }

    /// One record a person: the earliest of each address, every other id replaced by that one's.
    #[must_use]
    pub fn people(&self) -> World {
        let mut order: Vec<&Lead> = self.leads.iter().collect();
        order.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        let (mut of_address, mut of_id) = (HashMap::<String, usize>::new(), HashMap::<String, usize>::new());
        let mut leads: Vec<Lead> = Vec::new();
        for lead in order {
            let address = lead.email.trim().to_lowercase();
            let at = *of_address.entry(address.clone()).or_insert(leads.len());
            if at == leads.len() {
                leads.push(Lead { email: address, number: at + 1, ..lead.clone() });
            } else {
                leads[at].fill(lead);
            }
            of_id.insert(lead.id.clone(), at);
        }
        let person = |id: &str| of_id.get(id).map_or_else(|| id.to_string(), |at| leads[*at].id.clone());
        let mut world = self.clone();
        world.stages.iter_mut().for_each(|entry| entry.lead = person(&entry.lead));
        world.actions.iter_mut().for_each(|action| action.lead = person(&action.lead));
        world.deals.iter_mut().for_each(|deal| deal.lead = person(&deal.lead));
        world.leads = leads;
        world
    }

    /// Every moment reduced to its local day.
    #[must_use]
    pub fn dated(&self) -> World {
        self.timed(|moment| moment.to_day(self.zone))
    }

    /// Every moment reduced to its minute, as HubSpot and Salesforce show it.
    #[must_use]
    pub fn to_the_minute(&self) -> World {
        self.timed(Moment::to_minute)
    }

    fn timed(&self, reduced: impl Fn(Moment) -> Moment) -> World {
        let mut world = self.clone();
        world.leads.iter_mut().for_each(|lead| lead.created = lead.created.map(&reduced));
        world.stages.iter_mut().for_each(|entry| entry.at = reduced(entry.at));
        world.actions.iter_mut().for_each(|action| action.at = reduced(action.at));
        for deal in &mut world.deals {
            (deal.opened, deal.closed) = (deal.opened.map(&reduced), deal.closed.map(&reduced));
        }
        world
    }

    /// What HubSpot, Salesforce and Pipedrive can all carry: one record a person, the first day of MQL, SQL and customer,
    /// new business, [`CHANNELS`]; no activities, no side exits, no second MQL, no renewals.
    #[must_use]
    pub fn common(&self) -> World {
        let mut world = self.people().dated();
        let mut first: BTreeMap<(String, usize), Entry> = BTreeMap::new();
        for entry in &world.stages {
            let place = ["mql", "sql", "customer"].iter().position(|stage| *stage == entry.stage);
            let (Some(place), Moment::Day(_)) = (place, entry.at) else { continue };
            let kept = first.entry((entry.lead.clone(), place)).or_insert_with(|| entry.clone());
            kept.at = kept.at.min(entry.at);
        }
        world.stages = first.into_values().map(|entry| Entry { reason: String::new(), ..entry }).collect();
        world.actions.clear();
        world.deals.retain(|deal| deal.kind == "new");
        world.leads.iter_mut().for_each(|lead| lead.channel = common_channel(&lead.channel).to_string());
        world.spend.iter_mut().for_each(|row| row.channel = common_channel(&row.channel).to_string());
        world
    }

    /// Records by the canonical id.
    pub fn by_id(&self) -> HashMap<&str, &Lead> {
        self.leads.iter().map(|lead| (lead.id.as_str(), lead)).collect()
    }

    /// The first moment at which a lead entered a stage, by lead and stage.
    pub fn first_entries(&self) -> HashMap<(&str, &str), Moment> {
        let mut first: HashMap<(&str, &str), Moment> = HashMap::new();
        for entry in self.stages.iter().filter(|entry| entry.at != Moment::Misprint) {
            let known = first.entry((&entry.lead, &entry.stage)).or_insert(entry.at);
            *known = (*known).min(entry.at);
        }
        first
    }

    /// The deals of a lead, in the order of the table.
    pub fn deals_of(&self) -> HashMap<&str, Vec<&Deal>> {
        self.deals.iter().fold(HashMap::new(), |mut found: HashMap<&str, Vec<&Deal>>, deal| {
            found.entry(&deal.lead).or_default().push(deal);
            found
        })
    }
}

impl Lead {
    /// Takes over what a later record of the same person knows more.
    fn fill(&mut self, later: &Lead) {
        let pairs = [
            (&mut self.channel, &later.channel),
            (&mut self.campaign, &later.campaign),
            (&mut self.account, &later.account),
            (&mut self.job_title, &later.job_title),
            (&mut self.company_size, &later.company_size),
            (&mut self.industry, &later.industry),
            (&mut self.country, &later.country),
        ];
        for (mine, theirs) in pairs {
            if mine.is_empty() {
                mine.clone_from(theirs);
            }
        }
    }

    /// When the record was created.
    pub fn created(&self) -> Moment {
        self.created.expect("a record has a date")
    }
}

/// Our name of a stage that the canonical tables write in the CRM's words.
fn stage_of(label: &str) -> String {
    let known = match label {
        "Lead" => "lead",
        "MQL" | "Marketing Qualified Lead" => "mql",
        "Working" => "working",
        "SAL" => "sal",
        "SQL" | "Sales Qualified Lead" => "sql",
        "Opportunity" => "opportunity",
        "Customer" => "customer",
        "Disqualified" => "disqualified",
        "Recycled" => "recycled",
        other => other,
    };
    known.to_string()
}

/// The words of the sample's CRM for our stages.
pub fn stage_label(stage: &str) -> &str {
    match stage {
        "lead" => "Lead",
        "mql" => "Marketing Qualified Lead",
        "working" => "Working",
        "sal" => "Sales Accepted Lead",
        "sql" => "Sales Qualified Lead",
        "opportunity" => "Opportunity",
        "customer" => "Customer",
        "disqualified" => "Disqualified",
        "recycled" => "Recycled",
        other => other,
    }
}

/// One of [`CHANNELS`].
fn common_channel(channel: &str) -> &'static str {
    match channel.to_lowercase().as_str() {
        "" => "",
        "organic_search" | "organic" | "seo" => "organic_search",
        "paid_search" | "google ads" | "ppc" => "paid_search",
        "paid_social" | "facebook" | "linkedin ads" | "paid social" | "paid-social" => "paid_social",
        "referral" | "partner" => "referral",
        "email" => "email",
        "webinar" | "webinars" | "content_syndication" | "content synd." | "event" | "trade show" => "offline",
        _ => "other",
    }
}

/// Cents of "1234.5".
fn cents(text: &str) -> i64 {
    let value: f64 = text.parse().unwrap_or_else(|_| panic!("{text:?} is no amount"));
    (value * 100.0).round() as i64
}

/// "1234.50".
pub fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// "1,234.50", or with other marks.
pub fn grouped(cents: i64, thousands: char, mark: char) -> String {
    let units = (cents.abs() / 100).to_string();
    let mut whole = String::new();
    for (at, digit) in units.chars().enumerate() {
        if at > 0 && (units.len() - at).is_multiple_of(3) {
            whole.push(thousands);
        }
        whole.push(digit);
    }
    format!("{}{whole}{mark}{:02}", if cents < 0 { "-" } else { "" }, cents.abs() % 100)
}

/// The first day of "2026-10".
pub fn first_of(month: &str) -> NaiveDate {
    format!("{month}-01").parse().expect("a month")
}

/// The last day of "2026-10".
pub fn last_of(month: &str) -> NaiveDate {
    (first_of(month) + Days::new(31)).format("%Y-%m-01").to_string().parse::<NaiveDate>().expect("a day") - Days::new(1)
}

/// A table as someone exports it: lines above the header, rows, lines below them.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    pub above: Vec<String>,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub below: Vec<String>,
}

impl Sheet {
    pub fn of(header: &[&str]) -> Sheet {
        Sheet { header: header.iter().map(|name| name.to_string()).collect(), ..Sheet::default() }
    }

    #[track_caller]
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert_eq!(cells.len(), self.header.len(), "{cells:?} under {:?}", self.header);
        self.rows.push(cells);
    }

    /// Quoted where it must be, lines ended by LF.
    pub fn text(&self, delimiter: char) -> String {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter as u8).from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            writer.write_record(row).expect("rows of one width");
        }
        let table = String::from_utf8(writer.into_inner().expect("in memory")).expect("text");
        let lines = |lines: &[String]| lines.iter().fold(String::new(), |text, line| text + line + "\n");
        lines(&self.above) + &table + &lines(&self.below)
    }

    /// The rows in the reverse order, as most systems show them.
    #[must_use]
    pub fn newest_first(mut self) -> Sheet {
        self.rows.reverse();
        self
    }

    /// The rows of these positions.
    #[must_use]
    pub fn part(&self, rows: std::ops::Range<usize>) -> Sheet {
        Sheet { rows: self.rows[rows].to_vec(), ..self.clone() }
    }

    /// The column of that name, cell by cell.
    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.header.iter().position(|header| header == name);
        let at = at.unwrap_or_else(|| panic!("no {name:?} among {:?}", self.header));
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }
}

pub fn utf8_with_bom(text: &str) -> Vec<u8> {
    [b"\xef\xbb\xbf", text.as_bytes()].concat()
}

/// With a byte-order mark, as "CSV for Excel" has it.
pub fn utf16_le(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[track_caller]
pub fn windows_1252(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!lossy, "not everything is in Windows-1252");
    bytes.into_owned()
}

pub fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("in memory");
    writer.finish().expect("in memory")
}
