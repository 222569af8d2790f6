//! Who did what, and when?

use super::reader::Reader;
use super::rows::{Refusal, RowView};
use crate::finding::masked;

impl Reader<'_> {
    pub(super) fn activity(&mut self, view: &RowView) -> Result<(), Refusal> {
        let kind = view.required("type")?;
        let kind = view.columns.precise(view.columns.value("type", &kind), view.record).into_owned();
        let at = view.when("at")?.ok_or_else(|| Refusal::of("at", "missing_value", ""))?;
        let lead = self.person_of(view)?;
        let next = self.type_of.len() as u32;
        let kind = *self.type_of.entry(kind).or_insert_with_key(|name| {
            self.activities.types.push(name.clone());
            next
        });
        let all = &mut self.activities;
        if let Some(activity_id) = view.text("activity_id") {
            let place = *self.activity_ids.entry(activity_id).or_insert(all.lead.len());
            if place < all.lead.len() {
                // Of rows with one id the earliest counts, in whichever order they come.
                let name = |kind: u32| &all.types[kind as usize];
                if (at.from_s, lead, name(kind)) < (all.at_s[place], all.lead[place], name(all.kind[place])) {
                    (all.lead[place], all.kind[place]) = (lead, kind);
                    (all.day[place], all.at_s[place]) = (at.day.0, at.from_s);
                }
                self.findings.add("activities::duplicate", || masked(&self.leads.id[lead as usize]));
                return Ok(());
            }
        }
        all.lead.push(lead);
        all.kind.push(kind);
        all.day.push(at.day.0);
        all.at_s.push(at.from_s);
        Ok(())
    }

    pub(super) fn count_duplicate_activities(&mut self) {
        let a = &self.activities;
        let mut order: Vec<u32> = (0..a.lead.len() as u32).collect();
        order.sort_unstable_by_key(|i| (a.lead[*i as usize], a.at_s[*i as usize], a.kind[*i as usize]));
        for pair in order.windows(2) {
            let (x, y) = (pair[0] as usize, pair[1] as usize);
            if (a.lead[x], a.at_s[x], a.kind[x]) == (a.lead[y], a.at_s[y], a.kind[y]) {
                let id = &self.leads.id[a.lead[x] as usize];
                self.findings.add("activities::duplicate", || masked(id));
            }
        }
    }

    pub(super) fn count_unscored(&mut self) {
        if self.plan.criteria.is_empty() {
            return;
        }
        let scored: Vec<bool> = self
            .activities
            .types
            .iter()
            .map(|name| self.plan.criteria.iter().any(|version| version.points.contains_key(name)))
            .collect();
        for kind in self.activities.kind.iter().filter(|kind| !scored[**kind as usize]) {
            let name = &self.activities.types[*kind as usize];
            self.findings.add_distinct("activities::unscored_type", &masked(name));
        }
    }
}
