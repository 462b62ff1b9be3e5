//! The stable sort of Go's library.
//!
//! Caddy sorts routes by a comparison that is no order: which of three routes comes first may hang on how they are compared.
//! So the comparisons are made as Go makes them: short runs are sorted by insertion and then merged in place.

const RUN: usize = 20;

/// Sorts `items`; `less` says whether the first is to be before the second.
pub(super) fn stable<T>(items: &mut [T], less: &dyn Fn(&T, &T) -> bool) {
    let count = items.len();
    for run in items.chunks_mut(RUN) {
        insertion(run, less);
    }
    let mut size = RUN;
    while size < count {
        let mut start = 0;
        while start + size < count {
            let end = count.min(start + 2 * size);
            merge(items, (start, start + size, end), less);
            start += 2 * size;
        }
        size *= 2;
    }
}

fn insertion<T>(items: &mut [T], less: &dyn Fn(&T, &T) -> bool) {
    for index in 1..items.len() {
        let mut at = index;
        while at > 0 && is_less(items, at, at - 1, less) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn is_less<T>(items: &[T], first: usize, second: usize, less: &dyn Fn(&T, &T) -> bool) -> bool {
    matches!((items.get(first), items.get(second)), (Some(first), Some(second)) if less(first, second))
}

/// The first place in `from..to` for which `goes_on` is false, by halving.
fn search(mut from: usize, mut to: usize, goes_on: impl Fn(usize) -> bool) -> usize {
    while from < to {
        let middle = usize::midpoint(from, to);
        if goes_on(middle) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from
}

/// Merges two sorted neighbours by turning their middle parts around (Kim and Kutzner's SymMerge). Each call halves what it
/// looks at.
fn merge<T>(items: &mut [T], (start, middle, end): (usize, usize, usize), less: &dyn Fn(&T, &T) -> bool) {
    if middle - start == 1 {
        let at = search(middle, end, |index| is_less(items, index, start, less));
        rotate(items, start, middle, at);
        return;
    }
    if end - middle == 1 {
        let at = search(start, middle, |index| !is_less(items, middle, index, less));
        rotate(items, at, middle, end);
        return;
    }
    let half = usize::midpoint(start, end);
    let sum = half + middle;
    let (from, to) = if middle > half { (sum - end, half) } else { (start, middle) };
    let first = search(from, to, |index| !is_less(items, sum - 1 - index, index, less));
    let last = sum - first;
    if first < middle && middle < last {
        rotate(items, first, middle, last);
    }
    if start < first && first < half {
        merge(items, (start, first, half), less);
    }
    if half < last && last < end {
        merge(items, (half, last, end), less);
    }
}

/// Exchanges `start..middle` and `middle..end`.
fn rotate<T>(items: &mut [T], start: usize, middle: usize, end: usize) {
    if let Some(part) = items.get_mut(start..end) {
        part.rotate_left(middle - start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_sorted_stably() {
        for count in [0, 1, 19, 20, 21, 40, 41, 100, 333] {
            let mut items: Vec<(usize, usize)> = (0..count).map(|index| (index * 7919 % 13, index)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            stable(&mut items, &|first, second| first.0 < second.0);
            assert_eq!(items, expected, "{count}");
        }
    }
}
