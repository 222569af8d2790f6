//! What channels cost, as the platforms that took the money export it, and as finance keeps it.

use super::{Sheet, Spend, decimal, first_of, grouped, last_of};
use chrono::{Datelike, Days, NaiveDate};

/// The table as ours.
pub fn canonical(spend: &[Spend]) -> Sheet {
    let mut sheet = Sheet::of(&["month", "channel", "amount", "currency"]);
    for row in spend {
        sheet.row([&row.month, &row.channel, &decimal(row.cents), &row.currency]);
    }
    sheet
}

/// An amount in `n` parts that add up to it again.
fn parts(cents: i64, n: i64) -> impl Iterator<Item = i64> {
    (0..n).map(move |at| cents * (at + 1) / n - cents * at / n)
}

/// Days of a month on which there are rows.
fn days(month: &str) -> [NaiveDate; 4] {
    [0, 7, 14, 21].map(|days| first_of(month) + Days::new(days))
}

fn clicks(cents: i64) -> i64 {
    cents.max(0) / 210
}

/// Google Ads, "CSV (Excel)": UTF-16 and tabs, a title, the range, a row a day and campaign, totals. Days without spend have
/// `--`. A credit is a row of its own.
pub fn google_ads(spend: &[Spend], currency: &str) -> Sheet {
    let mut sheet =
        Sheet::of(&["Day", "Campaign", "Campaign ID", "Currency code", "Cost", "Impr.", "Clicks", "Conversions"]);
    let months: Vec<&str> = spend.iter().map(|row| row.month.as_str()).collect();
    if let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) {
        let range = format!("\"{} - {}\"", first_of(first).format("%B %-d, %Y"), last_of(last).format("%B %-d, %Y"));
        sheet.above = vec!["Campaign report".to_string(), range];
    }
    for row in spend {
        let pieces = if row.cents < 0 { 1 } else { 4 };
        for (at, (day, cents)) in days(&row.month).iter().zip(parts(row.cents, pieces)).enumerate() {
            let (campaign, id) = [("search-brand", "18200001"), ("search-capacity-planning", "18200002")][at % 2];
            let day = day.to_string();
            let impressions = grouped(clicks(cents) * 2300, ',', '.');
            sheet.row([
                &day,
                campaign,
                id,
                currency,
                &grouped(cents, ',', '.'),
                impressions.trim_end_matches(".00"),
                &clicks(cents).to_string(),
                "--",
            ]);
            if at == 0 && row.cents > 0 {
                sheet.row([&day, "search-paused", "18200003", currency, "--", "0", "0", "--"]);
            }
        }
    }
    let total: i64 = spend.iter().map(|row| row.cents).sum();
    let total = grouped(total, ',', '.');
    sheet.below = ["Total: Campaigns", "Total: Account"]
        .map(|name| format!("{name}\t --\t --\t{currency}\t\"{total}\"\t\"9,999,999\"\t\"99,999\"\t--"))
        .to_vec();
    sheet
}

/// Meta Ads Manager without a breakdown by day: a row a month and campaign, a total row with blanks.
pub fn meta(spend: &[Spend], currency: &str) -> Sheet {
    let amount = format!("Amount spent ({currency})");
    let mut sheet = Sheet::of(&[
        "Reporting starts",
        "Reporting ends",
        "Campaign name",
        "Ad set name",
        "Ad name",
        &amount,
        "Impressions",
        "Link clicks",
        "Results",
        "Result indicator",
    ]);
    for row in spend {
        let (from, to) = (first_of(&row.month).to_string(), last_of(&row.month).to_string());
        for (campaign, cents) in ["social-retargeting", "social-leadgen-forms"].into_iter().zip(parts(row.cents, 2)) {
            let (shown, clicked) = ((clicks(cents) * 40).to_string(), clicks(cents).to_string());
            sheet.row([
                &from,
                &to,
                campaign,
                "All",
                "All",
                &decimal(cents),
                &shown,
                &clicked,
                "3",
                "actions:offsite_conversion.fb_pixel_lead",
            ]);
        }
    }
    let total: i64 = spend.iter().map(|row| row.cents).sum();
    sheet.row(["", "", "", "", "", &decimal(total), "", "", "", ""]);
    sheet
}

