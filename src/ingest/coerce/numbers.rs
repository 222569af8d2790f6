//! How does the text of a cell become an amount, and what does its column settle?

use crate::config::plan::DecimalMark;
use crate::vocabulary::Money;

/// An amount, and the currency where the cell itself names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The amount.
    pub money: Money,
    /// Three letters; "$" and "kr" name none, for several countries write them.
    pub currency: Option<String>,
}

/// Why a cell could not be read as an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAmount {
    /// No amount at all.
    Impossible,
    /// Its decimal mark and its thousands separator cannot be told apart.
    Ambiguous,
}

/// What the decimal mark of a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The project file or a cell settles it; the cell.
    Settled(DecimalMark, String),
    /// No cell settles it; the first that would need it.
    Open(String),
    /// As many cells say one as say the other; the first of each.
    Contested(String, String),
}

/// How the cells of one column are read.
#[derive(Clone, Debug)]
pub struct AmountReader {
    /// The decimal mark.
    pub mark: Mark,
    /// Whether cells are units, thousands, hundredths …: the power of ten that they are multiplied by.
    pub scale: i32,
    /// The currency that the header names.
    pub currency: Option<String>,
}

impl AmountReader {
    /// Reads a cell that no column stands around.
    pub fn alone() -> AmountReader {
        AmountReader { mark: Mark::Open(String::new()), scale: 0, currency: None }
    }

    /// Reads an amount: "1,234.56", "1.234,56 €", "(1,200)", "EUR 45.3k", "1.5E+04".
    pub fn read(&self, text: &str) -> Result<Amount, NoAmount> {
        let cell = Cell::of(text).ok_or(NoAmount::Impossible)?;
        let digits = match (digits(cell.core).ok_or(NoAmount::Impossible)?, &self.mark) {
            (Digits::Plain(digits), _) => digits,
            (Digits::Settled(..) | Digits::Open { .. }, Mark::Contested(..)) => return Err(NoAmount::Ambiguous),
            (Digits::Settled(mark, digits), Mark::Settled(settled, _)) if mark == *settled => digits,
            (Digits::Settled(..), Mark::Settled(..)) => return Err(NoAmount::Impossible),
            (Digits::Settled(_, digits), Mark::Open(_)) => digits,
            (Digits::Open { point: true, grouped, fraction }, Mark::Settled(mark, _)) => match mark {
                DecimalMark::Point => fraction,
                DecimalMark::Comma => grouped,
            },
            (Digits::Open { point: false, grouped, fraction }, Mark::Settled(mark, _)) => match mark {
                DecimalMark::Point => grouped,
                DecimalMark::Comma => fraction,
            },
            // "1,250" is a thousand to most who write it. "1.250" is a thousand in one country and one and a quarter
            // in another: a wrong guess is wrong by a factor of 1,000.
            (Digits::Open { point: true, .. }, Mark::Open(_)) => return Err(NoAmount::Ambiguous),
            (Digits::Open { point: false, grouped, .. }, Mark::Open(_)) => grouped,
        };
        // A cell that says "45k" itself is not multiplied once more because its header says thousands.
        let scale = if cell.exponent > 0 { self.scale.min(0) } else { self.scale };
        let exponent = digits.exponent + cell.exponent + scale;
        let value = scaled(digits.mantissa, exponent).ok_or(NoAmount::Impossible)?;
        let money = Money(if cell.negative { -value } else { value });
        Ok(Amount { money, currency: cell.currency.map(|code| code.to_ascii_uppercase()) })
    }
}

/// What the cells of one column say about its decimal mark, gathered cell by cell.
#[derive(Clone, Debug, Default)]
pub struct AmountEvidence {
    point: Votes,
    comma: Votes,
    open: Option<String>,
}

/// Cells that say one thing, and the first of them.
#[derive(Clone, Debug, Default)]
struct Votes {
    count: u64,
    first: String,
}

