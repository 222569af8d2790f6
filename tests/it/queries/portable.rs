//! Is a query written in the subset of SQL that polars, DuckDB and PostgreSQL were tried to read alike?
//!
//! The tree is walked from the top, and only what is named here passes: a construct that nobody thought of is a fault,
//! not an oversight. Structures are taken apart without `..`, so that a new clause of the parser stops the build.

use sqlparser::ast::{
    BinaryOperator, CastKind, Cte, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, OrderByExpr, OrderByOptions,
    Query, Select, SelectFlavor, SelectItem, SetExpr, SetOperator, SetQuantifier, Statement, TableAlias, TableFactor,
    TableWithJoins, Value, WindowSpec, WindowType, With,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeSet;

/// The only table of one row.
const ONE_ROW: &str = "run";
/// Columns of 64 bits: polars wraps a sum of fewer bits silently.
const SIXTY_FOUR_BITS: [&str; 1] = ["amount"];
/// Columns that are never NULL: engines disagree on where NULLs sort. The fixtures hold them to it.
pub const NEVER_NULL: [&str; 8] =
    ["created_day", "created_s", "entered_day", "entered_s", "lead_id", "n", "position", "reason"];

/// What a look at a query finds.
#[derive(Default)]
pub struct Look {
    /// What is not portable, in words.
    pub faults: Vec<String>,
    /// The tables it reads, without those that it defines itself.
    pub reads: BTreeSet<String>,
    /// Whether its outermost select is grouped.
    pub grouped: bool,
    /// The names of its columns.
    pub columns: Vec<String>,
    defined: BTreeSet<String>,
}

/// Looks at a file of `queries/`.
pub fn look(text: &str) -> Look {
    let mut look = Look::default();
    look.header(text);
    look.words(text);
    match Parser::parse_sql(&GenericDialect {}, text) {
        Err(why) => look.fault(format!("does not parse: {why}")),
        Ok(statements) => match statements.as_slice() {
            [Statement::Query(query)] => look.whole(query),
            [_] => look.fault("is not a SELECT"),
            several => look.fault(format!("holds {} statements instead of one", several.len())),
        },
    }
    look
}

impl Look {
    fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// A fault unless what is not portable is absent.
    fn without(&mut self, absent: bool, what: &str) {
        if !absent {
            self.fault(format!("{what} is not portable"));
        }
    }

    /// Grain, key and a sentence come before the SELECT.
    fn header(&mut self, text: &str) {
        let mut lines = text.lines();
        for word in ["grain", "key"] {
            let line = lines.next().unwrap_or_default();
            if line.strip_prefix(&format!("-- {word}:")).is_none_or(|says| says.trim().is_empty()) {
                self.fault(format!("the header has no `-- {word}:` in its place"));
            }
        }
        let mut lines = lines.skip_while(|line| line.starts_with("-- finding:") || line.starts_with("-- of:"));
        if !lines.next().is_some_and(|line| line.starts_with("-- ")) {
            self.fault("the header says nothing in words");
        }
    }

    /// Words are lower_snake names or upper-case keywords, and nothing is quoted.
    fn words(&mut self, text: &str) {
        let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else { return };
        for token in tokens {
            match token {
                Token::Word(word) if word.quote_style.is_some() => {
                    self.fault(format!("`{}` is a quoted identifier", word.value));
                }
                Token::Word(word) if !is_lower_snake(&word.value) && word.value != word.value.to_uppercase() => {
                    self.fault(format!("`{}` is not lower_snake", word.value));
                }
                Token::Placeholder(name) => self.fault(format!("`{name}` is a bind parameter")),
                _ => {}
            }
        }
    }

    fn whole(&mut self, query: &Query) {
        if let Some(With { with_token: _, recursive, cte_tables }) = &query.with {
            self.without(!recursive, "a recursive WITH");
            for Cte { alias, query, from, materialized, closing_paren_token: _ } in cte_tables {
                self.without(from.is_none() && materialized.is_none(), "an option of WITH");
                let name = self.alias(alias);
                self.without(query.with.is_none(), "a WITH inside a WITH");
                self.query(query);
                if self.reads.contains(&name) || !self.defined.insert(name.clone()) {
                    self.fault(format!("`{name}` has two meanings"));
                }
            }
        }
        self.query(query);
        self.grouped = false;
        if let SetExpr::Select(select) = query.body.as_ref() {
            self.grouped = matches!(&select.group_by, GroupByExpr::Expressions(columns, _) if !columns.is_empty());
        }
        self.columns = columns(&query.body);
    }

    fn query(&mut self, query: &Query) {
        let Query {
            with: _,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        self.without(order_by.is_none(), "ORDER BY of a result");
        self.without(limit_clause.is_none() && fetch.is_none(), "LIMIT");
        self.without(locks.is_empty() && for_clause.is_none(), "FOR");
        self.without(settings.is_none() && format_clause.is_none() && pipe_operators.is_empty(), "a dialect's clause");
        self.set(body);
    }

    fn set(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier: SetQuantifier::All, right } => {
                if columns(left) != columns(right) {
                    self.fault(format!("UNION ALL of {:?} and {:?}", columns(left), columns(right)));
                }
                self.set(left);
                self.set(right);
            }
            SetExpr::SetOperation { op, set_quantifier, .. } => {
                self.fault(format!("{op} {set_quantifier} is not portable: only UNION ALL is"));
            }
            other => self.fault(format!("`{other}` is not a SELECT")),
        }
    }

    fn select(&mut self, select: &Select) {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        self.without(distinct.is_none(), "DISTINCT");
        self.without(having.is_none(), "HAVING");
        self.without(qualify.is_none(), "QUALIFY");
        self.without(top.is_none() && into.is_none(), "TOP or INTO");
        self.without(named_window.is_empty(), "a named WINDOW");
        let empty = optimizer_hints.is_empty() && lateral_views.is_empty() && connect_by.is_empty();
        let sorted = cluster_by.is_empty() && distribute_by.is_empty() && sort_by.is_empty();
        let plain = select_modifiers.is_none() && exclude.is_none() && prewhere.is_none() && value_table_mode.is_none();
        self.without(empty && sorted && plain && *flavor == SelectFlavor::Standard, "a dialect's clause");
        let scope = match from.as_slice() {
            [from] => self.from(from),
            tables => {
                self.fault(format!("FROM names {} tables: join them, one ON each", tables.len()));
                Vec::new()
            }
        };
        if let Some(condition) = selection {
            self.expression(condition, &scope);
        }
        let groups = self.groups(group_by, &scope);
        let aggregates = projection.iter().filter_map(projected).any(has_aggregate);
        for item in projection {
            match item {
                SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => {}
                SelectItem::UnnamedExpr(expr) => {
                    self.fault(format!("`{expr}` has no name: engines invent different ones"))
                }
                SelectItem::ExprWithAlias { expr: _, alias } => self.name(alias),
                other => self.fault(format!("`{other}`: SELECT * and its kin are not portable")),
            }
            let Some(expr) = projected(item) else { continue };
            self.expression(expr, &scope);
            if aggregates || !groups.is_empty() {
                for column in bare_columns(expr).into_iter().filter(|column| !groups.contains(column)) {
                    self.fault(format!("`{column}` is neither grouped by nor aggregated"));
                }
            }
        }
    }

    /// The names by which columns may be qualified.
    fn from(&mut self, from: &TableWithJoins) -> Vec<String> {
        let mut scope = Vec::new();
        let TableWithJoins { relation, joins } = from;
        scope.extend(self.table(relation).map(|(_, name)| name));
        for Join { relation, global, join_operator } in joins {
            self.without(!global, "GLOBAL");
            let Some((table, name)) = self.table(relation) else { continue };
            scope.push(name);
            match join_operator {
                JoinOperator::Inner(JoinConstraint::On(on))
                | JoinOperator::Left(JoinConstraint::On(on))
                | JoinOperator::FullOuter(JoinConstraint::On(on)) => self.on(on, &scope),
                JoinOperator::CrossJoin(JoinConstraint::None) if table == ONE_ROW => {}
                JoinOperator::CrossJoin(_) => self.fault(format!("CROSS JOIN of `{table}`, which is not `{ONE_ROW}`")),
                _ => self.fault(format!("the join of `{table}` is none of INNER, LEFT and FULL JOIN … ON")),
            }
        }
        scope
    }

    /// The table's own name and the one it goes by.
    fn table(&mut self, table: &TableFactor) -> Option<(String, String)> {
        let TableFactor::Table {
            name: ObjectName(parts),
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } = table
        else {
            self.fault(format!("`{table}` is not a plain table"));
            return None;
        };
        self.without(with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty(), "a table hint");
        let [part] = parts.as_slice() else {
            self.fault(format!("`{table}` names a schema"));
            return None;
        };
        let ident = part.as_ident()?;
        self.name(ident);
        if !self.defined.contains(&ident.value) {
            self.reads.insert(ident.value.clone());
        }
        let known_as = alias.as_ref().map_or(ident.value.clone(), |alias| self.alias(alias));
        Some((ident.value.clone(), known_as))
    }

    fn alias(&mut self, alias: &TableAlias) -> String {
        let TableAlias { explicit: _, name, columns, at } = alias;
        self.without(columns.is_empty() && at.is_none(), "an alias with columns");
        self.name(name);
        name.value.clone()
    }

    /// `a.k = b.k AND …`: anything else in ON gives wrong rows on polars, without a word.
    fn on(&mut self, on: &Expr, scope: &[String]) {
        match on {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.on(left, scope);
                self.on(right, scope);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                self.expression(left, scope);
                self.expression(right, scope);
                let tables = match (left.as_ref(), right.as_ref()) {
                    (Expr::CompoundIdentifier(a), Expr::CompoundIdentifier(b)) => Some((&a[0].value, &b[0].value)),
                    _ => None,
                };
                if tables.is_none_or(|(a, b)| a == b) {
                    self.fault(format!("ON `{on}` is not `a.k = b.k`"));
                }
            }
            other => self.fault(format!("ON `{other}` is not `a.k = b.k`")),
        }
    }

    /// What it is grouped by.
    fn groups(&mut self, group_by: &GroupByExpr, scope: &[String]) -> Vec<String> {
        let GroupByExpr::Expressions(columns, modifiers) = group_by else {
            self.fault("GROUP BY ALL is not portable");
            return Vec::new();
        };
        self.without(modifiers.is_empty(), "ROLLUP, CUBE or TOTALS");
        for column in columns {
            if is_column(column) {
                self.expression(column, scope);
            } else {
                self.fault(format!("GROUP BY `{column}` is not a plain column"));
            }
        }
        columns.iter().map(Expr::to_string).collect()
    }

    fn expression(&mut self, expr: &Expr, scope: &[String]) {
        match expr {
            Expr::Identifier(name) => {
                self.name(name);
                if scope.len() > 1 {
                    self.fault(format!("`{name}` does not say of which table it is"));
                }
            }
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, name] => {
                    self.name(name);
                    if !scope.contains(&table.value) {
                        self.fault(format!("`{expr}` is of a table that is not in scope"));
                    }
                }
                _ => self.fault(format!("`{expr}` is not `table.column`")),
            },
            Expr::Value(value) => match &value.value {
                Value::Number(digits, false) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {}
                Value::SingleQuotedString(_) | Value::Null => {}
                Value::Placeholder(name) => self.fault(format!("`{name}` is a bind parameter")),
                other => self.fault(format!("`{other}` is no whole number and no text")),
            },
            Expr::BinaryOp { left, op, right } => {
                use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, Minus, NotEq, Or, Plus};
                if !matches!(op, And | Or | Eq | NotEq | Lt | LtEq | Gt | GtEq | Plus | Minus) {
                    self.fault(format!("the operator `{op}` is not portable"));
                }
                self.expression(left, scope);
                self.expression(right, scope);
            }
            Expr::Nested(inner) | Expr::IsNull(inner) | Expr::IsNotNull(inner) => self.expression(inner, scope),
            Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } => {
                self.without(operand.is_none(), "CASE with an operand");
                for when in conditions {
                    self.expression(&when.condition, scope);
                    self.expression(&when.result, scope);
                }
                if let Some(result) = else_result {
                    self.expression(result, scope);
                }
            }
            Expr::Cast { kind: CastKind::Cast, expr, data_type: DataType::Date, array: false, format: None } => {
                self.expression(expr, scope);
            }
            Expr::Function(function) => self.function(function, scope),
            other => self.fault(format!("`{other}` is not in the portable subset")),
        }
    }

    fn function(&mut self, function: &Function, scope: &[String]) {
        let Function { name, uses_odbc_syntax, parameters, args, filter, null_treatment, over, within_group } =
            function;
        self.without(filter.is_none(), "FILTER");
        self.without(within_group.is_empty() && null_treatment.is_none(), "an option of an aggregate");
        self.without(!uses_odbc_syntax && *parameters == FunctionArguments::None, "a dialect's call");
        let name = name.to_string();
        let FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args, clauses }) = args else {
            return self.fault(format!("{name} is not in the portable subset"));
        };
        self.without(duplicate_treatment.is_none(), "DISTINCT in an aggregate");
        self.without(clauses.is_empty(), "a clause among arguments");
        let mut expressions = Vec::new();
        for arg in args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => expressions.push(expr),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if name == "COUNT" => {}
                other => self.fault(format!("{name}({other}) is not portable")),
            }
        }
        let column_or_case = |expr: &Expr| is_column(expr) || matches!(expr, Expr::Case { .. });
        match (name.as_str(), expressions.as_slice(), over) {
            ("COUNT", [], None) | ("COALESCE", [_, _, ..], None) => {}
            ("COUNT" | "MIN" | "MAX", [expr], None) if column_or_case(expr) => {}
            ("SUM", [expr], None) => {
                let column = match expr {
                    Expr::Identifier(name) => Some(&name.value),
                    Expr::CompoundIdentifier(parts) => parts.last().map(|name| &name.value),
                    _ => None,
                };
                if !column.is_some_and(|column| SIXTY_FOUR_BITS.contains(&column.as_str())) {
                    self.fault(format!("SUM({expr}) is not the sum of a column of 64 bits"));
                }
            }
            ("ROW_NUMBER", [], Some(window)) => self.window(window, scope),
            ("LAG" | "LEAD", [expr], Some(window)) if is_column(expr) => self.window(window, scope),
            (_, _, Some(_)) => self.fault(format!("{name} OVER is not portable: only ROW_NUMBER, LAG and LEAD are")),
            _ => self.fault(format!("{function} is not in the portable subset")),
        }
        for expr in expressions {
            self.expression(expr, scope);
        }
    }

    fn window(&mut self, window: &WindowType, scope: &[String]) {
        let WindowType::WindowSpec(WindowSpec { window_name, partition_by, order_by, window_frame }) = window else {
            return self.fault("a named window is not portable");
        };
        self.without(window_name.is_none() && window_frame.is_none(), "a window frame");
        for expr in partition_by {
            self.without(is_column(expr), "PARTITION BY of anything but columns");
            self.expression(expr, scope);
        }
        if order_by.is_empty() {
            self.fault("a window without ORDER BY has no order");
        }
        for OrderByExpr { expr, options: OrderByOptions { asc: _, nulls_first }, with_fill } in order_by {
            self.without(nulls_first.is_none() && with_fill.is_none(), "NULLS FIRST or LAST");
            self.expression(expr, scope);
            let column = expr.to_string();
            let column = column.rsplit('.').next().unwrap_or_default();
            if !is_column(expr) || !NEVER_NULL.contains(&column) {
                self.fault(format!("a window is ordered by `{expr}`, which is not known to be never NULL"));
            }
        }
    }

    fn name(&mut self, name: &Ident) {
        if !is_lower_snake(&name.value) {
            self.fault(format!("`{name}` is not lower_snake"));
        }
    }
}

