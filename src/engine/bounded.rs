//! How does a query that somebody else wrote run, without writing, reading files or growing beyond bounds?
//!
//! The engine cannot be stopped once it runs, and a clock would make a report depend on the machine. So a query is held
//! against a number of rows before it runs: the plan is walked from its tables up, and each join is counted (how many rows
//! have each key, on either side) before it is made. What would make more than [`MOST_ROWS`] is refused with that number.
//! On the way every step is told to keep the order of its rows, so that the same query gives the same table.

use super::Embedded;
use super::words::told;
use polars::prelude::{
    DataFrame, DataType, DslPlan, Expr, IdxSize, JoinArgs, JoinType, LazyFrame, PolarsError, PolarsResult,
    SortMultipleOptions, UnionArgs, all, col, len,
};
use polars::sql::SQLContext;
use std::sync::Arc;

/// Most rows that any step of a query may make, beyond those of the tables themselves.
pub const MOST_ROWS: f64 = 5_000_000.0;
/// Most characters of a query.
pub const MOST_CHARACTERS: usize = 16_384;
/// Most joins, unions and queries within a query. The engine works out columns by walking every path to every table, and
/// each of these may double their number.
const MOST_BRANCHES: usize = 12;
/// Most operators; a chain of them is read by recursion, again and again.
const MOST_OPERATORS: usize = 300;
/// Most steps of a plan; common table expressions that double one another reach it before they are worked out.
const MOST_STEPS: u32 = 2_000;
/// Most rows that are handed over.
const MOST_KEPT: usize = 200;
/// Stack of the thread that reads a query: deeply nested expressions are read by recursion.
const STACK: usize = 256 << 20;

/// Functions that read files, or make texts and lists that no count of rows bounds.
const REFUSED: [&str; 12] = [
    "read_csv",
    "read_parquet",
    "read_ipc",
    "read_json",
    "scan_csv",
    "array_agg",
    "unnest",
    "explode",
    "string_agg",
    "listagg",
    "lpad",
    "rpad",
];

/// A table as a query gave it: at most 200 of its rows.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The first rows.
    pub table: DataFrame,
    /// How many there are.
    pub rows: u64,
}

/// Why a query gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Line of the text, from 1, where it is known.
    pub line: Option<usize>,
    /// In words.
    pub says: String,
}

impl Refusal {
    fn of(says: impl Into<String>) -> Refusal {
        Refusal { line: None, says: says.into() }
    }
}

impl Embedded {
    /// Answers a query over the tables that are known here; nothing is changed, whatever it says.
    ///
    /// # Errors
    /// What it may not do, what it is too large for, or what the engine cannot read, with the line.
    pub fn ask(&self, text: &str) -> Result<Answer, Refusal> {
        if text.len() > MOST_CHARACTERS {
            return Err(Refusal::of(format!("it is longer than {MOST_CHARACTERS} characters")));
        }
        admissible(text)?;
        let context = self.context.clone();
        // A thread of its own has the stack, and what the engine cannot get out of ends there.
        let worker = std::thread::Builder::new().stack_size(STACK);
        let asked = std::thread::scope(|scope| {
            let handle = worker.spawn_scoped(scope, || answer(context, text));
            handle.map(|handle| handle.join())
        });
        match asked {
            Ok(Ok(answer)) => answer,
            _ => Err(Refusal::of("it cannot be run")),
        }
    }
}

fn answer(mut context: SQLContext, text: &str) -> Result<Answer, Refusal> {
    let tables = context.get_tables();
    let engine = |error: PolarsError| told(&error.to_string(), text, &tables);
    let frame = context.execute(text).map_err(engine)?;
    let mut walk = Walk { steps: 0, told: &engine };
    let (plan, _) = walk.steady(frame.logical_plan.clone())?;
    let table = LazyFrame::from(plan).collect().map_err(engine)?;
    Ok(Answer { rows: table.height() as u64, table: table.head(Some(MOST_KEPT)) })
}

