//! Which limits a request meets, in API Gateway's order: the client's own in its usage plan, the stage's for the
//! method, the account's in the region.
//!
//! A usage plan's throttle holds for each API key over all stages of the plan; its method throttles for each key and
//! method. A stage's throttle holds for each method or route by itself, the stage's default as well as an override.
//! The account's is shared by all kinds of APIs in the region.

mod id;
mod quota;
mod regional;
mod resolver;
#[cfg(test)]
mod tests;

pub use id::{LimitId, LimitScope, UnknownLimitScope};
pub use quota::{AppliedQuota, quota_period_start};
pub use regional::{Regional, regional_default};
pub use resolver::{AppliedLimit, AppliedLimits, Caller, LimitGap, LimitSource, Limits};