impl Votes {
    fn add(&mut self, cell: &str) {
        if self.count == 0 {
            self.first = cell.to_string();
        }
        self.count += 1;
    }
}

impl AmountEvidence {
    /// Takes in one cell that has a value.
    pub fn see(&mut self, cell: &str) {
        match Cell::of(cell).and_then(|cell| digits(cell.core)) {
            Some(Digits::Settled(DecimalMark::Point, _)) => self.point.add(cell),
            Some(Digits::Settled(DecimalMark::Comma, _)) => self.comma.add(cell),
            Some(Digits::Open { .. }) if self.open.is_none() => self.open = Some(cell.to_string()),
            _ => {}
        }
    }

    /// What the column says about its decimal mark; where cells contradict each other, what most of them say.
    pub fn mark(&self) -> Mark {
        match self.point.count.cmp(&self.comma.count) {
            std::cmp::Ordering::Greater => Mark::Settled(DecimalMark::Point, self.point.first.clone()),
            std::cmp::Ordering::Less => Mark::Settled(DecimalMark::Comma, self.comma.first.clone()),
            std::cmp::Ordering::Equal if self.point.count > 0 => {
                Mark::Contested(self.point.first.clone(), self.comma.first.clone())
            }
            std::cmp::Ordering::Equal => Mark::Open(self.open.clone().unwrap_or_default()),
        }
    }

    /// Where cells contradict each other: how many say the decimal mark is a point, how many a comma, each with the
    /// first of them.
    pub fn contradiction(&self) -> Option<[(u64, &str); 2]> {
        let both = self.point.count > 0 && self.comma.count > 0;
        both.then(|| [&self.point, &self.comma].map(|votes| (votes.count, votes.first.as_str())))
    }
}

/// A cell taken apart: its sign, its currency, its power of ten, and the digits with their marks.
struct Cell<'a> {
    negative: bool,
    currency: Option<&'a str>,
    exponent: i32,
    core: &'a str,
}

/// Spaces that stand in amounts.
const SPACES: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2007}', '\t'];

/// Signs of currencies, and the currency where there is only one that is written so. The longer come first.
const SIGNS: [(&str, Option<&str>); 24] = [
    ("US$", Some("USD")),
    ("NZ$", Some("NZD")),
    ("HK$", Some("HKD")),
    ("CA$", Some("CAD")),
    ("AU$", Some("AUD")),
    ("R$", Some("BRL")),
    ("A$", Some("AUD")),
    ("C$", Some("CAD")),
    ("S$", Some("SGD")),
    ("$", None),
    ("€", Some("EUR")),
    ("£", Some("GBP")),
    ("CN¥", Some("CNY")),
    ("RMB", Some("CNY")),
    ("¥", Some("JPY")),
    ("₹", Some("INR")),
    ("zł", Some("PLN")),
    ("Kč", Some("CZK")),
    ("SFr.", Some("CHF")),
    ("Fr.", Some("CHF")),
    ("Fr", Some("CHF")),
    ("kr.", None),
    ("kr", None),
    ("Kr", None),
];

/// What a word after the digits multiplies them by, as a power of ten.
const MULTIPLES: [(&str, i32); 11] = [
    ("k", 3),
    ("tsd", 3),
    ("tsd.", 3),
    ("m", 6),
    ("mm", 6),
    ("mn", 6),
    ("mio", 6),
    ("mio.", 6),
    ("bn", 9),
    ("mrd", 9),
    ("mrd.", 9),
];

/// The currencies of ISO 4217 that business is done in.
const CODES: &str = "AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CRC CZK DKK DOP DZD EGP EUR GBP GEL GHS GTQ HKD HRK \
    HUF IDR ILS INR ISK JOD JPY KES KRW KWD KZT LBP LKR MAD MXN MYR NGN NOK NZD OMR PAB PEN PHP PKR PLN PYG QAR RON RSD \
    RUB SAR SEK SGD THB TND TRY TWD TZS UAH UGX USD UYU VND XAF XOF ZAR";