/// Whether a text may be a query at all.
fn admissible(text: &str) -> Result<(), Refusal> {
    let code = bare(text);
    let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_ascii_lowercase();
    if first.is_empty() {
        return Err(Refusal::of("it holds no query"));
    }
    if !["select", "with"].contains(&first.as_str()) {
        let line = line_of(&code, &first);
        return Err(Refusal { line, says: "only a query can be run: begin with SELECT or WITH".to_string() });
    }
    let lower = code.to_ascii_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let count = |wanted: &[&str]| words().filter(|word| wanted.contains(word)).count();
    // Each common table expression has its own SELECT, and branches nothing by itself.
    let sets = count(&["union", "intersect", "except"]);
    let within = count(&["select"]).saturating_sub(1 + sets + defined(&lower));
    if count(&["join"]) + sets + within > MOST_BRANCHES {
        return Err(Refusal::of(format!("it has more than {MOST_BRANCHES} joins, unions and queries within")));
    }
    let signs = lower.chars().filter(|c| matches!(c, '+' | '-' | '*' | '/' | '%' | '|' | '=' | '<' | '>')).count();
    if signs + count(&["and", "or", "not", "like", "between", "case", "when"]) > MOST_OPERATORS {
        return Err(Refusal::of(format!("it has more than {MOST_OPERATORS} operators")));
    }
    for name in REFUSED {
        let called = lower.match_indices(name).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            let is_start = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            is_start && lower[at + name.len()..].trim_start().starts_with('(')
        });
        if called {
            return Err(Refusal {
                line: line_of(&lower, name),
                says: format!("{} is not available here", name.to_uppercase()),
            });
        }
    }
    Ok(())
}

/// How many common table expressions a text defines: `NAME AS (SELECT`.
fn defined(lower: &str) -> usize {
    let words: Vec<&str> = lower.split_whitespace().collect();
    let joined = words.join(" ").replace("( ", "(").replace("as(", "as (");
    joined.matches(" as (select").count()
}

/// The text with comments and the insides of texts blanked; lines stay lines.
pub(super) fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('-', Some('-')) => {
                while chars.peek().is_some_and(|next| *next != '\n') {
                    chars.next();
                }
            }
            ('/', Some('*')) => {
                chars.next();
                let mut last = ' ';
                for next in chars.by_ref() {
                    if next == '\n' {
                        out.push('\n');
                    }
                    if last == '*' && next == '/' {
                        break;
                    }
                    last = next;
                }
                out.push(' ');
            }
            ('\'', _) => {
                out.push(' ');
                for next in chars.by_ref() {
                    if next == '\'' {
                        break;
                    }
                    if next == '\n' {
                        out.push('\n');
                    }
                }
            }
            _ => out.push(c),
        }
    }
    out
}

/// The line of the first occurrence, from 1.
pub(super) fn line_of(text: &str, word: &str) -> Option<usize> {
    let at = text.to_ascii_lowercase().find(&word.to_ascii_lowercase()).filter(|_| !word.is_empty())?;
    Some(text[..at].matches('\n').count() + 1)
}

/// A walk through a plan.
struct Walk<'t> {
    steps: u32,
    told: &'t dyn Fn(PolarsError) -> Refusal,
}

