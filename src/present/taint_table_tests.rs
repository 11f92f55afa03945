//! Plans of taints as they look on a page.