fn is_lower_snake(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

fn projected(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// The names of the columns of a result.
fn columns(body: &SetExpr) -> Vec<String> {
    match body {
        SetExpr::Select(select) => select.projection.iter().map(column).collect(),
        SetExpr::SetOperation { left, .. } => columns(left),
        _ => Vec::new(),
    }
}

fn column(item: &SelectItem) -> String {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts[parts.len() - 1].value.clone(),
        other => other.to_string(),
    }
}

fn is_aggregate(function: &Function) -> bool {
    function.over.is_none() && matches!(function.name.to_string().as_str(), "COUNT" | "SUM" | "MIN" | "MAX")
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::BinaryOp { left, right, .. } => vec![left, right],
        Expr::Nested(inner) | Expr::IsNull(inner) | Expr::IsNotNull(inner) => vec![inner],
        Expr::Cast { expr, .. } => vec![expr],
        Expr::Case { conditions, else_result, .. } => {
            let whens = conditions.iter().flat_map(|when| [&when.condition, &when.result]);
            whens.chain(else_result.as_deref()).collect()
        }
        Expr::Function(Function { args: FunctionArguments::List(list), .. }) => {
            let mut expressions = Vec::new();
            for arg in &list.args {
                if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg {
                    expressions.push(expr);
                }
            }
            expressions
        }
        _ => Vec::new(),
    }
}

fn has_aggregate(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function) if is_aggregate(function)) || parts(expr).into_iter().any(has_aggregate)
}

/// The columns that stand outside of aggregates.
fn bare_columns(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Function(function) if is_aggregate(function) => Vec::new(),
        column if is_column(column) => vec![column.to_string()],
        other => parts(other).into_iter().flat_map(bare_columns).collect(),
    }
}
