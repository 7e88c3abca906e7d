//! What to do about a figure: one shape for everything that gwcost recommends, whichever analysis found it, so
//! that recommendations can be ranked beside each other and shown alike.

use std::cmp::Reverse;

use rust_decimal::Decimal;

/// Something to do, what it is worth, and how to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// What is recommended, a name that stays the same: `http_api`.
    pub name: String,
    /// Where it is to be done.
    pub place: Place,
    /// The one sentence of it, with its figures.
    pub title: String,
    /// What it saves in a month, in the currency of the report; `None` where that is not known.
    pub saving: Option<Saving>,
    /// How much work it is.
    pub effort: Effort,
    /// What can go wrong.
    pub risk: Risk,
    /// What in the log and the settings says so, a sentence each.
    pub evidence: Vec<String>,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
    /// How to do it.
    pub apply: Vec<Step>,
    /// How to see afterwards that it worked, a sentence each.
    pub check: Vec<String>,
    /// Names of recommendations that save the same dollars at the same place: of these at most one counts.
    pub excludes: Vec<String>,
}

/// Where something is to be done; what is `None` is meant as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The API's id; `None` is all of the region.
    pub api: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
    /// The route.
    pub route: Option<String>,
}

/// Money that is not paid any more, in a month; below zero it is paid in addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving {
    /// At least.
    pub low: Decimal,
    /// At most.
    pub high: Decimal,
}

impl Saving {
    /// One that is known.
    pub const fn exactly(dollars: Decimal) -> Saving {
        Saving { low: dollars, high: dollars }
    }
}

/// How much work something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// A setting, and back the same way.
    Low,
    /// A deployment that others have to know of.
    Medium,
    /// A migration: clients, names or code change.
    High,
}

impl Effort {
    /// The name in JSON and CSV.
    pub const fn name(self) -> &'static str {
        match self {
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        }
    }
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Nothing that callers would notice.
    Low,
    /// Answers may be later, older or larger.
    Medium,
    /// Requests may fail, or something that protects them is gone.
    High,
}

impl Risk {
    /// The name in JSON and CSV.
    pub const fn name(self) -> &'static str {
        match self {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        }
    }
}

/// The tool that a [`Step`] is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Terraform's language.
    Terraform,
    /// A command line of the AWS CLI.
    AwsCli,
    /// Words, for a person.
    Words,
}

impl Tool {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Tool::Terraform => "terraform",
            Tool::AwsCli => "aws_cli",
            Tool::Words => "words",
        }
    }
}

/// One way to do what is recommended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is written for.
    pub tool: Tool,
    /// Lines to take over.
    pub text: String,
}

impl Recommendation {
    /// Sorts by what is certainly saved, the most first; what is not known comes last, and the easier and safer
    /// of two that save the same comes first.
    pub fn rank(recommendations: &mut [Recommendation]) {
        recommendations.sort_by(|one, other| {
            let key = |of: &Recommendation| (Reverse(of.saving.map(|saving| saving.low)), of.effort, of.risk);
            key(one)
                .cmp(&key(other))
                .then_with(|| one.place.cmp(&other.place))
                .then_with(|| one.name.cmp(&other.name))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, saving: Option<i64>, effort: Effort) -> Recommendation {
        Recommendation {
            name: name.to_owned(),
            place: Place::default(),
            title: String::new(),
            saving: saving.map(|dollars| Saving::exactly(Decimal::from(dollars))),
            effort,
            risk: Risk::Low,
            evidence: Vec::new(),
            assumptions: Vec::new(),
            apply: Vec::new(),
            check: Vec::new(),
            excludes: Vec::new(),
        }
    }

    #[test]
    fn what_saves_most_comes_first_and_the_unknown_last() {
        let mut all = [
            named("unknown", None, Effort::Low),
            named("hard", Some(5), Effort::High),
            named("costs", Some(-1), Effort::Low),
            named("easy", Some(5), Effort::Low),
            named("most", Some(9), Effort::High),
        ];
        Recommendation::rank(&mut all);
        assert_eq!(all.map(|one| one.name), ["most", "easy", "hard", "costs", "unknown"]);
    }
}
