//! How is a trap said in plain words? What is there, of how many, what it does to the score, and what to do.

use super::counts::Counts;
use super::{Check, Trap, TrapLevel};
use crate::report::format;

/// The code of what is said where nothing can be looked for.
pub(super) const ANY: &str = "any";

/// What a kind of trap is called in a list.
pub(super) fn name(code: &str) -> &'static str {
    match code {
        "sql_in_disguise" => "an action that is logged with the SQL",
        "sales_fills_score" => "points from what sales logs after the SQL",
        "score_knows_outcome" => "a score that already knows the outcome",
        "filled_by_sales" => "attributes that only SQLs have",
        "single_signal" => "weak MQLs made of one signal",
        "wrong_crowd" => "visitors with another purpose, such as job seekers",
        "other_purpose" => "actions whose name speaks of another purpose",
        "hand_raiser_missed" => "people who asked for sales and missed the bar",
        "machine_opens" => "MQLs made by e-mails that machines open",
        "criterion_drift" => "criteria whose counts have moved",
        "mix_drift" => "a shift between channels",
        "fit_drift" => "a shift in who the leads are",
        "score_inflation" => "score inflation",
        "gamed_criterion" => "a criterion that is gamed",
        "junk_channel" => "a junk channel",
        _ => "traps",
    }
}

/// One line about kinds that could not be looked for, all for the same reason.
pub(super) fn not_looked_for(codes: &[&str], why: &str) -> String {
    if codes.contains(&ANY) {
        return format!("Traps cannot be looked for: {why}.");
    }
    let names: Vec<&str> = codes.iter().map(|code| name(code)).collect();
    format!("Not looked for: {} ({why}).", names.join(", "))
}

/// The trap in words; `None` for a code that has none.
pub(super) fn trap(check: &Check, counts: &Counts) -> Option<Trap> {
    let said = Said { check, counts };
    let (level, title, says, advice) = match check.code.as_str() {
        "sql_in_disguise" => said.sql_in_disguise(),
        "sales_fills_score" => said.sales_fills_score(),
        "score_knows_outcome" => said.score_knows_outcome(),
        "filled_by_sales" => said.filled_by_sales(),
        "single_signal" => said.single_signal(),
        "wrong_crowd" => said.wrong_crowd(),
        "other_purpose" => said.other_purpose(),
        "hand_raiser_missed" => said.hand_raiser_missed(),
        "machine_opens" => said.machine_opens(),
        "criterion_drift" => said.criterion_drift(),
        "mix_drift" | "fit_drift" => said.mix_drift(),
        "score_inflation" => said.score_inflation(),
        "gamed_criterion" => said.gamed_criterion(),
        "junk_channel" => said.junk_channel(),
        _ => return None,
    };
    Some(Trap {
        code: check.code.clone(),
        subject: check.subject.clone(),
        level,
        title,
        says,
        advice,
        numbers: check.numbers.clone(),
    })
}

/// Level, title, what there is, what to do.
type Words = (TrapLevel, String, String, String);

struct Said<'a> {
    check: &'a Check,
    counts: &'a Counts,
}