/// Those that a header may name in small letters without being taken for a word.
const SMALL: [&str; 14] =
    ["usd", "eur", "gbp", "chf", "cad", "aud", "nzd", "jpy", "brl", "inr", "sek", "nok", "dkk", "pln"];

/// Whether three letters are a currency.
fn is_code(word: &str) -> bool {
    word.len() == 3 && CODES.split_ascii_whitespace().any(|code| code.eq_ignore_ascii_case(word))
}

impl<'a> Cell<'a> {
    fn of(text: &'a str) -> Option<Cell<'a>> {
        let mut cell =
            Cell { negative: false, currency: None, exponent: 0, core: super::unprotected(text.trim_matches(SPACES)) };
        let (mut signed, mut priced, mut multiplied) = (false, false, false);
        // Sign, brackets and currency stand in any order on both sides: "-$5", "$ (5)", "5- EUR".
        loop {
            let core = cell.core;
            let (first, last) = (core.chars().next()?, core.chars().next_back()?);
            if first.is_ascii_digit() && last.is_ascii_digit() {
                return Some(cell);
            }
            if let Some(rest) = without_dash(core) {
                cell.core = rest;
                continue;
            }
            let inner = core.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            let minus = inner
                .or_else(|| core.strip_prefix(['-', '−']))
                .or_else(|| core.strip_suffix(['-', '−']).filter(|rest| !rest.is_empty()));
            if let Some(rest) = minus.or_else(|| core.strip_prefix('+')) {
                if std::mem::replace(&mut signed, true) {
                    return None;
                }
                cell.negative = minus.is_some();
                cell.core = rest.trim_matches(SPACES);
                continue;
            }
            if let Some((currency, rest)) = currency_beside(core) {
                if std::mem::replace(&mut priced, true) {
                    return None;
                }
                cell.currency = currency;
                cell.core = rest.trim_matches(SPACES);
                continue;
            }
            if let Some((exponent, rest)) = multiple_after(core) {
                if std::mem::replace(&mut multiplied, true) {
                    return None;
                }
                cell.exponent = exponent;
                cell.core = rest.trim_matches(SPACES);
                continue;
            }
            // What is left may begin or end with its decimal mark: ".5", "12.".
            return Some(cell);
        }
    }
}

/// An amount whose cents are a dash, "1.000,-" or "1000.–", without the dash: its mark stays, for it is the decimal mark.
fn without_dash(text: &str) -> Option<&str> {
    let rest = text.trim_end_matches(['-', '–', '—', '−']);
    let before = rest.strip_suffix([',', '.'])?;
    (rest.len() < text.len() && before.ends_with(|c: char| c.is_ascii_digit())).then_some(rest)
}

/// The currency at the beginning or end of a cell, and what is left.
fn currency_beside(text: &str) -> Option<(Option<&str>, &str)> {
    for (sign, code) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return Some((code, rest));
        }
    }
    if let (Some(word), Some(rest)) = (text.get(..3), text.get(3..))
        && is_code(word)
        && !rest.starts_with(char::is_alphabetic)
    {
        return Some((Some(word), rest));
    }
    let at = text.len().checked_sub(3)?;
    let (rest, word) = (text.get(..at)?, text.get(at..)?);
    (is_code(word) && !rest.ends_with(char::is_alphabetic)).then_some((Some(word), rest))
}

/// The multiple at the end of a cell, as a power of ten, and what is left.
fn multiple_after(text: &str) -> Option<(i32, &str)> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    let end = bare.trim_end_matches(char::is_alphabetic).len();
    let (rest, word) = (text.get(..end)?, text.get(end..)?);
    let found = MULTIPLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
    Some((found.1, rest))
}