impl Walk<'_> {
    /// The plan with every step keeping its order, and the most rows that it can give.
    fn steady(&mut self, plan: DslPlan) -> Result<(DslPlan, f64), Refusal> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Refusal::of("it has too many steps"));
        }
        let (plan, rows) = match plan {
            DslPlan::DataFrameScan { df, schema } => {
                let rows = df.height() as f64;
                return Ok((DslPlan::DataFrameScan { df, schema }, rows));
            }
            // A step whose columns have been looked up already.
            DslPlan::IR { dsl, .. } => return self.steady(Arc::unwrap_or_clone(dsl)),
            DslPlan::Filter { input, predicate } => {
                let (input, rows) = self.inner(input)?;
                self.inside(&[&predicate])?;
                (DslPlan::Filter { input, predicate }, rows)
            }
            DslPlan::Cache { input, id } => {
                let (input, rows) = self.inner(input)?;
                (DslPlan::Cache { input, id }, rows)
            }
            DslPlan::Select { expr, input, options } => {
                let (input, rows) = self.inner(input)?;
                self.inside(&expr.iter().collect::<Vec<_>>())?;
                (DslPlan::Select { expr, input, options }, rows.max(1.0))
            }
            DslPlan::HStack { input, exprs, options } => {
                let (input, rows) = self.inner(input)?;
                self.inside(&exprs.iter().collect::<Vec<_>>())?;
                (DslPlan::HStack { input, exprs, options }, rows)
            }
            DslPlan::GroupBy { input, keys, predicates, aggs, apply: None, options, .. } => {
                let (input, rows) = self.inner(input)?;
                self.inside(&keys.iter().chain(&predicates).chain(&aggs).collect::<Vec<_>>())?;
                let grouped =
                    DslPlan::GroupBy { input, keys, predicates, aggs, maintain_order: true, options, apply: None };
                (grouped, rows)
            }
            DslPlan::Distinct { input, mut options } => {
                let (input, rows) = self.inner(input)?;
                options.maintain_order = true;
                (DslPlan::Distinct { input, options }, rows)
            }
            DslPlan::Sort { input, by_column, slice, mut sort_options } => {
                let (input, rows) = self.inner(input)?;
                self.inside(&by_column.iter().collect::<Vec<_>>())?;
                sort_options.maintain_order = true;
                (DslPlan::Sort { input, by_column, slice, sort_options }, rows)
            }
            DslPlan::Slice { input, offset, len } => {
                let (input, rows) = self.inner(input)?;
                (DslPlan::Slice { input, offset, len }, if len == IdxSize::MAX { rows } else { rows.min(len as f64) })
            }
            DslPlan::Union { inputs, args } => {
                let mut rows = 0.0;
                let mut steady = Vec::with_capacity(inputs.len());
                for input in inputs {
                    let (input, more) = self.steady(input)?;
                    rows += more;
                    steady.push(input);
                }
                (DslPlan::Union { inputs: steady, args: UnionArgs { maintain_order: true, ..args } }, rows)
            }
            DslPlan::HConcat { inputs, options } => {
                let mut rows: f64 = 0.0;
                let mut steady = Vec::with_capacity(inputs.len());
                for input in inputs {
                    let (input, more) = self.steady(input)?;
                    rows = rows.max(more);
                    steady.push(input);
                }
                (DslPlan::HConcat { inputs: steady, options }, rows)
            }
            DslPlan::ExtContext { input, contexts } => {
                let (input, rows) = self.inner(input)?;
                let mut steady = Vec::with_capacity(contexts.len());
                for context in contexts {
                    steady.push(self.steady(context)?.0);
                }
                (DslPlan::ExtContext { input, contexts: steady }, rows)
            }
            DslPlan::MapFunction { input, function } => {
                let word = format!("{function:?}");
                if word.starts_with("Explode") || word.starts_with("Unpivot") {
                    return Err(Refusal::of("lists cannot be taken apart here"));
                }
                let (input, rows) = self.inner(input)?;
                (DslPlan::MapFunction { input, function }, rows)
            }
            DslPlan::Join { input_left, input_right, left_on, right_on, predicates, options } => {
                let (left, left_rows) = self.inner(input_left)?;
                let (right, right_rows) = self.inner(input_right)?;
                let on: Vec<&Expr> = left_on.iter().chain(&right_on).chain(&predicates).collect();
                self.inside(&on)?;
                let kind = &options.args.how;
                let rows = match kind {
                    JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full
                        if !left_on.is_empty() && predicates.is_empty() =>
                    {
                        let matched = matches(&left, &left_on, &right, &right_on).map_err(self.told)?;
                        let unmatched = match kind {
                            JoinType::Left => left_rows,
                            JoinType::Right => right_rows,
                            JoinType::Full => left_rows + right_rows,
                            _ => 0.0,
                        };
                        matched + unmatched
                    }
                    _ => left_rows * right_rows,
                };
                let join =
                    DslPlan::Join { input_left: left, input_right: right, left_on, right_on, predicates, options };
                // A join leaves its rows in any order. Rows that are alike in every column cannot be told apart.
                let order = SortMultipleOptions::default();
                let join = LazyFrame::from(join).sort_by_exprs([all().as_expr()], order).logical_plan;
                (join, rows)
            }
            _ => return Err(Refusal::of("it does something that is not available here")),
        };
        if rows > MOST_ROWS && !is_a_table(&plan) {
            return Err(Refusal::of(format!(
                "a step of it could make {} rows, and at most {} are worked on: join on a key, or group before joining",
                worded(rows),
                worded(MOST_ROWS)
            )));
        }
        Ok((plan, rows))
    }

    fn inner(&mut self, plan: Arc<DslPlan>) -> Result<(Arc<DslPlan>, f64), Refusal> {
        let (plan, rows) = self.steady(Arc::unwrap_or_clone(plan))?;
        Ok((Arc::new(plan), rows))
    }

    /// Holds queries inside expressions against the same bounds.
    fn inside(&mut self, expressions: &[&Expr]) -> Result<(), Refusal> {
        for part in expressions.iter().flat_map(|expression| expression.into_iter()) {
            match part {
                Expr::SubPlan(plan, _) => {
                    self.steady(DslPlan::clone(plan))?;
                }
                Expr::Explode { .. } => return Err(Refusal::of("lists cannot be taken apart here")),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a plan gives no more rows than a table that is there anyway.
fn is_a_table(plan: &DslPlan) -> bool {
    match plan {
        DslPlan::DataFrameScan { .. } => true,
        DslPlan::Filter { input, .. }
        | DslPlan::Cache { input, .. }
        | DslPlan::Select { input, .. }
        | DslPlan::HStack { input, .. }
        | DslPlan::GroupBy { input, .. }
        | DslPlan::Distinct { input, .. }
        | DslPlan::Sort { input, .. }
        | DslPlan::MapFunction { input, .. }
        | DslPlan::Slice { input, .. } => is_a_table(input),
        _ => false,
    }
}

/// How many pairs of rows have equal keys.
fn matches(left: &DslPlan, left_on: &[Expr], right: &DslPlan, right_on: &[Expr]) -> PolarsResult<f64> {
    let counted = |plan: &DslPlan, on: &[Expr], n: &str| {
        let keys: Vec<Expr> = on.iter().enumerate().map(|(i, key)| key.clone().alias(format!("key{i}"))).collect();
        LazyFrame::from(plan.clone()).group_by(keys).agg([len().cast(DataType::Float64).alias(n)])
    };
    let keys: Vec<Expr> = (0..left_on.len()).map(|i| col(format!("key{i}"))).collect();
    let right = counted(right, right_on, "right");
    let both = counted(left, left_on, "left").join(right, &keys, &keys, JoinArgs::new(JoinType::Inner));
    let pairs = both.select([(col("left") * col("right")).sum().alias("pairs")]).collect()?;
    Ok(pairs.column("pairs")?.f64()?.get(0).unwrap_or(0.0))
}

/// A number of rows in words.
fn worded(rows: f64) -> String {
    match rows {
        r if r >= 1e9 => format!("{:.1} billion", r / 1e9),
        r if r >= 1e6 => format!("{:.0} million", r / 1e6),
        r => format!("{r:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    fn engine() -> Embedded {
        let mut engine = Embedded::default();
        let n: Vec<i64> = (0..100_000).collect();
        let half: Vec<i64> = n.iter().map(|n| n % 2).collect();
        engine.register("many", df!("n" => &n, "half" => &half).expect("two columns of one length"));
        engine.register("few", df!("half" => &[0_i64, 1], "name" => &["even", "odd"]).expect("two columns"));
        engine
    }

    fn refused(text: &str) -> String {
        engine().ask(text).expect_err(text).says
    }

    #[test]
    fn a_query_is_answered_in_the_same_order_each_time() {
        let text = "SELECT few.name, COUNT(*) AS n FROM many INNER JOIN few ON many.half = few.half GROUP BY few.name";
        let first = engine().ask(text).expect("an answer").table;
        assert_eq!(first.height(), 2);
        for _ in 0..5 {
            assert!(engine().ask(text).expect("an answer").table.equals(&first));
        }
    }

    #[test]
    fn what_would_grow_beyond_bounds_is_refused_before_it_runs() {
        let cross = refused("SELECT COUNT(*) AS n FROM many AS a CROSS JOIN many AS b");
        assert!(cross.contains("10.0 billion rows"), "{cross}");
        let skewed = refused("SELECT COUNT(*) AS n FROM many AS a INNER JOIN many AS b ON a.half = b.half");
        assert!(skewed.contains("5.0 billion rows"), "{skewed}");
        let inside = refused("SELECT n FROM many WHERE n IN (SELECT a.n FROM many AS a CROSS JOIN many AS b)");
        assert!(inside.contains("billion rows"), "{inside}");
        let mut doubling = "WITH c0 AS (SELECT n FROM many)".to_string();
        for i in 1..30 {
            doubling.push_str(&format!(", c{i} AS (SELECT n FROM c{0} UNION ALL SELECT n FROM c{0})", i - 1));
        }
        let doubled = refused(&format!("{doubling} SELECT COUNT(*) AS n FROM c29"));
        assert!(doubled.contains("joins, unions and queries within"), "{doubled}");
        let mut few = "WITH c0 AS (SELECT n FROM many)".to_string();
        for i in 1..9 {
            few.push_str(&format!(", c{i} AS (SELECT n FROM c{0} UNION ALL SELECT n FROM c{0})", i - 1));
        }
        let grown = refused(&format!("{few} SELECT COUNT(*) AS n FROM c8"));
        assert!(grown.contains("million rows"), "{grown}");
    }

    #[test]
    fn a_table_of_any_size_may_be_read_and_joined_by_key() {
        let engine = engine();
        let own = engine.ask("SELECT a.n FROM many AS a INNER JOIN many AS b ON a.n = b.n ORDER BY a.n DESC");
        let own = own.expect("a join on a key");
        assert_eq!((own.rows, own.table.height()), (100_000, 200));
    }

    #[test]
    fn only_queries_run_and_nothing_is_changed_or_read_from_disk() {
        for text in [
            "DROP TABLE few",
            "DELETE FROM few",
            "CREATE TABLE x AS SELECT * FROM few",
            "TRUNCATE TABLE few",
            "INSERT INTO few VALUES (1, 'x')",
            "EXPLAIN SELECT * FROM few",
            "SELECT * FROM few; DROP TABLE few",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM READ_PARQUET ('x')",
            "SELECT * FROM '/etc/passwd'",
            "SELECT LPAD(name, 1000000000, 'x') FROM few",
            "SELECT UNNEST(x) FROM few",
            "",
            "-- only a remark",
        ] {
            let engine = engine();
            assert!(engine.ask(text).is_err(), "{text}");
            assert_eq!(engine.ask("SELECT * FROM few").map(|answer| answer.rows), Ok(2), "{text}");
        }
    }

    #[test]
    fn a_fault_has_its_line() {
        let engine = engine();
        let line = |text: &str| engine.ask(text).expect_err(text).line;
        assert_eq!(line("SELECT name,\n       nonsense\nFROM few"), Some(2));
        assert_eq!(line("SELECT name\nFROM few\nWHERE WHERE"), Some(3));
        assert_eq!(line("-- title: x\n\nSELECT *\nFROM nowhere"), Some(4));
    }

    #[test]
    fn a_text_nested_as_deeply_as_it_may_be_does_not_bring_the_program_down() {
        let engine = engine();
        let sums = format!("SELECT 1{} AS n FROM few", "+1".repeat(8_000));
        let brackets = format!("SELECT {}1{} AS n FROM few", "(".repeat(8_000), ")".repeat(8_000));
        let nots = format!("SELECT name FROM few WHERE {} TRUE", "NOT ".repeat(4_000));
        for text in [sums, brackets, nots] {
            let _ = engine.ask(&text);
        }
        let chain = format!("SELECT 1{} AS n FROM few", "+1".repeat(250));
        assert_eq!(engine.ask(&chain).map(|answer| answer.rows), Ok(2));
        assert!(engine.ask(&"x".repeat(20_000)).is_err());
    }
}
