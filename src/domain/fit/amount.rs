//! Amounts as the scheduler compares them: whole milli-CPUs, bytes and units in 64 bits.

/// Amounts of the resources that a node offers, or that pods ask for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Amounts {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
    /// Other resources by their number in [`super::world::World::scalars`], sorted by it.
    pub scalars: Vec<(u32, i64)>,
}

impl Amounts {
    /// Returns the amount of a resource beyond CPU, memory and ephemeral storage.
    pub fn scalar(&self, number: u32) -> i64 {
        match self.scalars.binary_search_by_key(&number, |(n, _)| *n) {
            Ok(at) => self.scalars[at].1,
            Err(_) => 0,
        }
    }

    /// Sets such an amount.
    pub fn set_scalar(&mut self, number: u32, amount: i64) {
        match self.scalars.binary_search_by_key(&number, |(n, _)| *n) {
            Ok(at) => self.scalars[at].1 = amount,
            Err(at) => self.scalars.insert(at, (number, amount)),
        }
    }

    /// Adds other amounts; past 64 bits they wrap, as Go's do.
    pub fn add(&mut self, other: &Amounts) {
        self.change(other, i64::wrapping_add);
    }

    /// Takes other amounts away.
    pub fn subtract(&mut self, other: &Amounts) {
        self.change(other, i64::wrapping_sub);
    }

    fn change(&mut self, other: &Amounts, with: fn(i64, i64) -> i64) {
        self.milli_cpu = with(self.milli_cpu, other.milli_cpu);
        self.memory = with(self.memory, other.memory);
        self.ephemeral_storage = with(self.ephemeral_storage, other.ephemeral_storage);
        for &(number, amount) in &other.scalars {
            self.set_scalar(number, with(self.scalar(number), amount));
        }
    }
}

/// What a pod asks for, once truly and once as scores count it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Usage {
    /// The requests.
    pub amounts: Amounts,
    /// Milli-CPU with the default for containers that name none.
    pub non_zero_cpu: i64,
    /// Bytes of memory with the default for containers that name none.
    pub non_zero_memory: i64,
}

/// Tells whether the scheduler counts a resource that is not CPU, memory, ephemeral storage or pods.
///
/// Extended resources, huge pages, attachable volumes and `kubernetes.io/` names count; source:
/// `pkg/scheduler/util/utils.go`, `IsScalarResourceName`.
pub fn is_scalar(name: &str) -> bool {
    name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
        || name.contains("kubernetes.io/")
        || is_extended(name)
}

/// Tells whether a resource is an extended one.
pub fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_prefix_are_not_counted() {
        assert!(is_scalar("example.com/gpu"));
        assert!(is_scalar("hugepages-2Mi"));
        assert!(is_scalar("attachable-volumes-csi-x"));
        assert!(is_scalar("x.kubernetes.io/y"));
        assert!(!is_scalar("gpu"));
        assert!(!is_scalar("requests.example.com/gpu"));
    }

    #[test]
    fn adding_and_taking_away_ends_where_it_began() {
        let mut sum = Amounts::default();
        let mut other = Amounts {
            milli_cpu: 5,
            ..Amounts::default()
        };
        other.set_scalar(3, 7);
        other.set_scalar(1, 2);
        sum.add(&other);
        assert_eq!(sum.scalars, [(1, 2), (3, 7)]);
        sum.subtract(&other);
        assert_eq!((sum.milli_cpu, sum.scalar(3)), (0, 0));
    }
}