/// All digits as one whole number, and the power of ten that it is multiplied by.
#[derive(Clone, Copy)]
struct Scaled {
    mantissa: u128,
    exponent: i32,
}

/// The digits of a cell, and what its marks say.
enum Digits {
    /// No mark, or marks that are no decimal marks anywhere.
    Plain(Scaled),
    /// The marks can be read in one way only, in which the decimal mark is this one.
    Settled(DecimalMark, Scaled),
    /// "1.250" or "1,250": thousands or thousandths.
    Open { point: bool, grouped: Scaled, fraction: Scaled },
}

/// More marks than any amount has.
const MOST_GROUPS: usize = 16;

/// Reads digits with their marks; `None` where they are no number.
fn digits(core: &str) -> Option<Digits> {
    let (core, power, scientific) = match core.rsplit_once(['E', 'e']) {
        None => (core, 0, false),
        Some((before, power)) => {
            // As spreadsheets write it, with a sign; "1e9" may as well be an id.
            let digits = power.strip_prefix(['+', '-']).filter(|digits| matches!(digits.len(), 1..=2))?;
            let size: i32 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
            (before, if power.starts_with('-') { -size } else { size }, true)
        }
    };
    let mut marks = ['\0'; MOST_GROUPS];
    let mut lengths = [0_usize; MOST_GROUPS + 1];
    let (mut count, mut total, mut mantissa) = (0, 0, 0_u128);
    for c in core.chars() {
        if let Some(digit) = c.to_digit(10) {
            *lengths.get_mut(count)? += 1;
            total += 1;
            mantissa = mantissa * 10 + u128::from(digit);
            if total > 30 {
                return None;
            }
            continue;
        }
        *marks.get_mut(count)? = match c {
            '.' | ',' => c,
            '\'' | '’' => '\'',
            c if SPACES.contains(&c) => ' ',
            _ => return None,
        };
        count += 1;
    }
    if total == 0 {
        return None;
    }
    let whole = Scaled { mantissa, exponent: power };
    let (marks, lengths) = (marks.get(..count)?, lengths.get(..=count)?);
    let Some((last, before)) = marks.split_last() else { return Some(Digits::Plain(whole)) };
    let after = *lengths.last()?;
    let fraction = Scaled { mantissa, exponent: power - after as i32 };
    let decimal = match last {
        '.' => Some(DecimalMark::Point),
        ',' => Some(DecimalMark::Comma),
        _ => None,
    };
    let other = match last {
        '.' => DecimalMark::Comma,
        _ => DecimalMark::Point,
    };
    match (before.first(), decimal) {
        // One mark.
        (None, Some(mark)) => {
            let open = after == 3 && matches!(lengths, [1..=3, _]) && !core.starts_with('0') && !scientific;
            Some(match open {
                true => Digits::Open { point: *last == '.', grouped: whole, fraction },
                false => Digits::Settled(mark, fraction),
            })
        }
        (None, None) => is_grouped(lengths).then_some(Digits::Plain(whole)),
        // Several of a kind are thousands separators.
        (Some(kind), _) if before.iter().all(|mark| mark == kind) && kind == last => is_grouped(lengths)
            .then_some(if decimal.is_some() { Digits::Settled(other, whole) } else { Digits::Plain(whole) }),
        // The last one is another: it is the decimal mark.
        (Some(kind), Some(mark)) if before.iter().all(|mark| mark == kind) => {
            is_grouped(lengths.get(..count)?).then_some(Digits::Settled(mark, fraction))
        }
        _ => None,
    }
}

/// Groups of three digits, or of two with a last one of three, as in India.
fn is_grouped(lengths: &[usize]) -> bool {
    let Some((first, rest)) = lengths.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return false };
    let thousands = (1..=3).contains(first) && middle.iter().all(|length| *length == 3);
    let lakhs = (1..=2).contains(first) && !middle.is_empty() && middle.iter().all(|length| *length == 2);
    *last == 3 && (thousands || lakhs)
}

