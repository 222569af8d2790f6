//! What is the last visible day, and what lies after it?

use super::DealStatus;
use super::reader::Reader;
use crate::finding::masked;
use crate::report::format;
use crate::vocabulary::{Day, Stage};

impl Reader<'_> {
    /// The latest day of a lead or stage entry (of a closed deal where there is no stage history) that does not
    /// follow a silence of more than 45 days; a few stray dates after such a silence are errors, not history.
    pub(super) fn last_visible_day(&self) -> Day {
        let mut days: Vec<i32> = self.leads.created.iter().map(|when| when.day.0).collect();
        days.extend(self.stages.iter().map(|entry| entry.entered.day.0));
        // Where the history ends at the MQL, wins and losses are what came later.
        let ends_at_mql = self.stages.iter().all(|entry| entry.stage <= Stage::Mql);
        if ends_at_mql {
            let closed = self.deals.iter().filter(|deal| deal.status != DealStatus::Open);
            days.extend(closed.filter_map(|deal| deal.closed).map(|when| when.day.0));
        }
        days.sort_unstable();
        // Walk back over trailing runs that are cut off by a silence and hold next to nothing.
        let mut end = days.len();
        while let Some(gap) = (1..end).rev().find(|i| days[*i] - days[i - 1] > SILENCE_DAYS) {
            let run = end - gap;
            if run > (days.len() / 100).max(2) || run >= gap {
                break;
            }
            end = gap;
        }
        Day(end.checked_sub(1).map_or(0, |last| days[last]))
    }

    /// The last day up to `as_of` on which anything happened to a lead.
    pub(super) fn last_event(&self, as_of: Day) -> Day {
        let created = self.leads.created.iter().map(|when| when.day);
        let stages = self.stages.iter().map(|entry| entry.entered.day);
        let activities = self.activities.day.iter().map(|day| Day(*day));
        let deals = self.deals.iter().flat_map(|deal| [deal.opened, deal.closed]).flatten().map(|when| when.day);
        let days = created.chain(stages).chain(activities).chain(deals);
        days.filter(|day| *day <= as_of).max().unwrap_or(as_of)
    }

    pub(super) fn count_unseen(&mut self, as_of: Day) {
        let unseen = |day: Day| day > as_of;
        for (id, when) in self.leads.id.iter().zip(&self.leads.created) {
            if unseen(when.day) {
                self.findings.add("leads::after_as_of", || masked(id));
            }
        }
        for entry in self.stages.iter().filter(|entry| unseen(entry.entered.day)) {
            let id = &self.leads.id[entry.lead as usize];
            self.findings.add("stage_history::after_as_of", || masked(id));
        }
        for (lead, day) in self.activities.lead.iter().zip(&self.activities.day) {
            if unseen(Day(*day)) {
                let id = &self.leads.id[*lead as usize];
                self.findings.add("activities::after_as_of", || masked(id));
            }
        }
        for deal in &self.deals {
            if [deal.opened, deal.closed].iter().flatten().any(|when| unseen(when.day)) {
                self.findings.add("deals::after_as_of", || masked(&deal.id));
            }
        }
        for row in &self.spend {
            if unseen(row.day.unwrap_or(row.month.first_day())) {
                self.findings
                    .add("spend::after_as_of", || format!("{} {}", format::month_compact(row.month), row.channel));
            }
        }
    }
}

/// Days without any event after which later events are taken for errors.
pub(super) const SILENCE_DAYS: i32 = 45;
