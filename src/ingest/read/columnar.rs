//! What do the rows of a Parquet file say as text?

use super::ReadError;
use super::records::Records;
use chrono::{DateTime, NaiveDate, TimeDelta};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::data_type::Decimal;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The rows as text, the names of the columns first; columns of groups are called `a.b`.
pub(super) fn text(file: File, shown: &str) -> Result<Vec<u8>, ReadError> {
    let broken = |why: String| ReadError::Broken {
        path: shown.to_string(),
        kind: "a Parquet file",
        why: why.replace('\n', " "),
    };
    // The library gives up on some broken files; here that is a broken file like any other.
    catch_unwind(AssertUnwindSafe(|| read(file)))
        .map_err(|_| broken("its pages do not fit its schema".into()))?
        .map_err(|e| broken(e.to_string()))
}

fn read(file: File) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr().root_schema_ptr();
    let mut records = Records::default();
    let mut cells = Vec::new();
    for column in schema.get_fields() {
        names(column, "", &mut cells);
    }
    records.push(cells.iter());
    for row in reader.get_row_iter(None)? {
        let row = row?;
        cells.clear();
        fill(&row, schema.get_fields(), &mut cells);
        records.push(cells.iter());
    }
    Ok(records.text)
}

type TypePtr = std::sync::Arc<Type>;

/// Whether a column is a group of others, and no list or map.
fn is_group(column: &Type) -> bool {
    column.is_group() && column.get_basic_info().converted_type() == ConvertedType::NONE && !is_repeated(column)
}

fn is_repeated(column: &Type) -> bool {
    let info = column.get_basic_info();
    info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED
}

fn names(column: &TypePtr, prefix: &str, out: &mut Vec<String>) {
    let name = if prefix.is_empty() { column.name().to_string() } else { format!("{prefix}.{}", column.name()) };
    if is_group(column) {
        for inner in column.get_fields() {
            names(inner, &name, out);
        }
    } else {
        out.push(name);
    }
}

fn fill(row: &Row, columns: &[TypePtr], out: &mut Vec<String>) {
    let mut fields = row.get_column_iter();
    for column in columns {
        let field = fields.next().map_or(&Field::Null, |(_, field)| field);
        match (is_group(column), field) {
            (false, field) => out.push(cell(field, Some(column))),
            (true, Field::Group(inner)) => fill(inner, column.get_fields(), out),
            (true, _) => {
                let from = out.len();
                names(column, "", out);
                out.iter_mut().skip(from).for_each(String::clear);
            }
        }
    }
}

/// A value as a cell; lists are joined by semicolons.
fn cell(field: &Field, column: Option<&TypePtr>) -> String {
    let zone = match column.and_then(|column| column.get_basic_info().logical_type_ref()) {
        Some(LogicalType::Timestamp(of)) if of.is_adjusted_to_u_t_c => "Z",
        _ => "",
    };
    match field {
        Field::Null => String::new(),
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => match column.and_then(|column| column.get_basic_info().logical_type_ref()) {
            // Nanoseconds have a logical type alone, which the rows do not look at.
            Some(LogicalType::Timestamp(of)) if of.unit == TimeUnit::NANOS => {
                moment(value.div_euclid(1_000_000_000), value.rem_euclid(1_000_000_000), zone)
            }
            Some(LogicalType::Time(of)) if of.unit == TimeUnit::NANOS => time(*value),
            _ => value.to_string(),
        },
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float16(value) => value.to_string(),
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Decimal(value) => decimal(value),
        Field::Str(value) => value.clone(),
        Field::Bytes(value) => match value.as_utf8() {
            Ok(text) => text.to_string(),
            Err(_) => super::hex(value.data()),
        },
        Field::Date(days) => NaiveDate::from_epoch_days(*days).map_or_else(String::new, |day| day.to_string()),
        Field::TimeMillis(value) => time(i64::from(*value).saturating_mul(1_000_000)),
        Field::TimeMicros(value) => time(value.saturating_mul(1000)),
        Field::TimestampMillis(value) => moment(value.div_euclid(1000), value.rem_euclid(1000) * 1_000_000, zone),
        Field::TimestampMicros(value) => moment(value.div_euclid(1_000_000), value.rem_euclid(1_000_000) * 1000, zone),
        Field::ListInternal(list) => list.elements().iter().map(|item| cell(item, None)).collect::<Vec<_>>().join(";"),
        Field::Group(row) => row
            .get_column_iter()
            .map(|(name, item)| format!("{name}={}", cell(item, None)))
            .collect::<Vec<_>>()
            .join(";"),
        Field::MapInternal(map) => map
            .entries()
            .iter()
            .map(|(key, value)| format!("{}={}", cell(key, None), cell(value, None)))
            .collect::<Vec<_>>()
            .join(";"),
    }
}

/// 2026-10-31, 2026-10-31 14:05:00 or 2026-10-31T14:05:00Z, with as many decimals as there are.
fn moment(seconds: i64, nanos: i64, zone: &str) -> String {
    let Some(at) = DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap_or(0)) else { return String::new() };
    let between = if zone.is_empty() { ' ' } else { 'T' };
    format!("{}{between}{}{zone}", at.date_naive(), at.time())
}

fn time(nanos: i64) -> String {
    let at = chrono::NaiveTime::MIN.overflowing_add_signed(TimeDelta::nanoseconds(nanos)).0;
    at.to_string()
}

/// A decimal, digit by digit: its bytes are one whole number, the scale says where the point is.
fn decimal(value: &Decimal) -> String {
    let bytes = value.data();
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    // The amount without its sign: of a negative number every bit the other way round, and one more.
    let mut amount: Vec<u8> = bytes.iter().map(|byte| if is_negative { !byte } else { *byte }).collect();
    if is_negative {
        for byte in amount.iter_mut().rev() {
            let (sum, is_over) = byte.overflowing_add(1);
            *byte = sum;
            if !is_over {
                break;
            }
        }
    }
    let mut digits = Vec::new();
    while amount.iter().any(|byte| *byte != 0) {
        let mut rest = 0u32;
        for byte in &mut amount {
            let part = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(part / 10).unwrap_or(0);
            rest = part % 10;
        }
        digits.push(char::from_digit(rest, 10).unwrap_or('0'));
    }
    let scale = usize::try_from(value.scale()).unwrap_or(0).min(1000);
    while digits.len() <= scale {
        digits.push('0');
    }
    let mut out = String::new();
    if is_negative {
        out.push('-');
    }
    for (at, digit) in digits.iter().enumerate().rev() {
        out.push(*digit);
        if at == scale && scale > 0 {
            out.push('.');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (value, scale, expected) in [
            (123_456, 2, "1234.56"),
            (-5, 2, "-0.05"),
            (0, 0, "0"),
            (0, 2, "0.00"),
            (i64::MIN, 0, "-9223372036854775808"),
            (100, 0, "100"),
        ] {
            assert_eq!(decimal(&Decimal::from_i64(value, 18, scale)), expected);
        }
    }

    #[test]
    fn moments_are_iso() {
        assert_eq!(moment(1_793_455_500, 0, "Z"), "2026-10-31T14:05:00Z");
        assert_eq!(moment(-1, 500_000_000, ""), "1969-12-31 23:59:59.500");
        assert_eq!(time(53_833_000_000_000), "14:57:13");
    }
}