/// The whole number times a power of ten, in 1/10 000; the fifth decimal rounds the fourth, half away from zero.
fn scaled(mantissa: u128, exponent: i32) -> Option<i64> {
    if mantissa == 0 {
        return Some(0);
    }
    let shift = exponent + 4;
    let value = match u32::try_from(shift) {
        Ok(up) => mantissa.checked_mul(10_u128.checked_pow(up)?)?,
        Err(_) => match 10_u128.checked_pow(shift.unsigned_abs()) {
            Some(down) => (mantissa + down / 2) / down,
            None => 0,
        },
    };
    i64::try_from(value).ok().filter(|value| *value <= i64::MAX / 1_000_000)
}

/// The currency that a header names: "Amount spent (USD)", "Cost [EUR]", "Amount in EUR", "Betrag (€)", "cost_usd".
pub fn header_currency(header: &str) -> Option<String> {
    let words = || header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let last = words().next_back().filter(|_| words().count() > 1);
    if let Some(word) = last
        && is_code(word)
        && (word.bytes().all(|b| b.is_ascii_uppercase()) && !is_shouted(header)
            || SMALL.contains(&&*word.to_lowercase()))
    {
        return Some(word.to_ascii_uppercase());
    }
    let bracketed = header.split(['(', '[']).skip(1).filter_map(|rest| rest.split([')', ']']).next()).map(str::trim);
    for inside in bracketed {
        if is_code(inside) {
            return Some(inside.to_ascii_uppercase());
        }
        if let Some((_, Some(code))) = SIGNS.iter().find(|(sign, _)| *sign == inside) {
            return Some((*code).to_string());
        }
        // "(Tsd. €)".
        let code = inside.split_whitespace().find_map(|word| code_of(word).filter(|_| inside != word));
        if code.is_some() && header_unit(header).is_some() {
            return code;
        }
    }
    words_and_signs(header).find_map(|word| multiple_and_money(word).and_then(|(_, money)| code_of(money)))
}

/// The currency that a sign or three letters name.
fn code_of(word: &str) -> Option<String> {
    let sign = SIGNS.iter().find(|(sign, _)| sign.eq_ignore_ascii_case(word));
    sign.map_or_else(|| is_code(word).then(|| word.to_ascii_uppercase()), |(_, code)| code.map(str::to_string))
}

/// The words of a header, with the signs of currencies in them.
fn words_and_signs(header: &str) -> impl DoubleEndedIterator<Item = &str> + Clone {
    let is_between = |c: char| c.is_whitespace() || "()[]_,;:/.\"".contains(c);
    header.split(is_between).filter(|word| !word.is_empty())
}

/// A word of a letter for a multiple and a currency: "k€", "$k", "TEUR", "mUSD". The power of ten, and the currency.
fn multiple_and_money(word: &str) -> Option<(i32, &str)> {
    // "mars" is no million of Argentine pesos.
    let is_sign = |rest: &str| SIGNS.iter().any(|(sign, _)| *sign == rest) && !rest.chars().all(char::is_alphabetic);
    let is_money = |rest: &&str| SMALL.contains(&&*rest.to_lowercase()) || is_sign(rest) || *rest == "kr";
    let power = |letter: char| match letter {
        'k' | 'K' | 'T' => Some(3),
        'm' | 'M' => Some(6),
        _ => None,
    };
    let (first, last) = (word.chars().next()?, word.chars().next_back()?);
    let after = power(first).zip(word.get(first.len_utf8()..).filter(is_money));
    let before = word.get(..word.len() - last.len_utf8()).filter(is_money);
    after.or_else(|| power(last).filter(|_| last != 'T').zip(before))
}

/// What the cells of a column are, as its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The power of ten that they are multiplied by.
    pub scale: i32,
    /// What they are called.
    pub name: &'static str,
}

