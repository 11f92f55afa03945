//! What a drain does with each pod, and whether it can finish.
//!
//! `policy` holds the operator's checked options, `fate` judges one pod by itself, `plan` joins the pods of all named
//! nodes and spends the budgets they share, `budgets` looks at each budget by itself, over the whole cluster.

pub mod budgets;
pub mod fate;
pub mod plan;
pub mod policy;
