use crate::rng::Rng;
use crate::vectors::{self, Case};
use ark_ff::AdditiveGroup;
use sero_shielded::field::Field;
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::tree::{
    ARITY, CAPACITY, DEPTH, Frontier, MarkedTree, Siblings, TreeFull, Witness, empty_root, root_of_path,
};

/// Appends everything with a witness for every leaf.
fn grow(leaves: &[Field]) -> (Frontier, Vec<Witness>) {
    let (mut frontier, mut witnesses) = (Frontier::default(), Vec::new());
    for leaf in leaves {
        let witness = frontier.next_witness();
        frontier.append(*leaf, &mut witnesses).expect("room");
        witnesses.push(witness);
    }
    (frontier, witnesses)
}

#[test]
fn vectors() {
    let cases = vectors::cases("tree");
    let leaves = cases.iter().find(|case| case.kind() == "leaves").expect("leaves");
    let leaves: Vec<Field> = leaves.list("leaves").iter().map(Case::as_field).collect();
    let mut levels = 0;
    vectors::run("tree", |case| match case.kind() {
        "leaves" => assert!(!leaves.is_empty()),
        "empty" => {
            assert_eq!(empty_root(case.number("level")), case.field("root"), "{case}");
            levels += 1;
        }
        "root" => {
            let count: usize = case.number("count");
            assert_eq!(grow(&leaves[..count]).0.root(), case.field("root"), "{case}");
        }
        "path" => {
            let (count, position) = (case.number::<usize>("count"), case.number::<usize>("position"));
            let (frontier, witnesses) = grow(&leaves[..count]);
            let path = frontier.path(&witnesses[position]);
            let rows = case.list("siblings");
            assert_eq!(rows.len(), DEPTH, "{case}");
            for (row, siblings) in rows.iter().zip(&path) {
                assert_eq!(row.items().iter().map(Case::as_field).collect::<Vec<_>>(), siblings, "{row}");
            }
            assert_eq!(root_of_path(leaves[position], position as u64, &path), frontier.root(), "{case}");
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
    assert_eq!(levels, DEPTH + 1);
}

/// All nodes of the tree, level by level, as far as there are leaves below.
struct Naive(Vec<Vec<Field>>);

impl Naive {
    fn new(leaves: &[Field]) -> Self {
        let mut levels = vec![leaves.to_vec()];
        for level in 0..DEPTH {
            let parents = levels[level].chunks(ARITY).map(|group| {
                let mut children = group.to_vec();
                children.resize(ARITY, empty_root(level));
                poseidon(Tag::Node, &children)
            });
            let parents = parents.collect();
            levels.push(parents);
        }
        Self(levels)
    }

    fn node(&self, level: usize, index: usize) -> Field {
        self.0[level].get(index).copied().unwrap_or_else(|| empty_root(level))
    }

    fn root(&self) -> Field {
        self.node(DEPTH, 0)
    }

    fn path(&self, position: usize) -> Siblings {
        core::array::from_fn(|level| {
            let own = position / ARITY.pow(u32::try_from(level).expect("small"));
            let group = own - own % ARITY;
            let others = (group..group + ARITY).filter(|index| *index != own);
            let others: Vec<_> = others.map(|index| self.node(level, index)).collect();
            others.try_into().expect("seven")
        })
    }
}

#[test]
fn frontier_and_witnesses_against_a_full_tree() {
    let mut rng = Rng::new("tree");
    let (mut frontier, mut witnesses, mut leaves) = (Frontier::default(), Vec::new(), Vec::new());
    for count in 0..=600usize {
        let naive = Naive::new(&leaves);
        assert_eq!(frontier.count(), count as u64);
        assert_eq!(frontier.root(), naive.root(), "{count} leaves");
        let tried: Vec<usize> = match count {
            0 => vec![],
            1..=9 | 63..=65 | 511..=513 | 600 => (0..count).collect(),
            _ => vec![0, count / 2, count - 1, rng.below(count)],
        };
        for position in tried {
            let path = frontier.path(&witnesses[position]);
            assert_eq!(path, naive.path(position), "leaf {position} of {count}");
            assert_eq!(witnesses[position].position(), position as u64);
        }
        if count > 0 {
            let position = rng.below(count);
            let path = naive.path(position);
            assert_eq!(
                root_of_path(leaves[position], position as u64, &path),
                naive.root(),
                "leaf {position}"
            );
        }
        let again = Frontier::from_bytes(&frontier.to_bytes()).expect("a frontier");
        assert_eq!(again, frontier, "{count} leaves");
        assert_eq!((again.root(), again.to_bytes()), (naive.root(), frontier.to_bytes()), "{count} leaves");
        if count % 3 == 0 {
            // Goes on with what was read, so that nothing it lacks stays unnoticed.
            frontier = again;
        }
        let witness = frontier.next_witness();
        let leaf = rng.field();
        assert_eq!(frontier.append(leaf, &mut witnesses), Ok(count as u64));
        witnesses.push(witness);
        leaves.push(leaf);
    }
}

#[test]
fn bytes_are_read_back_or_refused() {
    let mut rng = Rng::new("tree bytes");
    let leaves: Vec<Field> = (0..585).map(|_| rng.field()).collect();
    for count in [0, 1, 7, 8, 9, 64, 71, 512, 585] {
        let (frontier, _) = grow(&leaves[..count]);
        let bytes = frontier.to_bytes();
        refuses_other_lengths(&bytes, |bytes| Frontier::from_bytes(bytes).is_some());
        for node in (8..bytes.len()).step_by(32) {
            let mut wrong = bytes.clone();
            wrong[node..node + 32].fill(0xff);
            assert!(Frontier::from_bytes(&wrong).is_none(), "{count} leaves, node at {node}");
        }
    }
    let (frontier, witnesses) = grow(&leaves);
    for witness in [&witnesses[0], &witnesses[73], &witnesses[584], &frontier.next_witness()] {
        let bytes = witness.to_bytes();
        assert_eq!(Witness::from_bytes(&bytes).as_ref(), Some(witness));
        refuses_other_lengths(&bytes, |bytes| Witness::from_bytes(bytes).is_some());
        for node in (8..bytes.len()).step_by(32) {
            let mut wrong = bytes.clone();
            wrong[node..node + 32].fill(0xff);
            assert!(Witness::from_bytes(&wrong).is_none(), "node at {node}");
        }
        for position in [CAPACITY, u64::MAX] {
            let mut wrong = bytes.clone();
            wrong[..8].copy_from_slice(&position.to_be_bytes());
            assert!(Witness::from_bytes(&wrong).is_none(), "position {position}");
        }
    }
}

fn refuses_other_lengths(bytes: &[u8], accepts: impl Fn(&[u8]) -> bool) {
    assert!(accepts(bytes));
    for length in 0..bytes.len() {
        assert!(!accepts(&bytes[..length]), "{length} of {} bytes", bytes.len());
    }
    for trailing in [&[0u8][..], &[0; 32]] {
        assert!(!accepts(&[bytes, trailing].concat()), "{} more bytes", trailing.len());
    }
}

/// A frontier with `count` leaves, all nodes being `node`.
fn filled(count: u64, node: Field) -> Option<Frontier> {
    let nodes = (0..DEPTH).map(|level| (count >> (3 * level)) % ARITY as u64).sum::<u64>();
    let mut bytes = count.to_be_bytes().to_vec();
    (0..nodes).for_each(|_| bytes.extend(sero_shielded::field::field_to_bytes(&node)));
    Frontier::from_bytes(&bytes)
}

#[test]
fn the_last_leaf_stays_empty() {
    assert_eq!(CAPACITY, 8u64.pow(11) - 1);
    let (node, leaf) = (Field::from(7u8), Field::from(9u8));
    let mut frontier = filled(CAPACITY - 1, node).expect("one place is free");
    let mut witness = frontier.next_witness();
    assert_eq!(frontier.append(leaf, [&mut witness]), Ok(CAPACITY - 1));
    assert_eq!(frontier.count(), CAPACITY);
    let path = frontier.path(&witness);
    assert_eq!(path[0][6], Field::ZERO, "the last leaf");
    assert!(path[1..].iter().flatten().all(|sibling| *sibling == node));
    assert_eq!(root_of_path(leaf, CAPACITY - 1, &path), frontier.root());
    assert_eq!(frontier.append(leaf, []), Err(TreeFull));
    assert_eq!(frontier.count(), CAPACITY);
    assert!(filled(CAPACITY, node).is_some());
    assert!(filled(CAPACITY + 1, node).is_none());
    assert!(filled(u64::MAX, node).is_none());
}

#[test]
fn marked_leaves_keep_their_paths_and_nothing_else_is_kept() {
    let mut rng = Rng::new("marked tree");
    let (mut tree, mut leaves, mut marked) = (MarkedTree::default(), Vec::new(), Vec::new());
    for count in 0..1_300u64 {
        let leaf = Field::from(1_000_000 + count);
        // Alone, in runs, and a whole group.
        let mark = rng.below(11) == 0 || (200..216).contains(&count) || (512..576).contains(&count);
        assert_eq!(tree.append(leaf, mark), Ok(count));
        leaves.push(leaf);
        if mark {
            marked.push(count);
        }
        if rng.below(17) == 0 && !marked.is_empty() {
            let gone = marked.remove(rng.below(marked.len()));
            tree.unmark(gone);
            tree.unmark(gone);
            assert_eq!(tree.path(gone), None);
        }
        if count % 211 == 0 || count == 1_299 {
            check_marked(&tree, &leaves, &marked);
        }
    }
    assert!(marked.len() > 50, "{}", marked.len());
    let bytes = tree.to_bytes();
    assert!(tree.stored() < marked.len() * DEPTH * (ARITY - 1) / 4, "paths are shared");
    // Bytes that are not its own form are refused.
    for length in [0, 3, 4, 11, bytes.len() - 33, bytes.len() - 32, bytes.len() - 1] {
        assert_eq!(MarkedTree::from_bytes(&bytes[..length]), None, "{length} bytes");
    }
    for more in [1, 32] {
        assert_eq!(MarkedTree::from_bytes(&[bytes.as_slice(), &vec![0; more]].concat()), None);
    }
    let marks_at = 4 + usize::try_from(u32::from_be_bytes(bytes[..4].try_into().expect("4"))).expect("small");
    for (place, value) in
        [(marks_at, 0xff), (marks_at + 8, 0xff), (marks_at + 15, 0xff), (bytes.len() - 32, 0xff)]
    {
        let mut wrong = bytes.clone();
        wrong[place] = value;
        assert_eq!(MarkedTree::from_bytes(&wrong), None, "byte {place}");
    }
    // When all are spent, only the frontier is left.
    for mark in marked {
        tree.unmark(mark);
    }
    assert_eq!((tree.stored(), tree.marks().count()), (0, 0));
}

fn check_marked(tree: &MarkedTree, leaves: &[Field], marked: &[u64]) {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(*leaf, []).expect("room");
    }
    assert_eq!((tree.frontier(), tree.root()), (&frontier, frontier.root()));
    assert_eq!(tree.marks().collect::<Vec<_>>(), marked);
    let again = MarkedTree::from_bytes(&tree.to_bytes()).expect("a tree");
    assert_eq!(&again, tree);
    for mark in marked {
        let leaf = leaves[usize::try_from(*mark).expect("small")];
        for tree in [tree, &again] {
            let path = tree.path(*mark).expect("marked");
            assert_eq!(root_of_path(leaf, *mark, &path), frontier.root(), "leaf {mark} of {}", leaves.len());
        }
    }
}

#[test]
fn a_leaf_costs_the_same_however_many_are_marked() {
    let steps = |count: u64, every: u64| {
        let mut tree = MarkedTree::default();
        for i in 0..count {
            tree.append(Field::from(i), i % every == 0).expect("room");
        }
        tree.steps()
    };
    // Every leaf marked, against none but the first.
    let (few, all) = (steps(4_096, 4_096), steps(4_096, 1));
    assert!(few <= 2 * 4_096, "{few}");
    assert!(all <= 4 * 4_096, "{all}");
    assert!(steps(8_192, 1) <= 2 * all + 64, "twice the leaves, twice the work");
}
