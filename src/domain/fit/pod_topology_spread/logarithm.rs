//! The natural logarithm with the roundings of the scheduler's: a platform's own may differ in the last bit, and a score
//! that lies at a half would then fall to the other side.
//!
//! The method is that of Sun's `e_log.c` (FreeBSD, 1993), which Go's `math.Log` follows: `x = 2^k (1+f)`, then a series in
//! `s = f/(2+f)`.

/// ln 2, the upper bits and the rest.
const LN_2: [f64; 2] = [
    f64::from_bits(0x3fe6_2e42_fee0_0000),
    f64::from_bits(0x3dea_39ef_3579_3c76),
];

/// The series' coefficients of `s^2`, `s^6`, `s^10`, `s^14`.
const ODD: [f64; 4] = [
    f64::from_bits(0x3fe5_5555_5555_5593),
    f64::from_bits(0x3fd2_4924_9422_9359),
    f64::from_bits(0x3fc7_4664_96cb_03de),
    f64::from_bits(0x3fc2_f112_df3e_5244),
];

/// Those of `s^4`, `s^8`, `s^12`.
const EVEN: [f64; 3] = [
    f64::from_bits(0x3fd9_9999_9997_fa04),
    f64::from_bits(0x3fcc_71c5_1d8e_78af),
    f64::from_bits(0x3fc3_9a09_d078_c69f),
];

/// Returns the natural logarithm of a count above 0.
pub(super) fn of_count(count: usize) -> f64 {
    let x = count.max(1) as f64;
    // As a whole number above 0, `x` is a normal number: its parts stand in its bits.
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1022;
    let mut fraction = f64::from_bits((bits & ((1 << 52) - 1)) | (1022 << 52));
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let (f, k) = (fraction - 1.0, f64::from(exponent));
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let odd = square * series(&ODD, fourth);
    let even = fourth * series(&EVEN, fourth);
    let half_square = 0.5 * f * f;
    let tail = s * (half_square + (odd + even)) + k * LN_2[1];
    k * LN_2[0] - ((half_square - tail) - f)
}

fn series(coefficients: &[f64], x: f64) -> f64 {
    let mut backwards = coefficients.iter().rev().copied();
    let last = backwards.next().unwrap_or(0.0);
    backwards.fold(last, |sum, coefficient| coefficient + x * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_go() {
        // `sum = sum*31 + Float64bits(Log(float64(n)))` over n from 1 to 100000, by Go 1.26 on amd64.
        let sum = (1..=100_000).fold(0u64, |sum, n| {
            sum.wrapping_mul(31).wrapping_add(of_count(n).to_bits())
        });
        assert_eq!(sum, 1_144_537_859_203_196_005);
    }

    #[test]
    fn it_is_a_logarithm() {
        for n in 1..10_000 {
            assert!((of_count(n) - (n as f64).ln()).abs() < 1e-14);
        }
    }
}