/// LinkedIn Campaign Manager: UTF-16 and tabs, five lines before the header, M/D/YYYY, days of UTC, a total.
pub fn linkedin(spend: &[Spend], currency: &str) -> Sheet {
    let mut sheet = Sheet::of(&[
        "Start Date (in UTC)",
        "Account Name",
        "Currency",
        "Campaign Group Name",
        "Campaign Name",
        "Campaign ID",
        "Campaign Type",
        "Campaign Status",
        "Total Spent",
        "Impressions",
        "Clicks",
        "Average CTR",
        "Leads",
    ]);
    let months: Vec<&str> = spend.iter().map(|row| row.month.as_str()).collect();
    if let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) {
        let spelled = |day: NaiveDate, time: &str| format!("{}, {time}", day.format("%B %-d, %Y"));
        sheet.above = vec![
            "Campaign Performance Report (in UTC)".to_string(),
            format!("\"Report Start: {}\"", spelled(first_of(first), "12:00 AM")),
            format!("\"Report End: {}\"", spelled(last_of(last), "11:59 PM")),
            "\"Date Generated: November 2, 2026, 8:14 AM\"".to_string(),
            String::new(),
        ];
    }
    for row in spend {
        for (day, cents) in days(&row.month).iter().zip(parts(row.cents, 4)) {
            sheet.row([
                &format!("{}/{}/{}", day.month(), day.day(), day.year()),
                "Our account",
                currency,
                "Default Campaign Group",
                "social-leadgen-forms",
                "300400500",
                "Sponsored Content",
                "Active",
                &decimal(cents),
                &(clicks(cents) * 50).to_string(),
                &clicks(cents).to_string(),
                "0.02",
                "1",
            ]);
        }
    }
    let total: i64 = spend.iter().map(|row| row.cents).sum();
    sheet.below = vec![format!("Total\t\t{currency}\t\t\t\t\t\t{}\t0\t0\t\t0", decimal(total))];
    sheet
}

/// Microsoft Ads as a connector stores it.
pub fn microsoft_ads(spend: &[Spend]) -> Sheet {
    let mut sheet = Sheet::of(&[
        "date",
        "account_id",
        "campaign_id",
        "currency_code",
        "spend",
        "clicks",
        "impressions",
        "conversions",
    ]);
    for row in spend {
        for (day, cents) in days(&row.month).iter().zip(parts(row.cents, 4)) {
            let (clicked, shown) = (clicks(cents).to_string(), (clicks(cents) * 30).to_string());
            sheet.row([&day.to_string(), "140200", "360700", &row.currency, &decimal(cents), &clicked, &shown, "0"]);
        }
    }
    sheet
}

/// Google Analytics 4: sessions by channel group. There is no money in it, so it is no table of ours.
pub fn ga4(months: &[&str]) -> Sheet {
    let mut sheet = Sheet::of(&["Date", "Session default channel group", "Sessions", "Engaged sessions", "Key events"]);
    let rule = "# ----------------------------------------".to_string();
    let spelled = |day: Option<NaiveDate>| day.map(|day| day.format("%Y%m%d").to_string()).unwrap_or_default();
    sheet.above = vec![
        rule.clone(),
        "# Traffic acquisition: Session default channel group".to_string(),
        "# Account: Our account".to_string(),
        "# Property: Our site".to_string(),
        rule,
        "# ".to_string(),
        "# All Users".to_string(),
        format!("# Start date: {}", spelled(months.iter().min().map(|month| first_of(month)))),
        format!("# End date: {}", spelled(months.iter().max().map(|month| last_of(month)))),
    ];
    for month in months {
        for (channel, sessions) in
            [("Organic Search", 812), ("Paid Search", 455), ("Paid Social", 390), ("Referral", 87)]
        {
            let day = first_of(month).format("%Y%m%d").to_string();
            sheet.row([
                &day,
                channel,
                &sessions.to_string(),
                &(sessions / 2).to_string(),
                &(sessions / 40).to_string(),
            ]);
        }
    }
    sheet.below = vec![",Grand total,99999,49999,2499".to_string()];
    sheet
}

/// The months of a German calendar, as a spreadsheet shortens them.
const MONATE: [&str; 12] = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];

/// A budget that somebody keeps in a German spreadsheet: semicolons, `1.234,56 €`, `Okt 2026`. `name` is what the channel is
/// called there.
pub fn budget(spend: &[Spend], name: impl Fn(&str) -> String) -> Sheet {
    let mut sheet = Sheet::of(&["Monat", "Kanal", "Betrag", "Bemerkung"]);
    for row in spend {
        let first = first_of(&row.month);
        let month = format!("{} {}", MONATE[first.month0() as usize], first.year());
        let remark = if row.cents < 0 { "Gutschrift" } else { "" };
        sheet.row([&month, &name(&row.channel), &format!("{} €", grouped(row.cents, '.', ',')), remark]);
    }
    sheet
}