impl Said<'_> {
    fn get(&self, name: &str) -> f64 {
        self.check.numbers.get(name).copied().unwrap_or(0.0)
    }

    fn n(&self, name: &str) -> String {
        format::count(self.get(name))
    }

    fn share(&self, name: &str) -> String {
        format::share(self.get(name))
    }

    fn range(&self, low: &str, high: &str) -> String {
        format!("90 % interval {}", format::share_range(self.get(low), self.get(high)))
    }

    fn decimal(&self, name: &str) -> String {
        format::grouped(self.get(name), 1)
    }

    fn subject(&self) -> &str {
        &self.check.subject
    }

    /// "become SQLs at 5 % (6 of 117; 90 % interval 2–9 %), the others at 23 %; …".
    fn against_the_others(&self) -> String {
        format!(
            "become SQLs at {} ({} of {}; {}), the others at {}; against others of the same month{} that is {} of the rate ({})",
            self.share("rate"),
            self.n("sqls"),
            self.n("leads"),
            self.range("rate_low", "rate_high"),
            self.share("others_rate"),
            if self.check.code == "single_signal" { "" } else { " and score" },
            self.share("ratio"),
            self.range("ratio_low", "ratio_high"),
        )
    }

    fn sql_in_disguise(&self) -> Words {
        let name = self.subject();
        let points = self.get("points");
        let worth = if points > 0.0 {
            format!(
                " Its {} points come when the deal is done: whoever judges the score by them judges sales' log.",
                format::grouped(points, 0)
            )
        } else {
            String::new()
        };
        (
            TrapLevel::Warn,
            format!("{name} is logged with the SQL, not before it"),
            format!(
                "{} of {} SQLs ({}; {}) have a {name} within a day of the SQL; of {} spells of three days before, {} hold one.{worth}",
                self.n("near"),
                self.n("sqls"),
                self.share("near_share"),
                self.range("near_low", "near_high"),
                self.n("spells"),
                self.n("ordinary"),
            ),
            "Have sales log what they book themselves under another type, or define the SQL as the meeting that was held. Here, what happens on the day of the SQL or after it counts for no score that is judged; a score read from the CRM includes it.".to_string(),
        )
    }

    fn sales_fills_score(&self) -> Words {
        let known = self.get("area_today") > 0.0;
        let area = if known {
            format!(
                " So today's score seems to tell SQLs from other MQLs {} times of 100 (SQLs stand at {} points, the others at {}); at the moment of the MQL it did {} times, and 50 is a coin.",
                format::grouped(100.0 * self.get("area_today"), 0),
                format::grouped(self.get("score_today_sqls"), 0),
                format::grouped(self.get("score_today_others"), 0),
                format::grouped(100.0 * self.get("area_at_mql"), 0),
            )
        } else {
            String::new()
        };
        (
            TrapLevel::Warn,
            "Today's scores are inflated by what is logged after the SQL".to_string(),
            format!(
                "In the four weeks after their SQL, {} leads have {} scored actions each; open MQLs of the same age have {} ({} times as many, 90 % interval {} to {}).{area}",
                self.n("sqls"),
                self.decimal("after_sql"),
                self.decimal("open_mqls"),
                self.decimal("ratio"),
                self.decimal("ratio_low"),
                self.decimal("ratio_high"),
            ),
            "Don't set the bar by the scores that the CRM shows today: they go on rising after the SQL. Here every score is replayed up to the MQL.".to_string(),
        )
    }

    fn score_knows_outcome(&self) -> Words {
        (
            TrapLevel::Warn,
            "Today's score already knows who became an SQL".to_string(),
            format!(
                "Of a random SQL and another MQL, the SQL has the higher score today {} times of 100 ({} MQLs, {} SQLs); at the moment of the MQL it had {} times, and 50 is a coin. No score is that good: it has gathered points since.",
                format::grouped(100.0 * self.get("area_today"), 0),
                self.n("mqls"),
                self.n("sqls"),
                format::grouped(100.0 * self.get("area_at_mql"), 0),
            ),
            "Don't set the bar by the scores that the CRM shows today: they go on rising after the SQL. Here every score is replayed up to the MQL.".to_string(),
        )
    }

    fn filled_by_sales(&self) -> Words {
        let name = self.subject();
        (
            TrapLevel::Warn,
            format!("{name} is filled in by sales"),
            format!(
                "{name} is missing for {} of the SQLs ({} of {}) and for {} of the other worked leads. Whoever gives points for it rewards the SQL for having happened.",
                self.share("missing_share_sqls"),
                self.n("missing_sqls"),
                self.n("sqls"),
                self.share("missing_share_others"),
            ),
            format!(
                "Give no points for {name} until it is known before the hand-over, or enrich it for all leads from one source."
            ),
        )
    }

    fn single_signal(&self) -> Words {
        let name = self.subject();
        (
            TrapLevel::Warn,
            format!("MQLs made mostly of {name} are weak"),
            format!(
                "{} of {} mature MQLs and explored leads ({}) owe more than half of their score to {name}. They {}.",
                self.n("leads"),
                format::count(self.get("leads") + self.get("others")),
                self.share("share"),
                self.against_the_others(),
            ),
            format!("Cap {name}, so that it takes a second sign to reach the bar."),
        )
    }

    fn wrong_crowd(&self) -> Words {
        let name = self.subject();
        (
            TrapLevel::Warn,
            format!("Leads with {name} are after something else"),
            format!(
                "{} of {} worked leads had a {name} before they were handed over. They {}. Whatever else they do scores all the same.",
                self.n("leads"),
                format::count(self.get("leads") + self.get("others")),
                self.against_the_others(),
            ),
            format!("Give {name} negative points, or keep such leads out of the MQLs."),
        )
    }

    fn other_purpose(&self) -> Words {
        let name = self.subject();
        let says = if self.get("young") > 0.0 {
            let worked = match self.get("leads") {
                0.0 => "None of them was".to_string(),
                n => format!("Only {} of them was", format::count(n)),
            };
            format!(
                "{} of {} leads had a {name} in their first 30 days; by its name it has another purpose than buying. {worked} handed over and can be followed, so how they convert is not known.",
                self.n("young"),
                self.n("all_young"),
            )
        } else {
            format!(
                "{} of {} worked leads had a {name} before they were handed over; by its name it has another purpose than buying. They {}: too few to prove that they are worse.",
                self.n("leads"),
                format::count(self.get("leads") + self.get("others")),
                self.against_the_others(),
            )
        };
        (
            TrapLevel::Notice,
            format!("Leads with {name} may be after something else"),
            says,
            format!("Keep an eye on them; {name} gives no points, but whatever else they do scores all the same."),
        )
    }

    fn hand_raiser_missed(&self) -> Words {
        let name = self.subject();
        let fare = match (self.get("missed_sqls") > 0.0, self.check.p) {
            (true, Some(p)) if p < super::ALPHA && self.get("missed_rate") > self.get("quiet_rate") => format!(
                " {} of them became SQLs on their own ({}; {}), of the other leads below the bar {}.",
                self.n("missed_sqls"),
                self.share("missed_rate"),
                self.range("missed_rate_low", "missed_rate_high"),
                self.share("quiet_rate"),
            ),
            (true, _) => format!(
                " {} of them became SQLs on their own ({}), of the other leads below the bar {}: too few to tell them apart.",
                self.n("missed_sqls"),
                self.share("missed_rate"),
                self.share("quiet_rate"),
            ),
            _ => " None of them became an SQL; how they would have fared as MQLs is not known.".to_string(),
        };
        (
            TrapLevel::Notice,
            format!("{} people asked for sales and never became MQLs", self.n("missed")),
            format!(
                "{} of {} leads with a {name} ({}; {}) never reached the bar of {}: the request gives {} points. {} of them came to {} or more.{fare}",
                self.n("missed"),
                self.n("asked"),
                self.share("share"),
                self.range("share_low", "share_high"),
                format::grouped(self.get("bar"), 0),
                format::grouped(self.get("points"), 0),
                self.n("just_below"),
                format::grouped(self.get("just_below_from"), 0),
            ),
            format!("Let sales work some of them, marked as explored; if they pay, make {name} an MQL by itself."),
        )
    }

    fn machine_opens(&self) -> Words {
        let list = |names: &[String]| names.join(", ");
        let read_as = format!(
            "opens: {}{}",
            list(&self.counts.opens),
            if self.counts.clicks.is_empty() {
                String::new()
            } else {
                format!("; clicks: {}", list(&self.counts.clicks))
            }
        );
        let vanish = format!(
            "Without opens and instant clicks, {} of {} mature MQLs ({}) would not have reached the bar; they become SQLs at {}, the others at {} ({read_as}).",
            self.n("vanishing"),
            self.n("mqls"),
            self.share("vanishing_share"),
            self.share("rate"),
            self.share("others_rate"),
        );
        let (title, sign) = if self.get("jumped") > 0.0 {
            (
                "Machines seem to open the e-mails that make MQLs",
                format!(
                    "A lead's first 30 days now hold {} opens, {} before ({} times as many), while clicks did not follow ({} times). ",
                    self.decimal("opens_after"),
                    self.decimal("opens_before"),
                    self.decimal("opens_ratio"),
                    self.decimal("clicks_ratio"),
                ),
            )
        } else if self.get("instant_share") >= super::email::LEAST_INSTANT {
            (
                "Machines seem to click the e-mails that make MQLs",
                format!(
                    "{} of young leads have a click within two seconds of another action on an e-mail. ",
                    self.share("instant_share")
                ),
            )
        } else {
            ("MQLs that need opened e-mails are worth little", String::new())
        };
        (
            TrapLevel::Warn,
            title.to_string(),
            format!("{sign}{vanish}"),
            "Give opens no points, and leave out clicks that come with the open; then judge the bar again.".to_string(),
        )
    }

    fn criterion_drift(&self) -> Words {
        let name = self.subject();
        let direction = if self.get("ratio") >= 1.0 { "more" } else { "fewer" };
        (
            TrapLevel::Notice,
            format!("Leads now have {direction} {name} than before"),
            format!(
                "A lead's first 30 days hold {direction} of it: {} now ({} leads of the last three months), {} before ({} leads). The stability index is {}; chance alone stays under {} in 19 of 20 cases. A score reached with it is not the score of then.",
                format::grouped(self.get("after"), 2),
                self.n("leads_after"),
                format::grouped(self.get("before"), 2),
                self.n("leads_before"),
                format::grouped(self.get("psi"), 2),
                format::grouped(self.get("psi_limit"), 2),
            ),
            format!("Find out what changed (tracking, campaigns, machines) before {name} is judged by older leads."),
        )
    }

    fn mix_drift(&self) -> Words {
        let name = self.subject();
        (
            TrapLevel::Notice,
            format!("The leads are others than before: {name}"),
            format!(
                "{name} makes up {} of the leads of the last three months ({}), {} of those before ({}). The stability index over the whole mix is {}; chance alone stays under {} in 19 of 20 cases.",
                self.share("share_after"),
                self.n("leads_after"),
                self.share("share_before"),
                self.n("leads_before"),
                format::grouped(self.get("psi"), 2),
                format::grouped(self.get("psi_limit"), 2),
            ),
            "Compare rates within it, not overall; the bar rests on the mix of then.".to_string(),
        )
    }

    fn score_inflation(&self) -> Words {
        (
            TrapLevel::Warn,
            "Scores are inflated: more MQLs, fewer SQLs of them".to_string(),
            format!(
                "Within 30 days, {} of later leads become MQLs ({} leads), {} of earlier ones; of these MQLs, {} become SQLs ({} MQLs), {} before. The same bar is reached more easily and means less.",
                self.share("mql_share_after"),
                self.n("leads_after"),
                self.share("mql_share_before"),
                self.share("rate_after"),
                self.n("mqls_after"),
                self.share("rate_before"),
            ),
            "Judge the bar by the later months alone, and look which criterion grew.".to_string(),
        )
    }

    fn gamed_criterion(&self) -> Words {
        let name = self.subject();
        (
            TrapLevel::Warn,
            format!("{name} may be gamed since the criteria changed"),
            format!(
                "Since the last change of the criteria a lead's first 30 days hold {} of it, {} before ({} times as many), and leads with it become SQLs at {} ({} leads), {} before ({} leads). It is made to score, not meant.",
                format::grouped(self.get("after"), 2),
                format::grouped(self.get("before"), 2),
                self.decimal("ratio"),
                self.share("rate_after"),
                self.n("leads_after"),
                self.share("rate_before"),
                self.n("leads_before"),
            ),
            format!(
                "Check where {name} comes from (who logs it, which campaign buys it), and judge its points by the time after the change alone."
            ),
        )
    }

    fn junk_channel(&self) -> Words {
        let name = self.subject();
        (
            TrapLevel::Warn,
            format!("MQLs from {name} are worth far less at the same score"),
            format!(
                "{name} brings {} of the worked leads ({} of {}). They {}.",
                self.share("share"),
                self.n("leads"),
                format::count(self.get("leads") + self.get("others")),
                self.against_the_others(),
            ),
            format!(
                "Give leads from {name} a higher bar, or no points for what the channel itself brings about (clicks, downloads), and weigh what it costs."
            ),
        )
    }
}
