//! What a drain does with each pod, and whether it can finish.
//!
//! `policy` holds the operator's checked options, `fate` judges one pod by itself, `plan` joins the pods of all named
//! nodes and spends the budgets they share, `landing` finds out where the successors of what leaves can run, `load` tells
//! what that does to the nodes, `fleet` plans every node of a cluster by itself, `order` and `rounds` say in which order nodes
//! go and how many together, `budgets` looks at each budget over all of them.

pub mod budgets;
pub mod fate;
pub mod fleet;
pub mod landing;
pub mod load;
pub mod order;
pub mod plan;
pub mod policy;
pub mod rounds;