/// The unit that a header names: "cost_micros", "amount_cents", "Amount (in thousands)", "Kosten (Tsd. €)", "Spend k€".
pub fn header_unit(header: &str) -> Option<Unit> {
    let unit = |scale, name| Some(Unit { scale, name });
    if is_micros(header) {
        return unit(-6, "millionths");
    }
    let mut words = words_and_signs(header);
    let last = words.clone().next_back()?;
    let is_alone = words.clone().nth(1).is_none();
    if (last.eq_ignore_ascii_case("cents") && !is_alone) || last.ends_with("Cents") && last.len() > 5 {
        return unit(-2, "cents");
    }
    // "Cost per thousand impressions" is a price.
    if words.clone().any(|word| ["per", "pro", "par"].contains(&&*word.to_lowercase())) {
        return None;
    }
    let is_bracketed = |word: &str| header.contains(&format!("({word})")) || header.contains(&format!("[{word}]"));
    words.find_map(|word| match &*word.to_lowercase() {
        "thousand" | "thousands" | "tsd" | "tausend" | "000s" | "'000s" => unit(3, "thousands"),
        // "'000", "$000", but no 5000.
        word if word.strip_suffix("000").is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_digit())) => {
            unit(3, "thousands")
        }
        "k" if is_bracketed(word) => unit(3, "thousands"),
        "million" | "millions" | "mio" => unit(6, "millions"),
        _ => match multiple_and_money(word)? {
            (3, _) => unit(3, "thousands"),
            (scale, _) => unit(scale, "millions"),
        },
    })
}

/// Whether a header is all in capitals, where a word in capitals is no code.
fn is_shouted(header: &str) -> bool {
    !header.contains(char::is_lowercase)
}

