//! Things joined into sets, by their numbers.

/// Numbers from 0 on, in sets that are joined.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// For each number one of its set that stands for more; itself for the top of the set.
    above: Vec<usize>,
}

impl Joined {
    /// The next number, in a set of its own.
    pub(crate) fn add(&mut self) -> usize {
        let number = self.above.len();
        self.above.push(number);
        number
    }

    /// Makes one set of those that two numbers are in.
    pub(crate) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.top(one), self.top(other));
        if let Some(above) = self.above.get_mut(one) {
            *above = other;
        }
    }

    /// The top of the set that a number is in: the same for all of it. The way to it is half as long the next time.
    pub(crate) fn top(&mut self, mut number: usize) -> usize {
        while let Some(above) = self.above.get(number).copied().filter(|above| *above != number) {
            let higher = self.above.get(above).copied().unwrap_or(above);
            if let Some(own) = self.above.get_mut(number) {
                *own = higher;
            }
            number = higher;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_has_one_top() {
        let mut joined = Joined::default();
        let numbers: Vec<usize> = (0..100).map(|_| joined.add()).collect();
        for pair in numbers.windows(2).filter(|pair| pair[0] % 10 != 9) {
            joined.join(pair[0], pair[1]);
        }
        for number in numbers {
            assert_eq!(joined.top(number), joined.top(number / 10 * 10));
            assert_ne!(joined.top(number), joined.top((number + 10) % 100));
        }
    }
}
