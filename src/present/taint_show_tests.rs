//! Taints of nodes as they look on a page.