/// Whether a header says that its amounts are millionths: "cost_micros", "Cost (micros)".
fn is_micros(header: &str) -> bool {
    let mut words = header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.next_back().is_some_and(|last| last.eq_ignore_ascii_case("micros") || last.ends_with("Micros"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mark: Mark, text: &str) -> Result<i64, NoAmount> {
        AmountReader { mark, scale: 0, currency: None }.read(text).map(|amount| amount.money.0)
    }

    fn open() -> Mark {
        Mark::Open(String::new())
    }

    fn point() -> Mark {
        Mark::Settled(DecimalMark::Point, String::new())
    }

    fn comma() -> Mark {
        Mark::Settled(DecimalMark::Comma, String::new())
    }

    fn mark(cells: &[&str]) -> Mark {
        let mut evidence = AmountEvidence::default();
        cells.iter().for_each(|cell| evidence.see(cell));
        evidence.mark()
    }

    #[test]
    fn amounts_are_exact_to_a_ten_thousandth() {
        for (text, expected) in [
            ("1234.56", 12_345_600),
            ("$1,234.5", 12_345_000),
            ("-3.00", -30_000),
            ("(12)", -120_000),
            ("0.00005", 1),
            ("0.00004999", 0),
            ("0.125", 1_250),
            (".5", 5_000),
            ("12.", 120_000),
            ("1,250", 12_500_000),
        ] {
            assert_eq!(read(open(), text), Ok(expected), "{text}");
        }
        for text in
            ["", "1.2.3", "12,34.5", "abc", "1e9", "--5", "-(5)", ".", "12 %", "5 6", "EUR", "1E+99", "EUR 5 USD"]
        {
            assert_eq!(read(open(), text), Err(NoAmount::Impossible), "{text}");
        }
        assert_eq!(read(open(), "1.250"), Err(NoAmount::Ambiguous));
        assert_eq!(read(open(), "9223372036854.7758"), Err(NoAmount::Impossible), "beyond the limit");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1 234,56", 12_345_600),
            ("1\u{a0}234,56", 12_345_600),
            ("1\u{202f}234\u{2009}567,5", 12_345_675_000),
            ("1'234.50", 12_345_000),
            ("1’234.50", 12_345_000),
            ("(1,200.00)", -12_000_000),
            ("($1,200.00)", -12_000_000),
            ("1200-", -12_000_000),
            ("−5", -50_000),
            ("-$5", -50_000),
            ("$-5", -50_000),
            ("45.3k", 453_000_000),
            ("1.2M", 12_000_000_000),
            ("2 Mio", 20_000_000_000),
            ("2,5 Mio. €", 25_000_000_000),
            ("+3", 30_000),
            ("$ 1,234.00", 12_340_000),
            ("1.234,56 €", 12_345_600),
            ("1.234.567", 12_345_670_000),
            ("EUR 12.50", 125_000),
            ("12.50EUR", 125_000),
            ("R$ 5,00", 50_000),
            ("¥500", 5_000_000),
            ("1.5E+04", 150_000_000),
            ("1.234E+03", 12_340_000),
            ("5E-01", 5_000),
            ("1,23,456.00", 1_234_560_000),
        ] {
            assert_eq!(read(open(), text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_dash_after_the_decimal_mark_stands_for_no_cents() {
        for (text, expected) in [
            ("1000,-", 10_000_000),
            ("1.000,–", 10_000_000),
            ("1.000,--", 10_000_000),
            ("1000.-", 10_000_000),
            ("1'000.—", 10_000_000),
            ("1,000.-", 10_000_000),
            ("1000,- €", 10_000_000),
            ("Fr. 1'000.-", 10_000_000),
            ("-1000,-", -10_000_000),
            ("1000-", -10_000_000),
            ("1000,00-", -10_000_000),
        ] {
            assert_eq!(read(open(), text), Ok(expected), "{text}");
        }
        assert_eq!(mark(&["1.250", "12,-"]), Mark::Settled(DecimalMark::Comma, "12,-".into()));
        for text in [",-", "-", ".-", "EUR ,-"] {
            assert_eq!(read(open(), text), Err(NoAmount::Impossible), "{text}");
        }
    }

    #[test]
    fn headers_name_thousands_and_cents() {
        for (header, expected, currency) in [
            ("Spend (k€)", Some((3, "thousands")), Some("EUR")),
            ("Spend k€", Some((3, "thousands")), Some("EUR")),
            ("Amount (in thousands)", Some((3, "thousands")), None),
            ("Kosten (Tsd. €)", Some((3, "thousands")), Some("EUR")),
            ("Kosten in TEUR", Some((3, "thousands")), Some("EUR")),
            ("Amount ($k)", Some((3, "thousands")), None),
            ("Amount (kUSD)", Some((3, "thousands")), Some("USD")),
            ("Spend (k)", Some((3, "thousands")), None),
            ("Spend ($000)", Some((3, "thousands")), None),
            ("Spend ('000)", Some((3, "thousands")), None),
            ("Spend (£m)", Some((6, "millions")), Some("GBP")),
            ("Revenue in millions", Some((6, "millions")), None),
            ("amount_cents", Some((-2, "cents")), None),
            ("Amount (cents)", Some((-2, "cents")), None),
            ("Amount in cents", Some((-2, "cents")), None),
            ("amountCents", Some((-2, "cents")), None),
            ("cost_micros", Some((-6, "millionths")), None),
            ("Cost per thousand impressions", None, None),
            ("Cents", None, None),
            ("Total spend", None, None),
            ("Amount", None, None),
            ("Amount (USD)", None, Some("USD")),
            ("Betrag (€)", None, Some("EUR")),
            ("Market", None, None),
            ("Deal k", None, None),
            ("Budget mars", None, None),
            ("MFR", None, None),
            ("Deals over 5000", None, None),
        ] {
            assert_eq!(header_unit(header).map(|unit| (unit.scale, unit.name)), expected, "{header}");
            assert_eq!(header_currency(header).as_deref(), currency, "{header}");
        }
        let thousands = AmountReader { mark: open(), scale: 3, currency: None };
        let read = |text| thousands.read(text).map(|amount| amount.money);
        assert_eq!([read("1.5"), read("45k")], [Ok(Money(15_000_000)), Ok(Money(450_000_000))]);
        let cents = AmountReader { mark: open(), scale: -2, currency: None };
        assert_eq!(cents.read("12345").map(|amount| amount.money), Ok(Money(1_234_500)));
    }

    #[test]
    fn a_cell_may_name_its_currency() {
        for (text, expected) in [
            ("1.234,56 €", Some("EUR")),
            ("£5", Some("GBP")),
            ("A$ 5", Some("AUD")),
            ("usd 12.50", Some("USD")),
            ("12.50 CHF", Some("CHF")),
            ("$5", None),
            ("¥5", Some("JPY")),
            ("CN¥ 5", Some("CNY")),
            ("5 RMB", Some("CNY")),
            ("5,50 zł", Some("PLN")),
            ("Fr. 5.50", Some("CHF")),
            ("5 SFr.", Some("CHF")),
            ("5.50 Fr.", Some("CHF")),
            ("500 kr", None),
            ("kr. 500,00", None),
            ("5.000,- EUR", Some("EUR")),
            ("5", None),
        ] {
            let read = AmountReader { mark: open(), scale: 0, currency: None }.read(text).expect(text);
            assert_eq!(read.currency.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_column_settles_what_a_cell_leaves_open() {
        assert_eq!(mark(&["1.250", "12,5"]), Mark::Settled(DecimalMark::Comma, "12,5".into()));
        assert_eq!(mark(&["1,250", "12.50", "12,5 %"]), Mark::Settled(DecimalMark::Point, "12.50".into()));
        assert_eq!(mark(&["1.250", "1,250", "7"]), Mark::Open("1.250".into()));
        assert_eq!(mark(&["12,5", "12.5"]), Mark::Contested("12.5".into(), "12,5".into()));
        assert_eq!(mark(&["12,5", "12.5", "1.234,56"]), Mark::Settled(DecimalMark::Comma, "12,5".into()));
        assert_eq!([read(comma(), "1.250"), read(comma(), "1,250")], [Ok(12_500_000), Ok(12_500)]);
        assert_eq!([read(point(), "1.250"), read(point(), "1,250")], [Ok(12_500), Ok(12_500_000)]);
        assert_eq!(read(point(), "12,5"), Err(NoAmount::Impossible));
        assert_eq!(read(comma(), "12.5"), Err(NoAmount::Impossible));
        let contested = || Mark::Contested(String::new(), String::new());
        assert_eq!([read(contested(), "12.5"), read(contested(), "12")], [Err(NoAmount::Ambiguous), Ok(120_000)]);
    }

    #[test]
    fn headers_name_currencies_and_millionths() {
        for (header, expected) in [
            ("Amount spent (USD)", Some("USD")),
            ("Cost (EUR)", Some("EUR")),
            ("Amount in EUR", Some("EUR")),
            ("Dépense (EUR)", Some("EUR")),
            ("Betrag (€)", Some("EUR")),
            ("Cost [GBP] net", Some("GBP")),
            ("cost_usd", Some("USD")),
            ("COST_USD", Some("USD")),
            ("Amount ($)", None),
            ("Amount", None),
            ("EUR", None),
            ("DEALS TRY", None),
            ("Deals all", None),
            ("Cost (net)", None),
        ] {
            assert_eq!(header_currency(header).as_deref(), expected, "{header}");
        }
        let micros = AmountReader { mark: open(), scale: -6, currency: None };
        assert_eq!(micros.read("12345678").map(|amount| amount.money), Ok(Money(123_457)));
        assert!(is_micros("cost_micros") && is_micros("Cost (micros)") && is_micros("metrics.costMicros"));
        assert!(!is_micros("Cost"));
    }
}
